using Nestor.Inference;

namespace Nestor.Evaluation.Consistency;

/// <summary>Compares the next-token predictions of models with those of a reference, over the prefixes of texts.</summary>
/// <remarks>
/// MatFormer (arXiv 2310.07707) §3.4 and F.1 measure the share of matching tokens and a KL divergence but leave prefixes and direction open.
/// Here: every position of every text from <c>first</c> on is a prefix, and the tokens before it, which all models read alike, are the
/// text's own. The divergence is KL(reference‖other).
/// </remarks>
public sealed class ConsistencyMeasurement
{
    // Scores of one model computed at once.
    private const int LogitsPerBlock = 1 << 20;

    private readonly IReadOnlyList<ReadOnlyMemory<int>> texts;
    private readonly int first;
    private readonly IReadOnlyList<double> temperatures;

    /// <summary>Prepares a measurement.</summary>
    /// <param name="texts">Token sequences that every model can read.</param>
    /// <param name="first">Where the first prefix ends: the place of its last token, first 0.</param>
    /// <param name="temperatures">Temperatures to take acceptances at; above 0.</param>
    /// <exception cref="ArgumentException">There are no texts, a text ends before its first prefix does, or a temperature is not above 0.</exception>
    public ConsistencyMeasurement(IReadOnlyList<ReadOnlyMemory<int>> texts, int first = 0, IReadOnlyList<double>? temperatures = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        if (texts.Count == 0 || texts.Any(text => text.Length <= first))
            throw new ArgumentException($"Each of at least one text needs more than {first} tokens.", nameof(texts));
        if (temperatures?.Any(temperature => !(temperature > 0)) == true)
            throw new ArgumentException("Temperatures must be above 0; at temperature 0 the acceptance is the agreement.", nameof(temperatures));
        (this.texts, this.first, this.temperatures) = (texts, first, temperatures ?? [1]);
    }

    /// <summary>Compares models with a reference.</summary>
    /// <param name="reference">The model they are to be like, such as XL.</param>
    /// <param name="others">The models; of the reference's vocabulary.</param>
    /// <param name="cancellation">Stops between two texts.</param>
    /// <returns>What was measured of each, in their order.</returns>
    /// <exception cref="NestorException">A text is longer than a context, a model has another vocabulary, or a plan does not fit.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyList<MeasuredConsistency> Measure(DecoderAtPlan reference, IReadOnlyList<DecoderAtPlan> others, CancellationToken cancellation = default)
    {
        var vocabulary = reference.Decoder.Config.VocabularySize;
        foreach (var other in others)
        {
            if (other.Decoder.Config.VocabularySize != vocabulary)
                throw new NestorException($"A model of {other.Decoder.Config.VocabularySize} tokens cannot be compared with one of {vocabulary}; both need the same tokenizer.");
        }

        var block = Math.Max(1, LogitsPerBlock / vocabulary);
        var expected = new BlockReader(reference, block);
        var read = others.Select(other => new BlockReader(other, block)).ToList();
        var comparison = new ScoreComparison(vocabulary, temperatures);
        var sums = others.Select(_ => new List<ComparisonSums>()).ToList();
        foreach (var text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var reader in read.Append(expected))
                reader.Begin(text[..first]);
            foreach (var of in sums)
                of.Add(new ComparisonSums(temperatures.Count));
            for (var done = first; done < text.Length; done += block)
            {
                var tokens = text.Span[done..Math.Min(done + block, text.Length)];
                expected.Read(tokens);
                foreach (var reader in read)
                    reader.Read(tokens);
                for (var position = 0; position < tokens.Length; position++)
                {
                    comparison.SetReference(expected.Scores(position));
                    for (var other = 0; other < read.Count; other++)
                        comparison.Add(read[other].Scores(position), sums[other][^1]);
                }
            }
        }

        return [.. sums.Select(of => ComparisonSums.Mean(of, temperatures.Count))];
    }

    /// <summary>One model reading a text in blocks.</summary>
    private sealed class BlockReader(DecoderAtPlan model, int block)
    {
        private readonly KvCache cache = new(model.Decoder.Config);
        private readonly int vocabulary = model.Decoder.Config.VocabularySize;
        private readonly float[] logits = new float[block * model.Decoder.Config.VocabularySize];    // (block, vocabulary)

        public void Begin(ReadOnlyMemory<int> before)
        {
            cache.Truncate(0);
            if (before.Length > 0)
                model.Decoder.Forward([new SequenceTokens(cache, before, model.Plan, Memory<float>.Empty)]);
        }

        public void Read(ReadOnlySpan<int> tokens) => model.Decoder.ForwardAll(tokens, cache, model.Plan, logits.AsSpan(0, tokens.Length * vocabulary));

        public ReadOnlySpan<float> Scores(int position) => logits.AsSpan(position * vocabulary, vocabulary);
    }
}
