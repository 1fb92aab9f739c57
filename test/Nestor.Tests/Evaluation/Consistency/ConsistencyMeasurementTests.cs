using Nestor.Evaluation.Consistency;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Tests.Inference;
using RandomModel = Nestor.Tests.Inference.RandomModel;

namespace Nestor.Tests.Evaluation.Consistency;

public sealed class ConsistencyMeasurementTests : IDisposable
{
    private static readonly WidthPlan Narrow = WidthPlan.Uniform(9, 3), Mixed = new(9, 40, 71);

    private static readonly double[] Temperatures = [0.05, 0.8, 1];

    private static readonly ReadOnlyMemory<int>[] Texts = [RandomModel.Tokens(40, seed: 1), RandomModel.Tokens(40, seed: 2), RandomModel.Tokens(23, seed: 3)];

    private readonly RandomModel model = new(RandomModel.Small);
    private readonly Decoder decoder;

    public ConsistencyMeasurementTests() => decoder = Decoder.Load(model.Checkpoint);

    public void Dispose() => model.Dispose();

    private DecoderAtPlan Whole => At(model.Config.FullWidths);

    [Fact]
    public void A_model_is_consistent_with_itself()
    {
        var itself = Assert.Single(new ConsistencyMeasurement(Texts, temperatures: Temperatures).Measure(Whole, [Whole]));
        Assert.Equal((103, 1.0, 0.0), (itself.Positions, itself.Agreement.Value, itself.Divergence.Value));
        Assert.All(itself.Acceptances, acceptance => Assert.Equal(1, acceptance.Value, 1e-12));
    }

    [Fact]
    public void The_measures_are_those_of_the_network_in_double_precision()
    {
        var reference = new ReferenceDecoder(model.Checkpoint);
        const int first = 4;
        var (agreements, divergences, overlaps) = (new List<double>(), new List<double>(), new List<double>());
        foreach (var text in Texts)
        {
            var (wide, narrow) = (reference.Logits(text.ToArray(), model.Config.FullWidths), reference.Logits(text.ToArray(), Mixed));
            for (var t = first; t < text.Length; t++)
            {
                agreements.Add(Array.IndexOf(wide[t], wide[t].Max()) == Array.IndexOf(narrow[t], narrow[t].Max()) ? 1 : 0);
                divergences.Add(Softmax(wide[t], 1).Zip(Softmax(narrow[t], 1), (p, q) => p * Math.Log(p / q)).Sum());
                overlaps.Add(Softmax(wide[t], 0.8).Zip(Softmax(narrow[t], 0.8), Math.Min).Sum());
            }
        }

        var measured = Assert.Single(new ConsistencyMeasurement(Texts, first, Temperatures).Measure(Whole, [At(Mixed)]));
        Assert.Equal(agreements.Count, measured.Positions);
        Assert.Equal(agreements.Average(), measured.Agreement.Value, 1e-12);
        Assert.Equal(divergences.Average(), measured.Divergence.Value, 1e-5);
        Assert.Equal(overlaps.Average(), measured.Acceptances[1].Value, 1e-5);
    }

    [Fact]
    public void Agreement_and_acceptance_are_the_same_from_both_sides_and_divergence_is_not()
    {
        var measurement = new ConsistencyMeasurement(Texts, temperatures: Temperatures);
        var (there, back) = (measurement.Measure(Whole, [At(Narrow)])[0], measurement.Measure(At(Narrow), [Whole])[0]);
        Assert.Equal(there.Agreement, back.Agreement);
        Assert.Equal(there.Acceptances, back.Acceptances);
        Assert.NotEqual(there.Divergence.Value, back.Divergence.Value);
        Assert.InRange(there.Agreement.Value, 0, 1);
        Assert.True(Math.Min(there.Divergence.Value, back.Divergence.Value) > 0);
    }

    [Fact]
    public void Acceptance_becomes_agreement_as_the_temperature_falls_and_is_bound_by_the_divergence()
    {
        var measured = new ConsistencyMeasurement(Texts, temperatures: [1e-4, 1]).Measure(Whole, [At(Narrow)])[0];
        Assert.Equal(measured.Agreement.Value, measured.Acceptances[0].Value, 0.01);
        Assert.True(measured.Acceptances[1].Value >= 1 - Math.Sqrt(measured.Divergence.Value / 2));    // Pinsker, and Jensen for the mean
    }

    [Fact]
    public void Models_measured_together_are_measured_as_each_alone()
    {
        var measurement = new ConsistencyMeasurement(Texts, temperatures: Temperatures);
        using var other = new RandomModel(RandomModel.Small, seed: 2);
        DecoderAtPlan[] models = [At(Narrow), new(Decoder.Load(other.Checkpoint), Mixed), At(Mixed)];
        var together = measurement.Measure(Whole, models);
        for (var i = 0; i < models.Length; i++)
        {
            var alone = measurement.Measure(Whole, [models[i]])[0];
            Assert.Equal((together[i].Agreement, together[i].Divergence), (alone.Agreement, alone.Divergence));
            Assert.Equal(together[i].Acceptances, alone.Acceptances);
        }
    }

    [Fact]
    public void Errors_are_over_texts()
    {
        var measurement = new ConsistencyMeasurement([Texts[0], Texts[1]]).Measure(Whole, [At(Narrow)])[0];
        double Agreement(int text) => new ConsistencyMeasurement([Texts[text]]).Measure(Whole, [At(Narrow)])[0].Agreement.Value;
        Assert.Equal(Math.Abs(Agreement(0) - Agreement(1)) / 2, measurement.Agreement.StandardError!.Value, 1e-12);
    }

    [Fact]
    public void What_cannot_be_compared_is_refused()
    {
        using var other = new RandomModel(RandomModel.Small with { VocabularySize = 54 });
        Formats.Errors.AreOneLineWith(() => new ConsistencyMeasurement(Texts).Measure(Whole, [new(Decoder.Load(other.Checkpoint), Narrow)]), "54", "53");
        Formats.Errors.AreOneLineWith(() => new ConsistencyMeasurement([new int[151]]).Measure(Whole, [At(Narrow)]), "context");
        Assert.Throws<ArgumentException>(() => new ConsistencyMeasurement([]));
        Assert.Throws<ArgumentException>(() => new ConsistencyMeasurement(Texts, first: 23));
        Assert.Throws<ArgumentException>(() => new ConsistencyMeasurement(Texts, temperatures: [0]));
        Assert.Throws<OperationCanceledException>(() => new ConsistencyMeasurement(Texts).Measure(Whole, [At(Narrow)], new CancellationToken(canceled: true)));
    }

    private DecoderAtPlan At(WidthPlan plan) => new(decoder, plan);

    private static double[] Softmax(double[] scores, double temperature)
    {
        var powers = scores.Select(score => Math.Exp((score - scores.Max()) / temperature)).ToArray();
        return [.. powers.Select(power => power / powers.Sum())];
    }
}
