using Nestor.Inference;
using Nestor.Models;
using Nestor.Training.Nested;
using static TorchSharp.torch;

namespace Nestor.Training.Evaluation;

/// <summary>Measures the loss of a model at any plan on held-out text.</summary>
/// <remarks>
/// The text is cut into <see cref="LossWindows"/> of the context length. With a limit, bits per byte use the whole text's bytes per token.
/// </remarks>
public sealed class LossEvaluation
{
    private const int TokensPerBatch = 4096;

    private readonly MatLm model;
    private readonly EvaluationText text;
    private readonly LossWindows windows;

    /// <summary>Prepares the windows.</summary>
    /// <param name="model">The model to measure.</param>
    /// <param name="text">Text that was not trained on.</param>
    /// <param name="windowLength">Predictions in a window; null for the model's context length.</param>
    /// <param name="maxTokens">About how many tokens to predict at most.</param>
    /// <exception cref="NestorException">The text has fewer than two tokens.</exception>
    public LossEvaluation(MatLm model, EvaluationText text, int? windowLength = null, long maxTokens = long.MaxValue)
    {
        (this.model, this.text) = (model, text);
        windows = new LossWindows(text.Tokens.Count, windowLength ?? model.Config.ContextLength, maxTokens);
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
        foreach (var (count, starts) in windows.Starts.GroupBy(windows.Predictions).OrderByDescending(group => group.Key).Select(group => (group.Key, group)))
        {
            foreach (var batch in starts.Chunk(Math.Max(1, TokensPerBatch / count)))
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

    private long[] Rows(int[] starts, int count)
    {
        var rows = new long[starts.Length * (count + 1)];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = text.Tokens[starts[i / (count + 1)] + i % (count + 1)];
        return rows;
    }
}
