using Nestor.Text;
using Nestor.Training.Nested;
using static TorchSharp.torch;

namespace Nestor.Training.Data;

/// <summary>Batches of windows from tokens in memory, at offsets that are functions of step and row: to watch a model on some text without building a corpus.</summary>
public sealed class TextBatches : IBatchSource
{
    private const ulong Seed = 1;

    private readonly IReadOnlyList<int> tokens;
    private readonly int rows, length;

    /// <summary>Prepares batches.</summary>
    /// <param name="source">The text in words.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="rows">Windows in a batch.</param>
    /// <param name="length">Predictions of a window; fewer where the text is shorter.</param>
    /// <exception cref="NestorException">The text has fewer than two tokens.</exception>
    public TextBatches(string source, IReadOnlyList<int> tokens, int rows, int length)
    {
        if (tokens.Count < 2)
            throw new NestorException($"{source} has {tokens.Count} tokens; at least 2 are wanted to predict one.");
        (Source, this.tokens, this.rows, this.length) = (source, tokens, rows, Math.Min(length, tokens.Count - 1));
    }

    /// <summary>The first tokens of a text.</summary>
    /// <param name="source">The text.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="most">Where to stop reading.</param>
    public static List<int> FirstTokens(TextSource source, Tokenizer tokenizer, int most)
    {
        var tokens = new List<int>();
        foreach (var document in source.Documents())
        {
            tokenizer.Encode(document, tokens);
            if (tokens.Count >= most)
                return tokens[..most];
        }

        return tokens;
    }

    /// <inheritdoc/>
    public string Source { get; }

    /// <inheritdoc/>
    public string ContentHash => $"{tokens.Count} tokens of {Source}";

    /// <inheritdoc/>
    public TrainingBatch Batch(long step, int part, Device device)
    {
        var windows = new long[rows * (length + 1)];
        for (var row = 0; row < rows; row++)
        {
            var start = (int)CounterHash.Below(tokens.Count - length, Seed, step, (long)part * rows + row);
            for (var i = 0; i <= length; i++)
                windows[row * (length + 1) + i] = tokens[start + i];
        }

        var batch = tensor(windows, rows, length + 1).to(device);                                       // (rows, length + 1)
        return new TrainingBatch(batch.narrow(1, 0, length), batch.narrow(1, 1, length));
    }
}
