using System.Buffers;
using Nestor.Inference.Network;
using Nestor.Inference.Weights;
using Nestor.Models;

namespace Nestor.Inference;

/// <summary>A decoder-only transformer whose size is chosen per call: one resident set of weights, any width plan.</summary>
/// <remarks>
/// Llama's network (RMSNorm, rotary positions, grouped-query attention) with nested feed-forward blocks (MatFormer, arXiv 2310.07707,
/// §3.1): a plan of width m reads the first m neurons, in place. A token's scores depend on its sequence and the plans alone: they are
/// bit for bit the same token by token and in one call, in any batch, on any number of threads, and for a plan run in place and a folder
/// extracted at that plan. Several threads may use a decoder; their calls take turns.
/// </remarks>
public sealed unsafe class Decoder
{
    /// <summary>Most rows that pass through the network together, so that each weight is read from memory once for all of them.</summary>
    internal const int BlockRows = 512;

    private readonly DecoderWeights weights;
    private readonly NetworkPass pass;
    private readonly Lock running = new();

    private Decoder(ModelConfig config, DecoderWeights weights, KernelChoice kernels, int threads)
    {
        (Config, this.weights, Threads) = (config, weights, threads);
        pass = new NetworkPass(config, weights, kernels, threads);
    }

    /// <summary>The model's shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>Most threads one call uses.</summary>
    public int Threads { get; }

    /// <summary>Type of the weights of the layers.</summary>
    public WeightType Weights => weights.Packing.Type;

    /// <summary>Prepares a model folder's weights for the kernels. A packed folder is used where it lies, in the mapped file.</summary>
    /// <param name="checkpoint">The open model folder. A packed one must stay open while the decoder is used.</param>
    /// <param name="options">How to run it; the defaults if not given.</param>
    /// <exception cref="NestorException">An option is out of range, the weights cannot be held as asked, or there is not enough memory.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public static Decoder Load(Checkpoint checkpoint, DecoderOptions? options = null) => Load(checkpoint, options ?? new DecoderOptions(), KernelChoice.Best);

    internal static Decoder Load(Checkpoint checkpoint, DecoderOptions options, KernelChoice kernels)
    {
        options.Validate();
        checkpoint.Config.Validate();
        var threads = options.Threads ?? Environment.ProcessorCount;
        return new Decoder(checkpoint.Config, DecoderWeights.Load(checkpoint, options.Weights, threads), kernels, threads);
    }

    /// <summary>Reads tokens after those in the cache and predicts the one that follows.</summary>
    /// <param name="tokens">At least one token id.</param>
    /// <param name="cache">What has been read so far; the tokens are added to it. Unchanged if the call throws.</param>
    /// <param name="plan">Feed-forward neurons of each layer.</param>
    /// <param name="logits">(vocabulary) receives the scores of the next token.</param>
    /// <exception cref="NestorException">A token is outside the vocabulary, the context or the cache's memory is full, or the plan does not fit the model.</exception>
    /// <exception cref="ArgumentException">No tokens, a cache of another model, or <paramref name="logits"/> of another length.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint or the cache was disposed.</exception>
    public void Forward(ReadOnlySpan<int> tokens, KvCache cache, WidthPlan plan, Span<float> logits) => Forward(tokens, cache, plan, logits, predicted: 1);

    /// <summary>Reads tokens after those in the cache and returns the scores of the next token, (vocabulary).</summary>
    /// <inheritdoc cref="Forward(ReadOnlySpan{int}, KvCache, WidthPlan, Span{float})"/>
    public float[] Forward(ReadOnlySpan<int> tokens, KvCache cache, WidthPlan plan)
    {
        var logits = new float[Config.VocabularySize];
        Forward(tokens, cache, plan, logits);
        return logits;
    }

    /// <summary>Reads tokens after those in the cache and predicts, for each, the one that follows it.</summary>
    /// <param name="tokens">At least one token id.</param>
    /// <param name="cache">What has been read so far; the tokens are added to it. Unchanged if the call throws.</param>
    /// <param name="plan">Feed-forward neurons of each layer.</param>
    /// <param name="logits">(tokens, vocabulary) receives the scores.</param>
    /// <inheritdoc cref="Forward(ReadOnlySpan{int}, KvCache, WidthPlan, Span{float})"/>
    public void ForwardAll(ReadOnlySpan<int> tokens, KvCache cache, WidthPlan plan, Span<float> logits) =>
        Forward(tokens, cache, plan, logits, predicted: Math.Max(1, tokens.Length));

    /// <summary>Reads tokens of several sequences together, each at its own plan: weights are read once for all of them.</summary>
    /// <param name="batch">At least one sequence. If the call throws, no cache has changed.</param>
    /// <exception cref="NestorException">A token is outside the vocabulary, a context or the caches' memory is full, or a plan does not fit the model.</exception>
    /// <exception cref="ArgumentException">No tokens, a cache twice or of another model, or logits of another length.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint or a cache was disposed.</exception>
    public void Forward(ReadOnlySpan<SequenceTokens> batch)
    {
        ArgumentOutOfRangeException.ThrowIfZero(batch.Length, nameof(batch));
        var pins = ArrayPool<MemoryHandle>.Shared.Rent(batch.Length);
        var pinned = 0;
        lock (running)
        {
            try
            {
                for (var i = 0; i < batch.Length; i++)
                {
                    var (cache, tokens, plan, logits) = batch[i];
                    Check(tokens.Span, cache, plan, logits.Length, Predicted(batch[i]));
                    for (var other = 0; other < i; other++)
                    {
                        if (ReferenceEquals(batch[other].Cache, cache))
                            throw new ArgumentException("A cache stands in the batch twice; give a sequence's tokens together.", nameof(batch));
                    }
                }

                foreach (var sequence in batch)
                    sequence.Cache.Reserve(sequence.Tokens.Length);
                pass.Block.Clear();
                foreach (var sequence in batch)
                {
                    pins[pinned] = sequence.Logits.Pin();
                    Read(sequence.Tokens.Span, sequence.Cache, sequence.Plan, Predicted(sequence), (float*)pins[pinned++].Pointer);
                }

                Finish();
                foreach (var sequence in batch)
                    sequence.Cache.Advance(sequence.Tokens.Length);
            }
            finally
            {
                for (var i = 0; i < pinned; i++)
                    pins[i].Dispose();
                ArrayPool<MemoryHandle>.Shared.Return(pins, clearArray: true);
            }
        }
    }

    /// <summary>A text's embedding: the mean of its tokens' vectors after the final norm.</summary>
    /// <remarks>
    /// A text longer than the context is read in windows of the context's length, each without what came before it. Embeddings at all
    /// plans lie in one space (MatFormer §4.2.2).
    /// </remarks>
    /// <param name="tokens">At least one token id.</param>
    /// <param name="plan">Feed-forward neurons of each layer.</param>
    /// <param name="embedding">(hidden) receives the mean.</param>
    /// <exception cref="NestorException">A token is outside the vocabulary, or the plan does not fit the model.</exception>
    /// <exception cref="ArgumentException">No tokens, or <paramref name="embedding"/> of another length.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public void Embed(ReadOnlySpan<int> tokens, WidthPlan plan, Span<float> embedding)
    {
        if (embedding.Length != Config.HiddenSize)
            throw new ArgumentException($"An embedding of {Config.HiddenSize} numbers was wanted, there is room for {embedding.Length}.", nameof(embedding));
        using var cache = new KvCache(Config);
        var (sums, hidden) = (new double[Config.HiddenSize], new float[Config.HiddenSize]);
        lock (running)
        {
            Check(tokens, cache, plan, logits: 0, rows: 0);
            var longest = Math.Min(BlockRows, Config.ContextLength);
            for (int start = 0, count; start < tokens.Length; start += count)
            {
                count = Math.Min(Math.Min(longest, Config.ContextLength - cache.Length), tokens.Length - start);
                cache.Reserve(count);
                pass.Block.Clear();
                pass.Block.Add(cache, plan, cache.Length, tokens.Slice(start, count), firstPredicted: count, scores: null, Config.VocabularySize);
                pass.Execute();
                AddHidden(count, hidden, sums);
                cache.Advance(count);
                if (cache.Length == Config.ContextLength)
                    cache.Truncate(0);
            }
        }

        for (var i = 0; i < sums.Length; i++)
            embedding[i] = (float)(sums[i] / tokens.Length);
    }

    private int Predicted(in SequenceTokens sequence) => sequence.Logits.Length <= Config.VocabularySize ? Math.Sign(sequence.Logits.Length) : sequence.Tokens.Length;

    private void Forward(ReadOnlySpan<int> tokens, KvCache cache, WidthPlan plan, Span<float> logits, int predicted)
    {
        lock (running)
        {
            Check(tokens, cache, plan, logits.Length, predicted);
            cache.Reserve(tokens.Length);
            pass.Block.Clear();
            fixed (float* scores = logits)
            {
                Read(tokens, cache, plan, predicted, scores);
                Finish();
            }

            cache.Advance(tokens.Length);
        }
    }

    // Adds a sequence's tokens to the block, and runs the block whenever it is full.
    private void Read(ReadOnlySpan<int> tokens, KvCache cache, WidthPlan plan, int predicted, float* scores)
    {
        var firstPredicted = tokens.Length - predicted;
        for (int done = 0, count; done < tokens.Length; done += count)
        {
            count = Math.Min(tokens.Length - done, BlockRows - pass.Block.Count);
            var first = Math.Clamp(firstPredicted - done, 0, count);
            var target = scores + (nint)Math.Max(0, done - firstPredicted) * Config.VocabularySize;
            pass.Block.Add(cache, plan, cache.Length + done, tokens.Slice(done, count), first, target, Config.VocabularySize);
            if (pass.Block.Count == BlockRows)
                Finish();
        }
    }

    private void AddHidden(int rows, float[] hidden, double[] sums)
    {
        for (var row = 0; row < rows; row++)
        {
            fixed (float* target = hidden)
                pass.ReadHidden(row, target);
            for (var i = 0; i < hidden.Length; i++)
                sums[i] += hidden[i];
        }
    }

    private void Finish()
    {
        if (pass.Block.Count > 0)
            pass.Execute();
        pass.Block.Clear();
    }

    private void Check(ReadOnlySpan<int> tokens, KvCache cache, WidthPlan plan, int logits, long rows)
    {
        weights.ThrowIfClosed();
        WidthPlanText.Validate(plan, Config);
        if (tokens.IsEmpty)
            throw new ArgumentException("A forward pass needs at least one token.", nameof(tokens));
        if (!cache.Layout.IsOf(Config) || cache.ContextLength != Config.ContextLength)
            throw new ArgumentException("The cache was created for a model of another shape.", nameof(cache));
        if (logits != rows * Config.VocabularySize)
            throw new ArgumentException($"{rows} x {Config.VocabularySize} logits were wanted, there is room for {logits}.", nameof(logits));
        foreach (var token in tokens)
        {
            if ((uint)token >= (uint)Config.VocabularySize)
                throw new NestorException($"The token {token} is outside the model's vocabulary of {Config.VocabularySize}; encode the text with the model's own tokenizer.");
        }
    }
}
