using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness;

public sealed class AttackTests
{
    private static readonly Threat Infinity = new(Norm.Infinity, 0.012), Two = new(Norm.Two, 0.04);

    public static TheoryData<Attack, Norm> Attacks()
    {
        TheoryData<Attack, Norm> attacks = [];
        foreach (var norm in new[] { Norm.Infinity, Norm.Two })
        {
            attacks.Add(new ProjectedGradient { Loss = new MarginLoss(), Steps = 60, Restarts = 2 }, norm);
            attacks.Add(new AutoPgd(new MarginLoss()), norm);
            attacks.Add(new AutoPgd(new LogitRatioLoss()), norm);
            attacks.Add(new TargetedAutoPgd { Steps = 40 }, norm);
            attacks.Add(new FastAdaptiveBoundary { Steps = 30 }, norm);
        }

        attacks.Add(new SquareAttack { Queries = 1500 }, Norm.Infinity);
        attacks.Add(new CarliniWagner { Steps = 200, Searches = 9 }, Norm.Two);
        return attacks;
    }

    /// <summary>The closed form of linear models is the truth that every attack must reach: never beyond it, and nearly all of it.</summary>
    [Theory]
    [MemberData(nameof(Attacks))]
    public void Every_attack_reaches_the_exact_robust_accuracy_of_a_linear_model(Attack attack, Norm norm)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var threat = norm == Norm.Infinity ? Infinity : Two;
        var model = new LinearModel(classes: 5, side: 4, seed: 1);
        var (images, labels) = model.Data(100, seed: 2);
        var truth = model.IsRobust(images, labels, threat);
        Assert.InRange(truth.Count(robust => robust), 20, 80);

        using var result = AutoAttack.Evaluate(model.Defence, images, labels, threat, [attack]);
        Assert.Equal(1, result.CleanAccuracy);
        Assert.All(truth.Zip(result.IsRobust), pair => Assert.True(pair.Second || !pair.First, "A robust image cannot fall."));
        Assert.InRange(result.IsRobust.Count(robust => robust), truth.Count(robust => robust), truth.Count(robust => robust) + 3);
    }

    /// <summary>Its smallest bump has three pixels a side, so in such small images it cannot follow every direction.</summary>
    [Fact]
    public void Random_bumps_break_most_of_what_can_be_broken()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var model = new LinearModel(classes: 5, side: 4, seed: 1);
        var (images, labels) = model.Data(100, seed: 2);
        var truth = model.IsRobust(images, labels, Two);
        using var result = AutoAttack.Evaluate(model.Defence, images, labels, Two, [new SquareAttack { Queries = 1500 }]);
        Assert.All(truth.Zip(result.IsRobust), pair => Assert.True(pair.Second || !pair.First, "A robust image cannot fall."));
        Assert.True(result.IsRobust.Count(robust => !robust) > 0.6 * truth.Count(robust => !robust));
    }

    [Theory]
    [InlineData(Norm.Infinity)]
    [InlineData(Norm.Two)]
    public void One_step_is_exact_for_two_classes(Norm norm)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var threat = norm == Norm.Infinity ? Infinity : Two;
        var model = new LinearModel(classes: 2, side: 4, seed: 3);
        var (images, labels) = model.Data(100, seed: 4);
        using var result = AutoAttack.Evaluate(model.Defence, images, labels, threat, [new FastGradientSign()]);
        Assert.Equal(model.IsRobust(images, labels, threat), result.IsRobust);
        Assert.InRange(result.RobustAccuracy, 0.05, 0.95);
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Every_attack_stays_in_the_ball_and_in_the_range_of_pixels(Attack attack, Norm norm)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var threat = new Threat(norm, norm == Norm.Infinity ? 0.3 : 1.5);
        var model = new LinearModel(classes: 5, side: 4, seed: 5);
        var images = rand([40, 1, 4, 4], generator: new Generator(6, CPU));
        images = where(images.lt(0.3), zeros_like(images), images);
        var labels = model.Scores(images).argmax(1);
        using var random = new Generator(7, CPU);
        using var attacked = new AttackCase(model.Defence, images, labels, threat, random);
        attack.Run(attacked, default);
        Assert.True(threat.Size(attacked.Images - images).max().item<float>() <= threat.Epsilon + 1e-6);
        Assert.InRange(attacked.Images.min().item<float>(), 0, 1);
        Assert.InRange(attacked.Images.max().item<float>(), 0, 1);
        Assert.Equal(attacked.Broken.data<bool>().ToArray(), model.Scores(attacked.Images).argmax(1).ne(labels).data<bool>().ToArray());
        Assert.InRange(attacked.Broken.sum().item<long>(), 20, 40);
    }

    [Fact]
    public void More_room_steps_or_restarts_never_help_the_defence()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var model = new LinearModel(classes: 5, side: 4, seed: 1);
        var (images, labels) = model.Data(60, seed: 2);
        double Robust(double epsilon, int steps, int restarts)
        {
            using var result = AutoAttack.Evaluate(model.Defence, images, labels, new Threat(Norm.Infinity, epsilon), [new ProjectedGradient { Steps = steps, Restarts = restarts, StepShare = 0.1 }]);
            return result.RobustAccuracy;
        }

        double[] wider = [.. new[] { 0, 0.004, 0.012, 0.03, 1 }.Select(epsilon => Robust(epsilon, 10, 1))];
        Assert.Equal(wider.OrderDescending(), wider);
        Assert.Equal(1, wider[0]);
        Assert.Equal(0, wider[^1]);
        double[] longer = [.. new[] { 1, 3, 10, 30 }.Select(steps => Robust(0.012, steps, 1))];
        Assert.Equal(longer.OrderDescending(), longer);
        double[] repeated = [.. new[] { 1, 2, 5 }.Select(restarts => Robust(0.012, 3, restarts))];
        Assert.Equal(repeated.OrderDescending(), repeated);
    }

    [Fact]
    public void Progress_is_judged_after_ever_shorter_periods() => Assert.Equal([22, 41, 57, 70, 80, 87, 93, 99], AutoPgdClimb.Checkpoints(100));

    [Fact]
    public void Squares_shrink_by_the_published_schedule()
    {
        var attack = new SquareAttack();
        Assert.Equal([0.8, 0.8, 0.4, 0.4, 0.2, 0.1, 0.05, 0.8 / 32, 0.8 / 512], new[] { 0, 10, 11, 50, 51, 201, 501, 1001, 8001 }.Select(attack.ShareAt));
    }

    [Fact]
    public void Attacks_that_cannot_be_are_refused()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var model = new LinearModel(classes: 2, side: 4, seed: 1);
        var (images, labels) = model.Data(5, seed: 2);
        Assert.Contains("three classes", Refused(new AutoPgd(new LogitRatioLoss())));
        Assert.Contains("four classes", Refused(new TargetedAutoPgd()));
        Assert.Contains("Euclidean", Refused(new CarliniWagner()));
        Assert.Contains("0 steps", Refused(new ProjectedGradient { Steps = 0 }));
        Assert.Contains("8/255", Assert.Throws<NestorException>(() => AutoAttack.Evaluate(model.Defence, images, labels, new Threat(Norm.Infinity, 8))).Message);
        Assert.Throws<NestorException>(() => AutoAttack.Evaluate(model.Defence, images, labels, new Threat(Norm.Two, double.NaN)));
        Assert.Contains("0 to 1", Assert.Throws<NestorException>(() => AutoAttack.Evaluate(model.Defence, images * 255, labels, Infinity)).Message);
        Assert.Contains("2 classes", Assert.Throws<NestorException>(() => AutoAttack.Evaluate(model.Defence, images, labels + 7, Infinity)).Message);
        Assert.Throws<NestorException>(() => AutoAttack.Evaluate(model.Defence, images, labels.narrow(0, 0, 3), Infinity));

        string Refused(Attack attack) => Assert.Throws<NestorException>(() => AutoAttack.Evaluate(model.Defence, images, labels, Infinity, [attack])).Message;
    }
}
