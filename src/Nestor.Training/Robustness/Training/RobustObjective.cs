using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Training;

/// <summary>Trains an image model on the worst neighbours of its images, found by some steps of projected gradient ascent in every training step.</summary>
/// <remarks>One granularity per step, drawn at random, as the nested objective of images does; each may have a loss of its own, so that sizes of one model differ in more than size.</remarks>
public sealed record RobustObjective : Objective
{
    // Width of the normal numbers by which a search begins beside its image (TRADES and MART).
    private const double Nearby = 0.001;

    private static readonly SampledObjective Granularities = new();

    /// <summary>Creates the objective.</summary>
    /// <param name="threat">How far neighbours may be.</param>
    /// <param name="losses">One for all granularities, or one for each, narrowest first.</param>
    public RobustObjective(Threat threat, params IReadOnlyList<RobustLoss> losses) => (Threat, Losses) = (threat, losses);

    /// <summary>How far neighbours may be.</summary>
    public Threat Threat { get; }

    /// <summary>One for all granularities, or one for each, narrowest first.</summary>
    public IReadOnlyList<RobustLoss> Losses { get; }

    /// <summary>Steps of the search.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>Size of a search step, as a share of epsilon: 0.25 is the 2/255 usual at 8/255; 1.25 with one step is Fast-AT.</summary>
    public double StepShare { get; init; } = 0.25;

    /// <summary>Training steps over which epsilon rises; small networks do not begin to learn at full epsilon.</summary>
    public long RampSteps { get; init; }

    /// <summary>Adversarial weight perturbation: how far weights are moved against the loss, as a share of their own size; 0 for not at all.</summary>
    public double WeightPerturbation { get; init; }

    /// <summary>The training step from which weights are perturbed.</summary>
    public long WeightPerturbationFrom { get; init; }

    /// <summary>Whether two objectives are the same.</summary>
    public bool Equals(RobustObjective? other) => other is not null
        && (Threat, Steps, StepShare, RampSteps, WeightPerturbation, WeightPerturbationFrom) == (other.Threat, other.Steps, other.StepShare, other.RampSteps, other.WeightPerturbation, other.WeightPerturbationFrom)
        && Losses.SequenceEqual(other.Losses);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Threat, Steps, StepShare, RampSteps, WeightPerturbation, Losses.Count);

    internal override IReadOnlyList<GranularityLoss> Backward(INestedModel model, TrainingBatch batch, StepRandom draw, double scale)
    {
        var granularity = Granularities.Draw(model.Config, draw);
        var loss = Losses.Count == 1 ? Losses[0] : Losses[model.Config.Granularities.Index().First(pair => pair.Item == granularity).Index];
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)(draw.NextDouble() * (1UL << 53)), CPU);
        var example = new RobustExample((IImageModel)model, batch, Uniform(model.Config, granularity.Width));
        var moved = Search(example, loss, Threat with { Epsilon = EpsilonAt(draw.Step) }, random);
        using var perturbed = WeightPerturbation > 0 && draw.Step >= WeightPerturbationFrom
            ? PerturbedWeights.Of(model.Parameters, example.Loss(loss, moved), WeightPerturbation)
            : null;
        var value = example.Loss(loss, moved);
        (value * scale).backward();
        return [new GranularityLoss(granularity.Name, value.item<float>())];
    }

    internal override WidthPlan WidestPlan(INestedConfig config, StepRandom draw) => Granularities.WidestPlan(config, draw);

    internal override void Validate(INestedConfig config)
    {
        base.Validate(config);
        Threat.Validate();
        if (config is not Models.Vision.IImageConfig)
            throw new NestorException("Robust training is for image models; train a language model by another objective.");
        if (Losses.Count != 1 && Losses.Count != config.Granularities.Count)
            throw new NestorException($"{Losses.Count} losses were given for {config.Granularities.Count} granularities; give one for all, or one for each.");
        if (Steps < 1 || !(StepShare > 0) || RampSteps < 0 || !(WeightPerturbation >= 0) || WeightPerturbationFrom < 0)
            throw new NestorException($"A search of {Steps} steps of {StepShare} epsilon, epsilon rising over {RampSteps} steps and weights moved by {WeightPerturbation} from step {WeightPerturbationFrom} cannot be; at least one step above 0 is wanted, and nothing negative.");
    }

    internal double EpsilonAt(long step) => RampSteps == 0 ? Threat.Epsilon : Threat.Epsilon * Math.Min(1, (step + 1.0) / RampSteps);

    private Tensor Search(RobustExample example, RobustLoss loss, Threat threat, Generator random)
    {
        using var scope = NewDisposeScope();
        var origin = example.Pixels;
        var clean = example.CleanUnderAttack(loss);
        var moved = loss.BeginsNearby
            ? threat.Project(origin + Nearby * randn(origin.shape, generator: random).to(origin.device), origin)
            : threat.RandomStart(origin, random);
        for (var step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            var input = moved.detach().requires_grad_();
            var gradient = autograd.grad([loss.Sought(clean, example.ScoresUnderAttack(input), example.Labels).sum()], [input])[0].contiguous();
            moved.copy_(threat.Project(moved + StepShare * threat.Epsilon * threat.Direction(gradient), origin));
        }

        return moved.MoveToOuterDisposeScope();
    }
}
