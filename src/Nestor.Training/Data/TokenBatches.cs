using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using static TorchSharp.torch;

namespace Nestor.Training.Data;

/// <summary>Batches of windows from a corpus, to learn the next token from.</summary>
public sealed class TokenBatches : IBatchSource
{
    private readonly Corpus corpus;
    private readonly TrainingWindows windows;
    private readonly int rows;

    /// <summary>Prepares batches.</summary>
    /// <exception cref="NestorException">The options are impossible, the corpus is too small or of another vocabulary, or the windows are too long for the model.</exception>
    public TokenBatches(Corpus corpus, ModelConfig config, TrainingOptions options)
    {
        options.Validate();
        if (options.WindowLength > config.ContextLength)
            throw new NestorException($"A window of {options.WindowLength} tokens does not fit the model's context of {config.ContextLength}; shorten the window.");
        if (corpus.VocabularySize > config.VocabularySize)
            throw new NestorException($"The corpus has a vocabulary of {corpus.VocabularySize}, the model one of {config.VocabularySize}; use the model's tokenizer.");
        (this.corpus, rows) = (corpus, options.BatchSize);
        windows = new TrainingWindows(corpus.Train, options.WindowLength, options.Seed);
    }

    /// <inheritdoc/>
    public string Source => corpus.Source;

    /// <inheritdoc/>
    public string ContentHash => corpus.ContentHash;

    /// <inheritdoc/>
    public TrainingBatch Batch(long step, int part, Device device)
    {
        var length = windows.Length;
        var tokens = new long[rows * (length + 1)];
        windows.Fill(step, (long)part * rows, tokens);
        var batch = tensor(tokens, rows, length + 1).to(device);                                        // (rows, length + 1)
        return new TrainingBatch(batch.narrow(1, 0, length), batch.narrow(1, 1, length));
    }
}
