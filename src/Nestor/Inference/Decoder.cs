using System.Collections.Concurrent;
using Nestor.Models;

namespace Nestor.Inference;

/// <summary>A decoder-only transformer whose size is chosen per call: one resident set of weights, any width plan.</summary>
/// <remarks>
/// The plain decoder that faster ones are tested against. Llama's network (RMSNorm, rotary positions, grouped-query attention) with
/// nested feed-forward blocks (MatFormer, arXiv 2310.07707, §3.1): a plan of width m reads rows <c>[0:m)</c> of gate and up and
/// columns <c>[0:m)</c> of down, in place. Bit for bit the same: a text token by token and in one call, any number of threads, a plan
/// run in place and a folder extracted at that plan. Threads may share a decoder if each has its own <see cref="KvCache"/>.
/// </remarks>
public sealed unsafe class Decoder
{
    private readonly DecoderWeights weights;
    private readonly RotaryPositions positions;
    private readonly WorkSplit work;
    private readonly ConcurrentBag<Workspace> idle = [];

    private Decoder(Checkpoint checkpoint, int threads)
    {
        Config = checkpoint.Config;
        weights = new DecoderWeights(checkpoint);
        positions = new RotaryPositions(Config.HeadSize, Config.RopeTheta);
        work = new WorkSplit(threads);
    }

    /// <summary>The model's shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>Most threads one call uses.</summary>
    public int Threads => work.Threads;

    /// <summary>Prepares a model folder's weights: 32-bit floats stay in the mapped file, F16, BF16 and F64 are converted to 32 bits once.</summary>
    /// <param name="checkpoint">The open model folder; it must stay open while the decoder is used.</param>
    /// <param name="threads">Most threads one call uses; all processors if not given. The results do not depend on it.</param>
    /// <exception cref="NestorException">A tensor is missing, has another shape than the configuration says, or does not hold floats.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is not positive.</exception>
    public static Decoder Load(Checkpoint checkpoint, int? threads = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads ?? 1, nameof(threads));
        checkpoint.Config.Validate();
        return new Decoder(checkpoint, threads ?? Environment.ProcessorCount);
    }

    /// <summary>Reads tokens after those in the cache and predicts the one that follows.</summary>
    /// <param name="tokens">At least one token id.</param>
    /// <param name="cache">What has been read so far; the tokens are added to it. Unchanged if the call throws.</param>
    /// <param name="plan">Feed-forward neurons of each layer.</param>
    /// <param name="logits">(vocabulary) receives the scores of the next token.</param>
    /// <exception cref="NestorException">A token is outside the vocabulary, the context is full, or the plan does not fit the model.</exception>
    /// <exception cref="ArgumentException">No tokens, a cache of another model, or <paramref name="logits"/> of another length.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public void Forward(ReadOnlySpan<int> tokens, KvCache cache, WidthPlan plan, Span<float> logits) =>
        Forward(tokens, cache, plan, logits, all: false);

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
        Forward(tokens, cache, plan, logits, all: true);

    private void Forward(ReadOnlySpan<int> tokens, KvCache cache, WidthPlan plan, Span<float> logits, bool all)
    {
        Check(tokens, cache, plan, logits.Length, rows: all ? tokens.Length : 1);
        cache.Reserve(tokens.Length);
        if (!idle.TryTake(out var space))
            space = new Workspace(Config);

        fixed (float* output = logits)
        {
            for (var done = 0; done < tokens.Length; done += Workspace.BlockTokens)
            {
                var block = tokens[done..Math.Min(done + Workspace.BlockTokens, tokens.Length)];
                ReadBlock(block, cache.Length + done, cache, plan, space);
                if (all)
                    Predict(space, first: 0, block.Length, output + (nint)done * Config.VocabularySize);
                else if (done + block.Length == tokens.Length)
                    Predict(space, first: block.Length - 1, count: 1, output);
            }
        }

        cache.Advance(tokens.Length);
        idle.Add(space);
    }

    // The network: tokens in, the residual stream after the last layer out.
    private void ReadBlock(ReadOnlySpan<int> tokens, int position, KvCache cache, WidthPlan plan, Workspace space)
    {
        int count = tokens.Length, hidden = Config.HiddenSize;
        for (var t = 0; t < count; t++)
            new ReadOnlySpan<float>(weights.Embedding.Row(tokens[t]), hidden).CopyTo(new Span<float>(space.Residual + (nint)t * hidden, hidden));
        positions.Turns(position, count, space.Cosines, space.Sines);

        for (var layer = 0; layer < Config.Layers; layer++)
        {
            var weight = weights.Layers[layer];

            RmsNorm.Apply(space.Residual, count, weight.AttentionNorm.Row(0), hidden, Config.NormEpsilon, space.Normed);
            Attend(weight, cache.Keys(layer), cache.Values(layer), position, count, space);
            Residual.Add(space.Residual, space.Projected, (long)count * hidden);

            RmsNorm.Apply(space.Residual, count, weight.FeedForwardNorm.Row(0), hidden, Config.NormEpsilon, space.Normed);
            FeedForward.Apply(Config.FeedForward, weight.Gate, weight.Up, weight.Down, plan[layer], space.Normed, count, space.Gate, space.Up, space.Projected, work);
            Residual.Add(space.Residual, space.Projected, (long)count * hidden);
        }
    }

    // projected = output · attention(query · normed, the cache with the block's own keys and values)
    private void Attend(LayerWeights weight, float* keys, float* values, int position, int count, Workspace space)
    {
        var (heads, keyValueHeads, headSize) = (Config.Heads, Config.KeyValueHeads, Config.HeadSize);
        var start = (nint)position * keyValueHeads * headSize;

        MatrixProduct.Multiply(weight.Query, space.Normed, count, space.Query, work);
        MatrixProduct.Multiply(weight.Key, space.Normed, count, keys + start, work);
        MatrixProduct.Multiply(weight.Value, space.Normed, count, values + start, work);
        positions.Rotate(space.Query, count, heads, space.Cosines, space.Sines);
        positions.Rotate(keys + start, count, keyValueHeads, space.Cosines, space.Sines);

        Attention.Apply(space.Query, keys, values, position, count, heads, keyValueHeads, headSize, space.Mixed, work);
        MatrixProduct.Multiply(weight.Output, space.Mixed, count, space.Projected, work);
    }

    // logits (count, vocabulary) = head · norm(residual), for some tokens of the block
    private void Predict(Workspace space, int first, int count, float* logits)
    {
        var residual = space.Residual + (nint)first * Config.HiddenSize;
        RmsNorm.Apply(residual, count, weights.Norm.Row(0), Config.HiddenSize, Config.NormEpsilon, space.Normed);
        MatrixProduct.Multiply(weights.Head, space.Normed, count, logits, work);
    }

    private void Check(ReadOnlySpan<int> tokens, KvCache cache, WidthPlan plan, int logits, long rows)
    {
        weights.ThrowIfClosed();
        WidthPlanText.Validate(plan, Config);
        if (tokens.IsEmpty)
            throw new ArgumentException("A forward pass needs at least one token.", nameof(tokens));
        if (cache.Layers != Config.Layers || cache.VectorSize != Config.KeyValueHeads * Config.HeadSize || cache.ContextLength != Config.ContextLength)
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
