using System.Collections.Immutable;

namespace Nestor.Text;

/// <summary>Learns a byte-level byte-pair vocabulary from text (Sennrich et al. 2016, algorithm 1, over GPT-2's pieces).</summary>
/// <remarks>The same documents give the same tokenizer, in any order and on any number of threads.</remarks>
public static class TokenizerTrainer
{
    /// <summary>The special token of a tokenizer that is asked for no others; it has id 0.</summary>
    public const string EndOfText = "<|endoftext|>";

    private const int ProgressStep = 64;

    /// <summary>Learns a vocabulary: special tokens first, then the 256 bytes, then merged tokens, most frequent pair first.</summary>
    /// <param name="documents">The text. Special tokens in it are cut out and not learnt from.</param>
    /// <param name="vocabularySize">How many tokens to have, special ones and bytes included.</param>
    /// <param name="specialTokens">The special tokens in order of id; by default <see cref="EndOfText"/> alone.</param>
    /// <param name="threads">How many threads count words; 0 for one on each core.</param>
    /// <param name="progress">Told the share of the merges that is done, from 0 to 1.</param>
    /// <param name="cancellation">Stops the training with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="NestorException">The vocabulary has no room for special tokens and bytes, or the text has too few pairs to fill it.</exception>
    public static Tokenizer Train(
        IEnumerable<string> documents,
        int vocabularySize,
        IReadOnlyList<string>? specialTokens = null,
        int threads = 0,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ImmutableArray<AddedToken> special = [.. (specialTokens ?? [EndOfText]).Select((content, id) => new AddedToken(id, content))];
        Validate(special, vocabularySize);
        var words = WordCounts.Of(documents, new AddedTokenSplitter(special), threads > 0 ? threads : Environment.ProcessorCount, cancellation);

        List<string> tokens = [.. special.Select(token => token.Content), .. Enumerable.Range(0, 256).Select(b => ByteAlphabet.Character((byte)b).ToString())];
        var ids = new Dictionary<string, int>(tokens.Select((token, id) => KeyValuePair.Create(token, id)));
        var pairs = new PairCounts(words, firstByte: special.Length);
        var merges = new List<(int, int)>();
        var merged = new HashSet<(int, int)>();
        var learnt = 0;
        while (tokens.Count < vocabularySize)
        {
            cancellation.ThrowIfCancellationRequested();
            if (pairs.MostFrequent() is not var (left, right))
                throw new NestorException($"The text has pairs for {tokens.Count} tokens, {vocabularySize} were asked for; ask for at most {tokens.Count} or give more text.");

            // Another pair may have made the same text before: then this merge is one more way to the same token.
            var token = tokens[left] + tokens[right];
            if (!ids.TryGetValue(token, out var id))
            {
                id = tokens.Count;
                ids.Add(token, id);
                tokens.Add(token);
                if (++learnt % ProgressStep == 0 || tokens.Count == vocabularySize)
                    progress?.Report((double)learnt / (vocabularySize - special.Length - 256));
            }
            else if (id < special.Length)
            {
                pairs.Forbid(left, right);
                continue;
            }

            // A merged pair comes back where a second way to one of its tokens is found.
            if (merged.Add((left, right)))
                merges.Add((left, right));
            pairs.Merge(left, right, id);
        }

        var model = new BytePairModel(new Vocabulary([.. tokens]), [.. merges]);
        return new Tokenizer(new ByteLevelText(model, special));
    }

    private static void Validate(ImmutableArray<AddedToken> special, int vocabularySize)
    {
        if (special.FirstOrDefault(token => token.Content.Length is 0 or > 256) is { } wrong)
            throw new NestorException($"The special token {wrong.Id} has {wrong.Content.Length} characters; give it 1 to 256.");
        if (special.FirstOrDefault(token => token.Content is [var c] && ByteAlphabet.Decode(token.Content) is not null) is { } single)
            throw new NestorException($"The special token '{single.Content}' is the token of a byte; choose another, such as {EndOfText}.");
        if (special.GroupBy(token => token.Content).FirstOrDefault(group => group.Count() > 1) is { } repeated)
            throw new NestorException($"The special token '{repeated.Key}' was given {repeated.Count()} times; give it once.");
        if (vocabularySize < special.Length + 256)
            throw new NestorException($"A vocabulary of {vocabularySize} tokens has no room for {special.Length} special tokens and 256 bytes; ask for at least {special.Length + 256}.");
    }
}
