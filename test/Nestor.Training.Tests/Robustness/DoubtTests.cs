using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness;

public sealed class DoubtTests
{
    private static readonly LinearModel Model = new(classes: 5, side: 4, seed: 1);

    [Fact]
    public void A_plain_model_raises_no_doubt() => Assert.Empty(Warnings(Model.Scores));

    [Fact]
    public void Random_scores_are_told() => Assert.Contains("NST101", Warnings(images => Model.Scores(images) + randn(images.shape[0], 5) * 0.01));

    [Fact]
    public void Gradients_of_zero_are_told() => Assert.Contains("NST102", Warnings(images => (Model.Scores(images) * 3).round()));

    [Fact]
    public void Probabilities_are_told() => Assert.Contains("NST103", Warnings(images => nn.functional.softmax(Model.Scores(images), 1)));

    [Fact]
    public void An_attack_without_gradients_that_wins_is_told() => Assert.Contains("NST104", Warnings(images => (Model.Scores(images) * 3).round()));

    [Fact]
    public void A_check_that_finds_what_attacks_did_not_is_told_and_counts()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var (images, labels) = Model.Data(50, seed: 2);
        var threat = new Threat(Norm.Infinity, 0.03);
        using var weak = Evaluate(new SquareAttack { Queries = 1 });
        var warning = Assert.Single(weak.Warnings, warning => warning.Code == "NST110");
        Assert.Contains("Restarts = 10", warning.Message, StringComparison.Ordinal);
        Assert.Equal(50 - weak.Attacks.Sum(attack => attack.Broken), weak.IsRobust.Count(robust => robust));
        Assert.True(weak.Attacks[^1].Broken > 20);
        using var strong = Evaluate(new AutoPgd(new CrossEntropyLoss()), new TargetedAutoPgd());
        Assert.Empty(strong.Warnings);
        Assert.Equal(Model.IsRobust(images, labels, threat), strong.IsRobust);

        RobustnessResult Evaluate(params Attack[] attacks) => AutoAttack.Evaluate(Model.Defence, images, labels, threat, attacks, new EvaluationOptions { Check = RestartCheck.OnModel });
    }

    private static List<string> Warnings(Func<Tensor, Tensor> scores)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var (images, labels) = Model.Data(50, seed: 2);
        using var result = AutoAttack.Evaluate(
            new ModelDefence(5, scores), images, labels, new Threat(Norm.Infinity, 0.05), [new AutoPgd(new CrossEntropyLoss()) { Steps = 20 }, new SquareAttack { Queries = 100 }]);
        return [.. result.Warnings.Select(warning => warning.Code)];
    }
}
