using System.Diagnostics;
using Nestor.Training.Data;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Resuming;
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
    private readonly KeptEvaluation? kept;
    private readonly bool[] isCorrect;
    private readonly bool[] isRobust;
    private readonly List<AttackResult> results = [];

    /// <summary>Begins with the images that the defence answers rightly, or goes on with what the folder of the options keeps.</summary>
    /// <exception cref="NestorException">The folder keeps another evaluation.</exception>
    public Evaluation(IDefence defence, Tensor origin, Tensor labels, Threat threat, IReadOnlyList<Attack> attacks, EvaluationOptions options)
    {
        (this.defence, this.origin, this.labels, this.threat, this.options) = (defence, origin, labels, threat, options);
        images = origin.clone();
        isCorrect = [.. Enumerable.Range(0, (int)origin.shape[0]).Chunk(options.Batch).SelectMany(AnswersUnperturbed)];
        if (options.Folder is { } folder)
        {
            kept = KeptEvaluation.Open(folder, EvaluationFacts.Of(defence, origin, labels, isCorrect, threat, attacks, options));
            isCorrect = [.. kept.IsCorrect];
        }

        isRobust = [.. isCorrect];
    }

    /// <summary>Attacks what is left.</summary>
    public void Run(Attack attack, int place, Action<AttackProgress>? progress, CancellationToken cancellation)
    {
        int[] left = [.. Enumerable.Range(0, isRobust.Length).Where(row => isRobust[row])];
        var (broken, flat, cost, done, seconds) = (0, 0L, default(AttackCost), 0, 0.0);
        foreach (var (number, rows) in left.Chunk(options.Batch).Index())
        {
            using var scope = NewDisposeScope();
            var batch = kept?.Find(place, number, rows.Length, images);
            if (batch is null)
            {
                batch = Attacked(attack, place, rows, cancellation);
                kept?.Keep(place, number, batch);
            }

            Accept(batch);
            (broken, cost, flat, done, seconds) = (broken + batch.Fallen.Length, cost + batch.Cost, flat + batch.FlatGradients, done + rows.Length, seconds + batch.Seconds);
            progress?.Invoke(new AttackProgress(attack.Name, done, left.Length, isRobust.Count(robust => robust)));
        }

        results.Add(new AttackResult(attack.Name, attack.ToString(), left.Length, broken, cost, flat / Math.Max(1.0, cost.Gradients), seconds));
    }

    /// <summary>The worst case of every image, and what there is to doubt.</summary>
    public RobustnessResult Finish() => new(
        [.. isCorrect], [.. isRobust], results, [.. Doubts.About(defence, origin, results, isCorrect.Length)], images.MoveToOuterDisposeScope());

    private AttackedBatch Attacked(Attack attack, int place, int[] rows, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var index = Index(rows);
        using var random = new Generator(CounterHash.At((ulong)options.Seed, place, rows[0]), CPU);
        using var attacked = new AttackCase(defence, origin.index_select(0, index), labels.index_select(0, index), threat, random, index);
        attack.Run(attacked, cancellation);
        var falls = Falls(index, attacked.Images);
        var fallen = rows.Zip(falls.cpu().data<bool>().ToArray()).Where(pair => pair.Second).Select(pair => pair.First);
        var moved = attacked.Images.index_select(0, falls.nonzero().flatten());
        return new AttackedBatch(rows.Length, [.. fallen], moved, attacked.Cost, attacked.FlatGradients, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>What an attack moved counts where it lies in the ball and in the range of pixels, and a fresh pass answers wrongly: (n), bool.</summary>
    private Tensor Falls(Tensor index, Tensor moved)
    {
        var within = threat.Size(moved - origin.index_select(0, index)).flatten().le(threat.Epsilon + Rounding).logical_and(moved.ge(0).logical_and(moved.le(1)).flatten(1).all(1));
        return within.logical_and(IsRight(moved, index).logical_not());
    }

    private void Accept(AttackedBatch batch)
    {
        if (batch.Fallen.IsEmpty)
            return;
        images.index_copy_(0, Index([.. batch.Fallen]), batch.Moved);
        foreach (var row in batch.Fallen)
            isRobust[row] = false;
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
