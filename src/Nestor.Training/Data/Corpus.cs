using Nestor.Text;

namespace Nestor.Training.Data;

/// <summary>How far a corpus is built.</summary>
/// <param name="Share">Share of the source's bytes that are read, 0 to 1.</param>
/// <param name="Documents">Documents written.</param>
/// <param name="Tokens">Tokens written.</param>
public readonly record struct CorpusProgress(double Share, long Documents, long Tokens);

/// <summary>Text as token files that training reads at random: a folder with <c>train.tokens</c>, <c>validation.tokens</c> and <c>corpus.json</c>.</summary>
/// <remarks>
/// A token file is nothing but ids, little-endian, 16 bits each where the vocabulary fits and 32 otherwise. Every document is followed
/// by the token <see cref="EndOfText"/> if the tokenizer has it. A document's part is chosen by the hash of its text, so that equal documents are
/// on the same side and no document is on both.
/// </remarks>
public sealed class Corpus : IDisposable
{
    /// <summary>The token that ends a document, for tokenizers that have it.</summary>
    public const string EndOfText = TokenizerTrainer.EndOfText;

    private Corpus(CorpusManifest manifest, TokenPart train, TokenPart validation) => (Manifest, Train, Validation) = (manifest, train, validation);

    /// <summary>The documents to train on.</summary>
    public TokenPart Train { get; }

    /// <summary>The documents to measure on.</summary>
    public TokenPart Validation { get; }

    /// <summary>Token ids run from 0 to this, exclusive.</summary>
    public int VocabularySize => Manifest.VocabularySize;

    /// <summary>The source in words.</summary>
    public string Source => Manifest.Source;

    /// <summary>SHA-256, in hexadecimal, over the source's files, the tokenizer and the share of validation: equal when the token files are.</summary>
    public string ContentHash => Manifest.ContentHash;

    internal CorpusManifest Manifest { get; }

    /// <summary>Turns a source into token files, or opens those that an earlier call made of the same files, tokenizer and share.</summary>
    /// <param name="source">The text.</param>
    /// <param name="tokenizer">What turns it into tokens.</param>
    /// <param name="folder">Where the token files go. A corpus that is there already is replaced once the new one is complete; other files are never touched.</param>
    /// <param name="validationShare">Expected share of the documents in the validation part, above 0 and below 1; each part gets at least one document.</param>
    /// <param name="progress">Told after every few megabytes; not told when the corpus is there already.</param>
    /// <param name="cancellation">Stops the work; nothing is left behind.</param>
    /// <exception cref="NestorException">
    /// There are not two different documents, the source cannot be read, the folder holds other files, or the disk is full.
    /// </exception>
    public static Corpus Build(
        TextSource source,
        Tokenizer tokenizer,
        string folder,
        double validationShare = 0.02,
        IProgress<CorpusProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        if (validationShare is not (> 0 and < 1))
            throw new NestorException($"The share of validation documents is {validationShare}; give a share between 0 and 1, such as 0.02.");
        var hash = CorpusManifest.Hash(source, tokenizer, validationShare);
        if (CorpusFolder.Holds(folder, hash))
            return Open(folder);
        CorpusFolder.Replace(folder, hash, temporary => new CorpusWriter(source, tokenizer, validationShare, progress, cancellation).Write(temporary, hash));
        return Open(folder);
    }

    /// <summary>Opens a corpus that <see cref="Build"/> made.</summary>
    /// <exception cref="NestorException">The folder holds no corpus, or a file of it is damaged.</exception>
    public static Corpus Open(string folder)
    {
        var manifest = CorpusManifest.Read(Path.Combine(folder, CorpusFolder.ManifestName));
        var train = TokenPart.Open(Path.Combine(folder, CorpusFolder.TrainName), manifest.Train, manifest.VocabularySize);
        try
        {
            return new Corpus(manifest, train, TokenPart.Open(Path.Combine(folder, CorpusFolder.ValidationName), manifest.Validation, manifest.VocabularySize));
        }
        catch
        {
            train.Dispose();
            throw;
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        Train.Dispose();
        Validation.Dispose();
    }
}
