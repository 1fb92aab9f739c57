using System.Diagnostics;
using Nestor.Training.Data;
using Nestor.Training.Robustness.Attacks;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>An evaluation on its way: which images are left, and what broke the others.</summary>
internal sealed class Evaluation
{
    // Rounding may take a change this far beyond epsilon.
    private const double Rounding = 1e-6;

    private readonly IDefence defence;
    private readonly Tensor origin;
    private readonly Tensor labels;
    private readonly Tensor images;
    private readonly Threat threat;
    private readonly EvaluationOptions options;
    private readonly bool[] isCorrect;
    private readonly bool[] isRobust;
    private readonly List<AttackResult> results = [];

    /// <summary>Begins with the images that the defence answers rightly.</summary>
    public Evaluation(IDefence defence, Tensor origin, Tensor labels, Threat threat, EvaluationOptions options)
    {
        (this.defence, this.origin, this.labels, this.threat, this.options) = (defence, origin, labels, threat, options);
        images = origin.clone();
        isCorrect = [.. Enumerable.Range(0, (int)origin.shape[0]).Chunk(options.Batch).SelectMany(AnswersUnperturbed)];
        isRobust = [.. isCorrect];
    }

    /// <summary>Attacks what is left.</summary>
    public void Run(Attack attack, int place, Action<AttackProgress>? progress, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        int[] left = [.. Enumerable.Range(0, isRobust.Length).Where(row => isRobust[row])];
        var (broken, flat, cost, done) = (0, 0L, default(AttackCost), 0);
        foreach (var rows in left.Chunk(options.Batch))
        {
            using var scope = NewDisposeScope();
            using var random = new Generator(CounterHash.At((ulong)options.Seed, place, rows[0]), CPU);
            var index = Index(rows);
            using var attacked = new AttackCase(defence, origin.index_select(0, index), labels.index_select(0, index), threat, random, index);
            attack.Run(attacked, cancellation);
            broken += Accept(rows, index, attacked.Images);
            (cost, flat, done) = (cost + attacked.Cost, flat + attacked.FlatGradients, done + rows.Length);
            progress?.Invoke(new AttackProgress(attack.Name, done, left.Length, isRobust.Count(robust => robust)));
        }

        results.Add(new AttackResult(attack.Name, attack.ToString(), left.Length, broken, cost, flat / Math.Max(1.0, cost.Gradients), Stopwatch.GetElapsedTime(started).TotalSeconds));
    }

    /// <summary>The worst case of every image, and what there is to doubt.</summary>
    public RobustnessResult Finish() => new(
        [.. isCorrect], [.. isRobust], results, [.. Doubts.About(defence, origin, results, isCorrect.Length)], images.MoveToOuterDisposeScope());

    /// <summary>Keeps what an attack moved where it lies in the ball and in the range of pixels, and a fresh pass answers wrongly.</summary>
    /// <returns>How many images fell.</returns>
    private int Accept(int[] rows, Tensor index, Tensor moved)
    {
        var from = origin.index_select(0, index);
        var within = threat.Size(moved - from).flatten().le(threat.Epsilon + Rounding).logical_and(moved.ge(0).logical_and(moved.le(1)).flatten(1).all(1));
        var falls = within.logical_and(IsRight(moved, index).logical_not());
        images.index_copy_(0, index, where(falls.view(-1, 1, 1, 1), moved, from));
        foreach (var (row, fell) in rows.Zip(falls.cpu().data<bool>().ToArray()))
            isRobust[row] = !fell;
        return (int)falls.sum().item<long>();
    }

    private bool[] AnswersUnperturbed(int[] rows)
    {
        using var scope = NewDisposeScope();
        var index = Index(rows);
        return IsRight(origin.index_select(0, index), index).cpu().data<bool>().ToArray();
    }

    private Tensor IsRight(Tensor points, Tensor index)
    {
        using var quiet = no_grad();
        return defence.IsCorrect(defence.Logits(points), labels.index_select(0, index));
    }

    private Tensor Index(int[] rows) => tensor(rows.Select(row => (long)row).ToArray()).to(origin.device);
}
