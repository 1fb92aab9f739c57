using Nestor.Training.Robustness.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>One start of APGD over a batch; every image has a step size of its own.</summary>
/// <remarks>Croce and Hein 2020 (arXiv 2003.01690), algorithm 1; constants of §3.1.</remarks>
internal sealed class AutoPgdClimb
{
    // Share of a new step, the rest being momentum; and share of rising steps below which a period has failed.
    private const double ShareOfStep = 0.75, ShareOfRises = 0.75;

    private readonly AttackCase attacked;
    private Tensor image;           // (survivors, channels, height, width), like those below to bestGradient
    private Tensor previous;
    private Tensor gradient;
    private Tensor bestImage;
    private Tensor bestGradient;
    private Tensor best;            // (survivors): the largest loss so far, and what it was at the last checkpoint
    private Tensor bestAtCheckpoint;
    private Tensor last;            // (survivors): the loss of the step before
    private Tensor rises;           // (survivors): steps of this period on which the loss rose
    private Tensor halved;          // (survivors), bool: whether the last checkpoint halved the step
    private Tensor size;            // (survivors, 1, 1, 1)

    private AutoPgdClimb(AttackCase attacked, Tensor start, AttackPoint point)
    {
        this.attacked = attacked;
        (image, previous, bestImage) = (start, start.clone(), start.clone());
        (gradient, bestGradient) = (point.Gradient, point.Gradient.clone());
        (best, bestAtCheckpoint) = (point.Loss.clone(), point.Loss.clone());
        // The published program compares the first step's loss with 0.
        (last, rises, halved) = (zeros_like(point.Loss), zeros_like(point.Loss), ones_like(point.Loss, ScalarType.Bool));
        size = full_like(point.Loss, 2 * attacked.Threat.Epsilon).view(-1, 1, 1, 1);
    }

    /// <summary>The counts of steps after which progress is judged: after 22 % of all, then in ever shorter periods, down to 6 %.</summary>
    public static IReadOnlyList<int> Checkpoints(int steps)
    {
        var (period, shortest, less) = (Math.Max((int)(0.22 * steps), 1), Math.Max((int)(0.06 * steps), 1), Math.Max((int)(0.03 * steps), 1));
        List<int> checkpoints = [];
        for (var done = period; done <= steps; done += period)
        {
            checkpoints.Add(done);
            period = Math.Max(period - less, shortest);
        }

        return checkpoints;
    }

    /// <summary>Climbs; survivors that fall on the way are set aside.</summary>
    /// <param name="attacked">The images.</param>
    /// <param name="begin">Where it begins.</param>
    /// <param name="loss">What to climb.</param>
    /// <param name="steps">How many steps.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    public static void Run(AttackCase attacked, ClimbStart begin, AttackLoss loss, int steps, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var start = begin.Of(attacked, loss);
        var point = attacked.Evaluate(start, loss);
        var climb = new AutoPgdClimb(attacked, start, point);
        using (var inner = NewDisposeScope())
            climb.SetAside(point.Correct);

        var checkpoints = Checkpoints(steps);
        for (var (step, next) = (0, 0); step < steps && attacked.Survivors > 0; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            climb.Move(step == 0 ? 1 : ShareOfStep);
            climb.Learn(attacked.Evaluate(climb.image, loss));
            if (next < checkpoints.Count && step + 1 == checkpoints[next])
            {
                climb.Judge(checkpoints[next] - (next == 0 ? 0 : checkpoints[next - 1]));
                next++;
            }
        }
    }

    private void Move(double share)
    {
        if (attacked.Threat.Norm == Norm.Infinity && image.device_type == DeviceType.CPU)
        {
            BoxStepKernel.Move(
                TensorMemory.Floats(image), TensorMemory.Floats(previous), TensorMemory.Floats(gradient), TensorMemory.Floats(attacked.Origin), TensorMemory.Floats(size), (float)attacked.Threat.Epsilon, (float)share);
        }
        else
        {
            Move(attacked.Threat, image, previous, gradient, attacked.Origin, size, share);
        }
    }

    /// <summary>A step by tensors, in any norm and on any device: x + s (stepped − x) + (1 − s) (x − previous), in few passes over the images.</summary>
    internal static void Move(Threat threat, Tensor image, Tensor previous, Tensor gradient, Tensor origin, Tensor size, double share)
    {
        var next = threat.Project(addcmul(image, size, threat.Direction(gradient), 1), origin);
        next.mul_(share).add_(image, alpha: 2 * (1 - share)).add_(previous, alpha: share - 1);
        previous.copy_(image);
        image.copy_(threat.Project(next, origin));
    }

    private void Learn(AttackPoint point)
    {
        gradient.copy_(point.Gradient);
        rises.add_(point.Loss.gt(last));
        last.copy_(point.Loss);
        var better = point.Loss.gt(best);
        best.copy_(maximum(best, point.Loss));
        Take(better, from: image, to: bestImage);
        Take(better, from: gradient, to: bestGradient);
        SetAside(point.Correct);
    }

    /// <summary>Halves the steps of images that rose too seldom or found nothing better, and takes them back to their best point.</summary>
    private void Judge(int period)
    {
        var failed = rises.le(ShareOfRises * period).logical_or(halved.logical_not().logical_and(bestAtCheckpoint.ge(best)));
        halved.copy_(failed);
        bestAtCheckpoint.copy_(best);
        rises.zero_();
        size.copy_(where(failed.view(-1, 1, 1, 1), size / 2, size));
        Take(failed, from: bestImage, to: image);
        Take(failed, from: bestGradient, to: gradient);
    }

    private static void Take(Tensor which, Tensor from, Tensor to) => to.copy_(where(which.view(-1, 1, 1, 1), from, to));

    private void SetAside(Tensor correct)
    {
        if (attacked.SetAside(correct, image) is not { } rows)
            return;
        Attack.Keep(ref image, rows);
        Attack.Keep(ref previous, rows);
        Attack.Keep(ref gradient, rows);
        Attack.Keep(ref bestImage, rows);
        Attack.Keep(ref bestGradient, rows);
        Attack.Keep(ref best, rows);
        Attack.Keep(ref bestAtCheckpoint, rows);
        Attack.Keep(ref last, rows);
        Attack.Keep(ref rises, rows);
        Attack.Keep(ref halved, rows);
        Attack.Keep(ref size, rows);
    }
}
