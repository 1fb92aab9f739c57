using System.Collections.Immutable;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses.Votes;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Selection;

/// <summary>Attacks what a selection needs to know: each model of a pool, and each smallest majority that a committee of it could have.</summary>
/// <param name="classes">The number of classes.</param>
/// <param name="models">Name and scores of each model; scores are (n, classes) of (n, channels, height, width) in pixels from 0 to 1.</param>
/// <param name="images">(n, channels, height, width), float32 pixels from 0 to 1: validation images, never those that the result is reported on.</param>
/// <param name="labels">(n), int64.</param>
/// <param name="threat">What an attacker may do.</param>
/// <param name="steps">Steps of each attack.</param>
public sealed class PoolEvaluation(int classes, IReadOnlyList<(string Name, Func<Tensor, Tensor> Scores)> models, Tensor images, Tensor labels, Threat threat, int steps = 100)
{
    /// <summary>Attacks every model by itself.</summary>
    /// <inheritdoc cref="Alone(int, CancellationToken)"/>
    public IReadOnlyList<PoolModel> Alone(CancellationToken cancellation = default) => [.. models.Select((_, model) => Alone(model, cancellation))];

    /// <summary>Attacks a model by itself: APGD on cross-entropy, then on the targeted ratio, which models that mask their gradients do not withstand.</summary>
    /// <param name="model">Its place in the pool.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    public PoolModel Alone(int model, CancellationToken cancellation = default)
    {
        using var result = AutoAttack.Evaluate(
            new ModelDefence(classes, models[model].Scores), images, labels, threat, AutoAttack.Climbs(classes, steps), cancellation: cancellation);
        return new PoolModel(models[model].Name, PointSet.Of(result.IsCorrect), PointSet.Of(result.IsRobust));
    }

    /// <summary>Attacks every smallest majority at once.</summary>
    /// <param name="members">Members of a committee; odd.</param>
    /// <param name="progress">Told of every majority that was attacked.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="NestorException">Such a committee cannot be taken from the pool.</exception>
    public JointFailures Together(int members, Action<ImmutableArray<int>>? progress = null, CancellationToken cancellation = default)
    {
        var failures = new JointFailures(models.Count, members, (int)images.shape[0]);
        foreach (var majority in failures.Majorities)
        {
            failures.Add(majority, Together(majority, cancellation));
            progress?.Invoke(majority);
        }

        return failures;
    }

    /// <summary>Attacks some models at once: their least ratio, then the sum of their clamped ratios.</summary>
    /// <param name="majority">Their places in the pool.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <returns>The points at which one perturbation made all of them wrong.</returns>
    public PointSet Together(ImmutableArray<int> majority, CancellationToken cancellation = default)
    {
        var defence = new JointDefence(classes, [.. majority.Select(model => models[model].Scores)]);
        using var result = AutoAttack.Evaluate(
            defence, images, labels, threat, [new AutoPgd(new LeastRatioLoss()) { Steps = steps }, new AutoPgd(new ClampedRatioLoss()) { Steps = steps }], cancellation: cancellation);
        return PointSet.Of([.. result.IsRobust.Select(robust => !robust)]);
    }
}
