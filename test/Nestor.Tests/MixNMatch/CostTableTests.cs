using System.Text.Json.Nodes;
using CsCheck;
using Nestor.Inference;
using Nestor.MixNMatch;
using Nestor.Models;
using Nestor.Tests.Formats;

namespace Nestor.Tests.MixNMatch;

public sealed class CostTableTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Checkpoint model;

    public CostTableTests()
    {
        RandomModel.Write(folder.File("model"), RandomModel.Config());
        model = Checkpoint.Open(folder.File("model"));
    }

    private string File => folder.File("costs.json");

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_profile_has_a_time_for_every_layer_and_width_and_checks_itself()
    {
        var table = Profile();
        Assert.Equal(3, table.Layers.Count);
        Assert.All(table.Layers, layer =>
        {
            Assert.Equal([2, 4, 8, 16], layer.Widths);
            Assert.All(layer.Milliseconds, time => Assert.True(time >= 0));
        });
        Assert.NotEmpty(table.Checks);
        Assert.All(table.Checks, check =>
        {
            Assert.Equal(table.Predict(check.Plan), check.Predicted);
            Assert.True(check.Measured > 0 && !check.Plan.IsUniform);
        });
        Assert.Equal((model.Fingerprint, WeightType.BF16, 1), (table.Model, table.Type, table.Threads));
    }

    [Fact]
    public void Times_that_are_a_sum_over_layers_are_found_exactly() =>
        Gen.Select(Problems.Configs, Gen.Double[0.1, 9], Gen.Double[0.001, 1]).Sample((config, fixedPart, perNeuron) =>
        {
            var choices = new WidthChoices(config);
            var neurons = config.FullWidths.AsSpan().ToArray().Sum();
            var groups = Enumerable.Range(0, choices.Layers).GroupBy(layer => choices.Widest[layer]);
            var savings = groups.SelectMany(group => choices[group.First()].Where(width => width < group.Key).Select(width => (group.Key, width, perNeuron * (group.Key - width))));
            var (found, layers) = LayerProfile.Solve(choices, fixedPart + perNeuron * neurons, [.. savings]);
            Assert.Equal(fixedPart, found, 1e-9);
            Assert.All(layers, layer => Assert.All(layer.Widths.Zip(layer.Milliseconds), pair => Assert.Equal(perNeuron * pair.First, pair.Second, 1e-9)));
        });

    [Fact]
    public void A_table_predicts_a_plan_as_the_sum_of_its_layers()
    {
        var table = Profile();
        var costs = table.Costs(new WidthChoices(model.Config));
        Assert.All(Problems.All(costs.Choices), plan => Assert.Equal(table.Predict(plan), costs.Of(plan)));
        Assert.Equal(table.Predict(new WidthPlan(2, 4, 8)), PlanCost.Of(model.Config, new WidthPlan(2, 4, 8), WeightType.BF16, table).Milliseconds);
    }

    [Fact]
    public void Writing_and_reading_a_table_is_identity()
    {
        var table = Profile();
        table.Write(File);
        var bytes = System.IO.File.ReadAllBytes(File);
        var read = CostTable.Read(File);
        read.Write(File);
        Assert.Equal(bytes, System.IO.File.ReadAllBytes(File));
        Assert.Equal(table.Date, read.Date);
        Assert.All(table.Layers.Zip(read.Layers), pair => Assert.Equal(pair.First.Milliseconds, pair.Second.Milliseconds));
    }

    [Fact]
    public void A_table_of_another_model_type_or_width_is_refused()
    {
        var table = Profile();
        table.ThrowIfNotOf(model, WeightType.BF16);
        Errors.AreOneLineWith(() => table.ThrowIfNotOf(model, WeightType.Q8), "BF16", "Q8");
        Errors.AreOneLineWith(() => (table with { Model = "x" }).ThrowIfNotOf(model, WeightType.BF16), "another model", "nestor profile");
        Errors.AreOneLineWith(() => table.Predict(new WidthPlan(3, 2, 2)), "3 neurons in layer 0", "2, 4, 8, 16");
        Errors.AreOneLineWith(() => table.Predict(new WidthPlan(2, 2)), "2 layers", "3");
    }

    [Fact]
    public void A_slice_is_served_by_the_table_of_its_model()
    {
        var table = Profile();
        model.Slice(new WidthPlan(8, 16, 16)).Save(folder.File("slice"));
        using var slice = Checkpoint.Open(folder.File("slice"));
        table.ThrowIfNotOf(slice, WeightType.BF16);
        var costs = table.Costs(new WidthChoices(slice.Config));
        var limit = PlanLimit.Of(slice.Config, new Budget((decimal)costs.Most, BudgetUnit.Milliseconds), WeightType.BF16, table);
        Assert.Equal(table.Predict(new WidthPlan(2, 4, 8)), limit.Costs.Of(new WidthPlan(2, 4, 8)));
        Assert.Equal(costs.Most, limit.Most, 1e-9);
        Errors.AreOneLineWith(() => PlanLimit.Of(slice.Config, Budget.Parse("9000ms"), WeightType.BF16, table), "above", "ms to");
    }

    [Theory]
    [InlineData("format", "\"other\"")]
    [InlineData("date", "\"yesterday\"")]
    [InlineData("weights", "\"q5\"")]
    [InlineData("weights", "7")]
    [InlineData("threads", "0")]
    [InlineData("rounds", "1.5")]
    [InlineData("fixed_ms", "-1")]
    [InlineData("fixed_ms", "\"1\"")]
    [InlineData("fixed_ms", "1e999")]
    [InlineData("layers", "[]")]
    [InlineData("layers", "{}")]
    [InlineData("layers", "[{\"widths\":[4,2],\"ms\":[1,2]}]")]
    [InlineData("layers", "[{\"widths\":[2,4],\"ms\":[1]}]")]
    [InlineData("layers", "[{\"widths\":[],\"ms\":[]}]")]
    [InlineData("checks", "[{\"widths\":[],\"predicted_ms\":1,\"measured_ms\":1}]")]
    [InlineData("machine", null)]
    public void A_damaged_table_is_refused_and_named(string key, string? value)
    {
        Profile().Write(File);
        var json = JsonNode.Parse(System.IO.File.ReadAllText(File))!.AsObject();
        if (value is null)
            json.Remove(key);
        else
            json[key] = JsonNode.Parse(value);
        System.IO.File.WriteAllText(File, json.ToJsonString());
        Errors.AreOneLineWith(() => CostTable.Read(File), "costs.json", "nestor profile");
    }

    [Fact]
    public void All_that_cannot_be_profiled_is_told_at_once() => Errors.AreOneLineWith(
        () => LayerProfile.Measure(model, new ProfileOptions { Threads = 0, Tokens = 33, Rounds = 0 }), "threads is 0", "33", "32", "rounds is 0");

    [Fact]
    public void A_profile_can_be_stopped() =>
        Assert.Throws<OperationCanceledException>(() => LayerProfile.Measure(model, new ProfileOptions { Tokens = 1 }, cancellation: new CancellationToken(canceled: true)));

    private CostTable Profile() => LayerProfile.Measure(model, new ProfileOptions { Type = WeightType.BF16, Threads = 1, Tokens = 3, Rounds = 2 });
}
