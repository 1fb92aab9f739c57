using System.Runtime.Intrinsics;
using Nestor.Models;

namespace Nestor.Inference;

/// <summary>Measures the loss of a decoder at any plan on held-out text, without native code: what a weight type costs.</summary>
public sealed class DecoderLoss
{
    // Scores computed at once: more would only be written to memory and read back.
    private const int LogitsPerBlock = 1 << 22;

    private readonly Decoder decoder;
    private readonly ReadOnlyMemory<int> tokens;
    private readonly LossWindows windows;

    /// <summary>Prepares the windows.</summary>
    /// <param name="decoder">The model to measure.</param>
    /// <param name="tokens">Text that was not trained on.</param>
    /// <param name="windowLength">Predictions in a window; null for the model's context length.</param>
    /// <param name="maxTokens">About how many tokens to predict at most.</param>
    /// <exception cref="NestorException">The text has fewer than two tokens.</exception>
    public DecoderLoss(Decoder decoder, ReadOnlyMemory<int> tokens, int? windowLength = null, long maxTokens = long.MaxValue)
    {
        (this.decoder, this.tokens) = (decoder, tokens);
        windows = new LossWindows(tokens.Length, windowLength ?? decoder.Config.ContextLength, maxTokens);
    }

    /// <summary>Tokens that are predicted.</summary>
    public long Predictions => windows.Starts.Sum(start => (long)windows.Predictions(start));

    /// <summary>Windows of the text that are measured.</summary>
    public int Windows => windows.Starts.Count;

    /// <summary>Mean cross-entropy of the next token at a plan, in nats; not a number where a score is not.</summary>
    /// <param name="plan">The widths to run.</param>
    /// <param name="cancellation">Stops between two windows.</param>
    /// <exception cref="NestorException">The plan does not fit the model, a token is outside its vocabulary, or a window is longer than its context.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public double Measure(WidthPlan plan, CancellationToken cancellation = default) => MeasureWindows(plan, cancellation).Sum() / Predictions;

    /// <summary>The cross-entropy of each window at a plan, summed over its predictions, in nats: what two plans are compared by, window by window.</summary>
    /// <inheritdoc cref="Measure"/>
    public double[] MeasureWindows(WidthPlan plan, CancellationToken cancellation = default)
    {
        var vocabulary = decoder.Config.VocabularySize;
        var block = Math.Clamp(LogitsPerBlock / vocabulary, 1, windows.Length);
        var logits = new float[block * vocabulary];                                     // (block, vocabulary)
        using var cache = new KvCache(decoder.Config);
        var nats = new double[Windows];
        for (var w = 0; w < nats.Length; w++)
        {
            cancellation.ThrowIfCancellationRequested();
            cache.Truncate(0);
            var start = windows.Starts[w];
            var window = tokens.Span.Slice(start, windows.Predictions(start) + 1);
            for (var done = 0; done < window.Length - 1; done += block)
            {
                var count = Math.Min(block, window.Length - 1 - done);
                decoder.ForwardAll(window.Slice(done, count), cache, plan, logits.AsSpan(0, count * vocabulary));
                for (var i = 0; i < count; i++)
                    nats[w] += CrossEntropy(logits.AsSpan(i * vocabulary, vocabulary), window[done + i + 1]);
            }
        }

        return nats;
    }

    /// <summary><c>log(sum_j exp(s_j)) - s_target</c>; the sum is taken in double precision.</summary>
    internal static double CrossEntropy(ReadOnlySpan<float> scores, int target)
    {
        var max = float.NegativeInfinity;
        foreach (var score in scores)
            max = MathF.Max(max, score);

        double sum = 0;
        var lanes = Vector512<double>.Zero;
        var i = 0;
        for (; i <= scores.Length - Vectors.Lanes; i += Vectors.Lanes)
        {
            var (low, high) = Vector512.Widen(Vector512.Exp(Vector512.Create(scores.Slice(i, Vectors.Lanes)) - Vector512.Create(max)));
            lanes += low + high;
        }

        for (; i < scores.Length; i++)
            sum += MathF.Exp(scores[i] - max);
        return Math.Log(sum + Vectors.Sum(lanes)) + max - scores[target];
    }
}
