using System.Globalization;
using Nestor.Training.Robustness.Attacks;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>The robust accuracy at one radius.</summary>
/// <param name="Epsilon">The radius.</param>
/// <param name="RobustAccuracy">The share of images that are answered rightly whatever was tried within it.</param>
public sealed record RobustnessPoint(double Epsilon, double RobustAccuracy);

/// <summary>Robust accuracy against epsilon: it starts at the clean accuracy, never rises, and ends at 0 unless attacks fail.</summary>
/// <param name="Points">Ascending radii, from 0 to the one that makes every image of every other.</param>
/// <param name="Images">Images that it is about.</param>
/// <param name="Attacks">What was tried at each radius but 0 and that of the evaluation.</param>
/// <param name="Warnings">Reasons to doubt it.</param>
public sealed record RobustnessCurve(IReadOnlyList<RobustnessPoint> Points, int Images, IReadOnlyList<string> Attacks, IReadOnlyList<RobustnessWarning> Warnings)
{
    // As shares of the radius of the evaluation.
    private static readonly double[] Smaller = [0.5, 0.25], Larger = [2, 4, 8];

    /// <summary>Measures the curve around an evaluation: at a quarter, half, twice, four and eight times its radius, and at the largest.</summary>
    /// <param name="defence">What was evaluated.</param>
    /// <param name="images">(n, channels, height, width), float32 pixels from 0 to 1: those of the evaluation.</param>
    /// <param name="labels">(n), int64.</param>
    /// <param name="threat">What the attacker of the evaluation may do.</param>
    /// <param name="known">What the evaluation found.</param>
    /// <param name="count">How many images to look at, the first ones.</param>
    /// <param name="attacks">What to try at other radii; quick ones will do.</param>
    /// <param name="options">Batches, seed and where to keep what is found; the defaults if not given.</param>
    /// <param name="progress">Told after every batch of every attack.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <remarks>
    /// What falls within a radius falls within every larger one. So only what fell at a radius is attacked within half of it, and only what did not within twice of it;
    /// at radii other than the evaluation's the curve is an upper bound by weaker attacks.
    /// </remarks>
    /// <exception cref="NestorException">An attack is not for this defence, or the folder keeps another evaluation.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static RobustnessCurve Around(
        IDefence defence,
        Tensor images,
        Tensor labels,
        Threat threat,
        RobustnessResult known,
        int count,
        IReadOnlyList<Attack> attacks,
        EvaluationOptions? options = null,
        Action<AttackProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        options = (options ?? new EvaluationOptions()) with { Check = null };
        count = (int)Math.Min(count, images.shape[0]);
        int[] correct = [.. Enumerable.Range(0, count).Where(row => known.IsCorrect[row])];
        int[] robust = [.. correct.Where(row => known.IsRobust[row])];
        List<RobustnessPoint> points = [At(threat.Epsilon, robust.Length)];

        int[] fallen = [.. correct.Except(robust)];
        foreach (var radius in Smaller.Select(share => share * threat.Epsilon).Where(radius => radius > 0))
        {
            fallen = [.. fallen.Except(Withstand(fallen, radius))];
            points.Insert(0, At(radius, correct.Length - fallen.Length));
        }

        if (threat.Epsilon > 0)
            points.Insert(0, At(0, correct.Length));
        var largest = threat.Norm == Norm.Infinity ? 1 : Math.Sqrt(images[0].numel());
        foreach (var radius in Larger.Select(share => share * threat.Epsilon).Where(radius => radius < largest).Append(largest).Where(radius => radius > threat.Epsilon))
        {
            robust = Withstand(robust, radius);
            points.Add(At(radius, robust.Length));
        }

        return new RobustnessCurve(points, count, [.. attacks.Select(attack => attack.ToString())], [.. Doubts(points[^1])]);

        RobustnessPoint At(double radius, int withstanding) => new(radius, withstanding / (double)count);

        int[] Withstand(int[] rows, double radius)
        {
            if (rows.Length == 0)
                return rows;
            using var inner = NewDisposeScope();
            var index = tensor(rows.Select(row => (long)row).ToArray()).to(images.device);
            var part = options.Part(string.Create(CultureInfo.InvariantCulture, $"epsilon-{radius:0.######}"));
            var first = new TransferAttack("the evaluation", known.Images.index_select(0, index));
            var found = AutoAttack.Evaluate(defence, images.index_select(0, index), labels.index_select(0, index), threat with { Epsilon = radius }, [first, .. attacks], part, progress, cancellation);
            return [.. rows.Where((_, i) => found.IsRobust[i])];
        }
    }

    private static IEnumerable<RobustnessWarning> Doubts(RobustnessPoint last)
    {
        if (last.RobustAccuracy > 0)
        {
            yield return new("NST106", string.Create(
                CultureInfo.InvariantCulture,
                $"{100 * last.RobustAccuracy:0.#}% of the images withstand a radius of {last.Epsilon:0.###}, within which every image can be made any other; the attacks fail, or the defence has one answer to everything."));
        }
    }
}
