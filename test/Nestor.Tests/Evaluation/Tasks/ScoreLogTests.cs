using CsCheck;
using Nestor.Evaluation.Tasks;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Evaluation.Tasks;

public sealed class ScoreLogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Path => folder.File("scores.jsonl");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Scores_come_back_bit_for_bit_under_their_key_alone()
    {
        var key = new ScoreKey("model", "q8", "64*2,128", "piqa", "ab12", 2, 7);
        var gen = Gen.Select(Gen.Int[0, 1000], Gen.Select(Gen.Double[-1e3, 0], Gen.Bool, (nats, greedy) => new ContinuationScore(nats, greedy)).Array[1, 4], Gen.Bool, (item, choices, cut) => new ItemScores(item, choices, cut));
        gen.Array[1, 10].Sample(
            written =>
            {
                File.Delete(Path);
                using (var log = ScoreLog.Open(Path, resume: false))
                    log.Of(key).Append(written);
                using var again = ScoreLog.Open(Path, resume: true);
                foreach (var last in written.GroupBy(item => item.Item).Select(of => of.Last()))
                {
                    var found = again.Of(key).Find(last.Item, last.Choices.Count);
                    Assert.Equal(last.Choices, found!.Choices);
                    Assert.Equal(last.IsCut, found.IsCut);
                    Assert.Null(again.Of(key).Find(last.Item, last.Choices.Count + 1));
                    ScoreKey[] others = [key with { Model = "other" }, key with { Weights = "f32" }, key with { Plan = "64" }, key with { Task = "copa" }, key with { File = "cd" }, key with { Shots = 0 }, key with { Seed = 8 }];
                    Assert.All(others, other => Assert.Null(again.Of(other).Find(last.Item, last.Choices.Count)));
                }
            },
            iter: 20, threads: 1);
    }

    [Fact]
    public void A_file_that_exists_is_only_gone_on_with_when_asked()
    {
        File.WriteAllText(Path, "");
        Errors.AreOneLineWith(() => ScoreLog.Open(Path, resume: false), "scores.jsonl", "--resume");
        ScoreLog.Open(Path, resume: true).Dispose();
    }

    [Theory]
    [InlineData("notes of mine", 1)]
    [InlineData("notes of mine\n", 1)]
    [InlineData("{\"model\":1}\n", 1)]
    [InlineData("[]\n", 1)]
    [InlineData("\n", 1)]
    [InlineData("{\"model\":\"a\",\"weights\":\"f32\",\"plan\":\"S\",\"task\":\"t\",\"file\":\"f\",\"shots\":0,\"seed\":0,\"item\":0,\"cut\":false,\"log_probabilities\":[-1],\"greedy\":[false]}\nmore", 2)]
    public void A_file_of_something_else_is_refused_and_stays_as_it_is(string content, int line)
    {
        File.WriteAllText(Path, content);
        Errors.AreOneLineWith(() => ScoreLog.Open(Path, resume: true), "scores.jsonl", $"line {line}");
        Assert.Equal(content, File.ReadAllText(Path));
    }

    [Fact]
    public void Places_that_cannot_be_written_are_named()
    {
        Errors.AreOneLineWith(() => ScoreLog.Open("", resume: false), "path");
        Errors.AreOneLineWith(() => ScoreLog.Open(folder.Path, resume: true), folder.Path);
        Errors.AreOneLineWith(() => ScoreLog.Open(folder.File("no/scores.jsonl"), resume: false), "no/scores.jsonl");
    }
}
