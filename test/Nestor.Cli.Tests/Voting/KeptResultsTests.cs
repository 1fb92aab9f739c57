using CsCheck;
using Nestor.Cli.Commands;

namespace Nestor.Cli.Tests.Voting;

/// <summary>Results that an experiment keeps.</summary>
public sealed class KeptResultsTests(TrainedModel model)
{
    private sealed record Result(string Name, bool[] Flags, double Value);

    [Fact]
    public void A_kept_result_comes_back_as_it_was_and_is_not_measured_again() => Gen.Select(Gen.Bool.Array[0, 70], Gen.Double).Sample(
        (flags, value) =>
        {
            var kept = new KeptResults(model.Path("kept-" + Guid.NewGuid()));
            kept.Get("one", () => new Result("one", flags, value));
            var again = kept.Get<Result>("one", () => throw new InvalidOperationException("It was measured already."));
            Assert.Equal(flags, again.Flags);
            Assert.Equal(value, again.Value);
            Assert.Equal(["one"], kept.All<Result>().Select(result => result.Name));
        },
        iter: 20);

    [Theory]
    [InlineData("""{"Name":"one","Flags":"012","Value":1}""")]
    [InlineData("""{"Name":"one","Flags":[true],"Value":1}""")]
    [InlineData("null")]
    [InlineData("")]
    public void A_damaged_result_is_named(string text)
    {
        var folder = model.Path("kept-" + Guid.NewGuid());
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "one.json"), text);
        var error = Assert.Throws<NestorException>(() => new KeptResults(folder).Get("one", () => new Result("one", [], 0)));
        Assert.Contains("one.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_not_there_has_no_results() => Assert.Empty(new KeptResults(model.Path("never-kept")).All<Result>());
}
