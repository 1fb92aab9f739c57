using Nestor.Training.Robustness;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness;

public sealed class RobustnessCurveTests
{
    private const int Count = 60;

    private static readonly LinearModel Model = new(classes: 5, side: 4, seed: 1);

    /// <summary>Images lie around the middle of the range, so that below a radius of 0.35 its ends do not matter and the exact curve is known.</summary>
    [Theory]
    [InlineData(Norm.Infinity, 0.02)]
    [InlineData(Norm.Two, 0.07)]
    public void The_curve_of_a_linear_model_is_the_exact_one(Norm norm, double epsilon)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var (images, labels) = Model.Data(Count, seed: 2);
        var curve = Curve(Model.Defence, images, labels, new Threat(norm, epsilon));
        Assert.Equal([0, epsilon / 4, epsilon / 2, epsilon, 2 * epsilon, 4 * epsilon, 8 * epsilon, norm == Norm.Infinity ? 1 : 4], curve.Points.Select(point => point.Epsilon));
        Assert.All(curve.Points.SkipLast(1), point => Assert.Equal(
            Model.IsRobust(images, labels, new Threat(norm, point.Epsilon)).Count(robust => robust) / (double)Count, point.RobustAccuracy, 1e-9));
        Assert.True(curve.Points.Select(point => point.RobustAccuracy).Distinct().Count() > 3);
        Assert.Equal(0, curve.Points[^1].RobustAccuracy);
        Assert.Empty(curve.Warnings);
    }

    [Fact]
    public void A_curve_never_rises_and_passes_through_what_the_evaluation_found()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var (images, labels) = Model.Data(Count, seed: 3);
        var steps = new ModelDefence(5, pixels => (Model.Scores(pixels) * 8).round() / 8);
        var threat = new Threat(Norm.Infinity, 0.02);
        using var known = AutoAttack.Evaluate(steps, images, labels, threat, QuickAttacks.OnModel(5));
        var curve = RobustnessCurve.Around(steps, images, labels, threat, known, 40, QuickAttacks.OnModel(5));
        Assert.All(curve.Points.Zip(curve.Points.Skip(1)), pair => Assert.True(pair.First.RobustAccuracy >= pair.Second.RobustAccuracy));
        Assert.Equal(known.IsCorrect.Take(40).Count(correct => correct) / 40.0, curve.Points[0].RobustAccuracy);
        Assert.Equal(known.IsRobust.Take(40).Count(robust => robust) / 40.0, curve.Points.Single(point => point.Epsilon == 0.02).RobustAccuracy);
    }

    [Fact]
    public void A_defence_whose_curve_does_not_end_at_nothing_is_told()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var (images, labels) = Model.Data(Count, seed: 2);
        var flat = new ModelDefence(5, pixels => Model.Scores(pixels) + tensor(new float[] { 99, 0, 0, 0, 0 }));
        var curve = Curve(flat, images, zeros_like(labels), new Threat(Norm.Infinity, 0.1));
        Assert.Contains("NST106", Assert.Single(curve.Warnings).Code, StringComparison.Ordinal);
        Assert.All(curve.Points, point => Assert.Equal(1, point.RobustAccuracy));
    }

    /// <summary>Where pixels leave the middle of the range the scores have no slope, so that gradients lead nowhere; other answers are there all the same.</summary>
    [Fact]
    public void A_network_that_is_flat_far_away_still_has_a_curve_that_ends_at_nothing()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var (images, labels) = Model.Data(Count, seed: 2);
        var flat = new ModelDefence(5, pixels => Model.Scores((pixels - 0.5).clamp(-0.2, 0.2) + 0.5));
        Assert.Equal(0, Curve(flat, images, labels, new Threat(Norm.Infinity, 0.3)).Points[^1].RobustAccuracy);
    }

    [Fact]
    public void A_vote_has_a_curve_that_ends_at_nothing()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var models = Enumerable.Range(1, 3).Select(seed => new LinearModel(classes: 5, side: 4, seed)).ToArray();
        var (images, labels) = models[0].Data(Count, seed: 2);
        var vote = new VotingDefence(5, new StrictPlurality(), [.. models.Select(model => (Func<Tensor, Tensor>)model.Scores)]);
        var threat = new Threat(Norm.Infinity, 0.01);
        using var known = AutoAttack.Evaluate(vote, images, labels, threat, QuickAttacks.OnVote(new StrictPlurality()));
        var curve = RobustnessCurve.Around(vote, images, labels, threat, known, Count, QuickAttacks.OnVote(new StrictPlurality()));
        Assert.Equal(0, curve.Points[^1].RobustAccuracy);
        Assert.Equal(known.CleanAccuracy, curve.Points[0].RobustAccuracy);
    }

    private static RobustnessCurve Curve(IDefence defence, Tensor images, Tensor labels, Threat threat)
    {
        using var known = AutoAttack.Evaluate(defence, images, labels, threat, QuickAttacks.OnModel(5));
        return RobustnessCurve.Around(defence, images, labels, threat, known, Count, QuickAttacks.OnModel(5));
    }
}
