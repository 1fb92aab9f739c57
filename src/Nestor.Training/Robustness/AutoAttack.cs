using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses;
using Nestor.Training.Robustness.Losses.Votes;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>Evaluates a defence by one attack after the other, each against the images that are left: an image is robust if none succeeds.</summary>
/// <remarks>
/// Croce and Hein 2020 (arXiv 2003.01690). Every attack begins at the unperturbed image. Success is what the defence answers in a fresh pass, within the
/// ball and the range of pixels. The evaluation doubts itself aloud: see <see cref="RobustnessResult.Warnings"/>.
/// </remarks>
public static class AutoAttack
{
    // The targeted ratio compares with the third and fourth scores.
    private const int ClassesForTargets = 4;

    /// <summary>The attacks of the standard evaluation, in their order, for a number of classes.</summary>
    /// <remarks>APGD on cross-entropy, targeted APGD, targeted FAB, Square.</remarks>
    public static IReadOnlyList<Attack> Standard(int classes) => [.. Climbs(classes), new FastAdaptiveBoundary(), new SquareAttack()];

    /// <summary>Those of them that climb: APGD on cross-entropy and towards every class. Where there are too few classes for the targeted ratio, APGD on the margin takes its place.</summary>
    /// <param name="classes">The number of classes.</param>
    /// <param name="steps">Steps of each climb.</param>
    /// <param name="targets">Most wrong classes to try.</param>
    public static IReadOnlyList<Attack> Climbs(int classes, int steps = 100, int targets = 9) =>
    [
        new AutoPgd(new CrossEntropyLoss()) { Steps = steps },
        classes >= ClassesForTargets ? new TargetedAutoPgd { Steps = steps, Targets = targets } : new AutoPgd(new MarginLoss()) { Steps = steps },
    ];

    /// <summary>The attacks on a defence whose scores have no gradients, such as a network in ONNX Runtime.</summary>
    /// <param name="queries">Queries of the square attack on scores; a tenth of them for the one on answers alone and for random points.</param>
    public static IReadOnlyList<Attack> WithoutGradients(int queries = 5000)
    {
        var few = Math.Max(1, queries / 10);
        return [new SquareAttack { Queries = queries }, new SquareAttack { Loss = new VoteCountLoss(), Queries = few, Drifts = true }, new RandomSearch { Queries = few }];
    }

    /// <summary>Whether attacks can follow a defence's gradients.</summary>
    /// <param name="defence">What is to be attacked.</param>
    /// <param name="images">(n, channels, height, width), pixels from 0 to 1; the first is scored.</param>
    public static bool HasGradients(IDefence defence, Tensor images) => Slope.Exists(defence, images);

    /// <summary>Those of some attacks that can run on a defence: all, or, where its scores have no gradients, those that need none.</summary>
    /// <param name="defence">What is to be attacked.</param>
    /// <param name="images">(n, channels, height, width), pixels from 0 to 1; the first is scored.</param>
    /// <param name="attacks">What would be tried.</param>
    /// <exception cref="NestorException">None of them can.</exception>
    public static IReadOnlyList<Attack> Possible(IDefence defence, Tensor images, IReadOnlyList<Attack> attacks)
    {
        if (Slope.Exists(defence, images))
            return attacks;
        return attacks.Where(attack => !attack.NeedsGradients).ToList() is { Count: > 0 } possible
            ? possible
            : throw new NestorException($"None of the attacks {string.Join(", ", attacks.Select(attack => attack.Name))} can run, because the scores of the defence have no gradients; add Square, which asks for scores alone.");
    }

    /// <summary>Runs attacks on images.</summary>
    /// <param name="defence">What is attacked.</param>
    /// <param name="images">(n, channels, height, width), float32 pixels from 0 to 1.</param>
    /// <param name="labels">(n), int64: the right answers.</param>
    /// <param name="threat">What an attacker may do.</param>
    /// <param name="attacks">What to try, in this order; if not given the standard evaluation, or, where scores have no gradients, what needs none.</param>
    /// <param name="options">Batches, seed and where to keep what is found; the defaults if not given.</param>
    /// <param name="progress">Told after every batch of every attack.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="NestorException">A pixel is not from 0 to 1, a label is no class, an attack is not for this defence, or the folder keeps another evaluation.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static RobustnessResult Evaluate(
        IDefence defence,
        Tensor images,
        Tensor labels,
        Threat threat,
        IReadOnlyList<Attack>? attacks = null,
        EvaluationOptions? options = null,
        Action<AttackProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        options ??= new EvaluationOptions();
        options.Validate();
        threat.Validate();
        Pixels.Check(images, labels, defence.Classes);
        var hasSlope = Slope.Exists(defence, images);
        attacks ??= hasSlope ? Standard(defence.Classes) : WithoutGradients();
        if (!hasSlope && options.Check is { NeedsGradients: true })
            options = options with { Check = null };
        if (options.Check is { } check)
            attacks = [.. attacks, check];
        if (!hasSlope && attacks.FirstOrDefault(attack => attack.NeedsGradients) is { } blind)
            throw new NestorException($"{blind.Name} follows gradients, and the scores of this defence have none: attack it by Square and others that ask for scores or answers alone, or attack the model where it has gradients.");
        foreach (var attack in attacks)
            attack.Validate(defence.Classes, threat);

        using var scope = NewDisposeScope();
        var evaluation = new Evaluation(defence, images, labels, threat, attacks, options);
        foreach (var (place, attack) in attacks.Index())
            evaluation.Run(attack, place, progress, cancellation);
        return evaluation.Finish();
    }
}
