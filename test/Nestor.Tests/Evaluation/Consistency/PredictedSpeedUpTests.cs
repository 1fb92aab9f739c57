using CsCheck;
using Nestor.Evaluation.Consistency;
using Nestor.Inference.Speculation;

namespace Nestor.Tests.Evaluation.Consistency;

public sealed class PredictedSpeedUpTests
{
    private const int Most = 8;

    private static readonly Gen<(double Acceptance, double Cost)> Cases = Gen.Select(Gen.Double[0, 0.999], Gen.Double[0.01, 2]);

    [Fact]
    public void It_is_the_best_of_the_formula_where_reading_many_tokens_costs_as_much_as_one() => Cases.Sample(of =>
    {
        var best = Enumerable.Range(1, Most).Max(length => (1 - Math.Pow(of.Acceptance, length + 1)) / ((1 - of.Acceptance) * (length * of.Cost + 1)));
        Assert.Equal(Math.Max(1, best), Predict(of.Acceptance, of.Cost, further: 0).Ratio, 1e-9);
    });

    [Theory]
    [InlineData(0.7, 1, 1.13)]
    [InlineData(0.8, 2, 1.21)]
    [InlineData(0.9, 3, 1.36)]
    [InlineData(0.95, 5, 1.49)]
    public void Half_a_token_for_a_drafted_one_gives_known_ratios(double acceptance, int length, double ratio)
    {
        var predicted = Predict(acceptance, cost: 0.51, further: 0);
        Assert.Equal(length, predicted.DraftLength);
        Assert.Equal(ratio, predicted.Ratio, 0.01);
    }

    [Fact]
    public void More_acceptance_never_makes_it_slower_and_more_cost_never_faster() => Gen.Select(Cases, Gen.Double[0, 0.5], Gen.Double[0, 1]).Sample((of, further, more) =>
    {
        var ratio = Predict(of.Acceptance, of.Cost, further).Ratio;
        Assert.True(Predict(of.Acceptance + more * (1 - of.Acceptance), of.Cost, further).Ratio >= ratio - 1e-12);
        Assert.True(Predict(of.Acceptance, of.Cost + more, further).Ratio <= ratio + 1e-12);
        Assert.True(Predict(of.Acceptance, of.Cost, further + more).Ratio <= ratio + 1e-12);
        Assert.True(ratio >= 1);
    });

    [Fact]
    public void Drafts_that_never_stay_are_not_made() => Assert.Equal(new PredictedSpeedUp(0, 1), Predict(0, 0.5, 0.1));

    private static PredictedSpeedUp Predict(double acceptance, double cost, double further) => PredictedSpeedUp.Of(acceptance, cost, ReadingCost.Given(1, further), Most);
}
