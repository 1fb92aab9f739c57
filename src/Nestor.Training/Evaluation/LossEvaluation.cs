using Nestor.Models;
using Nestor.Training.Nested;
using static TorchSharp.torch;

namespace Nestor.Training.Evaluation;

/// <summary>Measures the loss of a model at any plan on held-out text.</summary>
/// <remarks>
/// The text is cut into windows of the context length that share one token, so that every token but the first is predicted exactly once;
/// a limit takes windows that are spread evenly over the text. With a limit, bits per byte use the whole text's bytes per token.
/// </remarks>
public sealed class LossEvaluation
{
    private const int TokensPerBatch = 4096;

    private readonly MatLm model;
    private readonly EvaluationText text;
    private readonly int length;
    private readonly long[] starts;

    /// <summary>Prepares the windows.</summary>
    /// <param name="model">The model to measure.</param>
    /// <param name="text">Text that was not trained on.</param>
    /// <param name="windowLength">Predictions in a window; null for the model's context length.</param>
    /// <param name="maxTokens">About how many tokens to predict at most.</param>
    /// <exception cref="NestorException">The text has fewer than two tokens.</exception>
    public LossEvaluation(MatLm model, EvaluationText text, int? windowLength = null, long maxTokens = long.MaxValue)
    {
        if (text.Tokens.Count < 2)
            throw new NestorException($"There are {text.Tokens.Count} tokens to evaluate on, at least 2 are wanted; give more text.");
        (this.model, this.text) = (model, text);
        length = Math.Min(windowLength ?? model.Config.ContextLength, text.Tokens.Count - 1);
        var windows = (text.Tokens.Count - 2L) / length + 1;
        var chosen = Math.Clamp(maxTokens / length, 1, windows);
        starts = [.. Enumerable.Range(0, checked((int)chosen)).Select(i => i * windows / chosen * length)];
    }

    /// <summary>Measures one plan.</summary>
    /// <param name="plan">The widths to run.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public MeasuredLoss Measure(WidthPlan plan, CancellationToken cancellation = default)
    {
        using var quiet = no_grad();
        double nats = 0;
        long tokens = 0;
        foreach (var (count, windows) in starts.GroupBy(Predictions).OrderByDescending(group => group.Key).Select(group => (group.Key, group)))
        {
            foreach (var batch in windows.Chunk(Math.Max(1, TokensPerBatch / count)))
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var rows = tensor(Rows(batch, count), batch.Length, count + 1).to(model.Device);       // (windows, count + 1)
                var loss = model.Loss(rows.narrow(1, 0, count), rows.narrow(1, 1, count), plan);
                nats += loss.item<float>() * batch.Length * count;
                tokens += batch.Length * count;
            }
        }

        var bytesPerToken = (double)text.TextBytes / text.Tokens.Count;
        return new MeasuredLoss(plan, nats / tokens, nats / tokens / Math.Log(2) / bytesPerToken, tokens);
    }

    private int Predictions(long start) => (int)Math.Min(length, text.Tokens.Count - 1 - start);

    private long[] Rows(long[] starts, int count)
    {
        var rows = new long[starts.Length * (count + 1)];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = text.Tokens[(int)(starts[i / (count + 1)] + i % (count + 1))];
        return rows;
    }
}
