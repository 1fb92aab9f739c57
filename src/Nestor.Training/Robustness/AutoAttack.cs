using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>Evaluates a defence by one attack after the other, each against the images that are left: an image is robust if none succeeds.</summary>
/// <remarks>
/// Croce and Hein 2020 (arXiv 2003.01690). Every attack begins at the unperturbed image. Success is what the defence answers in a fresh pass, within the
/// ball and the range of pixels. The evaluation doubts itself aloud: see <see cref="RobustnessResult.Warnings"/>.
/// </remarks>
public static class AutoAttack
{
    /// <summary>The attacks of the standard evaluation, in their order, for a number of classes.</summary>
    /// <remarks>APGD on cross-entropy, targeted APGD, targeted FAB, Square. Where there are too few classes for the targeted ratio, APGD on the margin takes its place.</remarks>
    public static IReadOnlyList<Attack> Standard(int classes) =>
    [
        new AutoPgd(new CrossEntropyLoss()),
        classes >= 4 ? new TargetedAutoPgd() : new AutoPgd(new MarginLoss()),
        new FastAdaptiveBoundary(),
        new SquareAttack(),
    ];

    /// <summary>Runs attacks on images.</summary>
    /// <param name="defence">What is attacked.</param>
    /// <param name="images">(n, channels, height, width), float32 pixels from 0 to 1.</param>
    /// <param name="labels">(n), int64: the right answers.</param>
    /// <param name="threat">What an attacker may do.</param>
    /// <param name="attacks">What to try, in this order; the standard evaluation if not given.</param>
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
        attacks ??= Standard(defence.Classes);
        options.Validate();
        threat.Validate();
        Pixels.Check(images, labels, defence.Classes);
        foreach (var attack in attacks)
            attack.Validate(defence.Classes, threat);

        using var scope = NewDisposeScope();
        var evaluation = new Evaluation(defence, images, labels, threat, attacks, options);
        foreach (var (place, attack) in attacks.Index())
            evaluation.Run(attack, place, progress, cancellation);
        return evaluation.Finish();
    }
}
