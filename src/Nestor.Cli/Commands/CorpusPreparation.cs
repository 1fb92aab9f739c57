using System.Globalization;
using Nestor.Models;
using Nestor.Text;
using Nestor.Training.Data;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary>From text to a tokenizer and token files in a run's folder, each made once.</summary>
internal sealed record CorpusPreparation(Tokenizer Tokenizer, Corpus Corpus) : IDisposable
{
    private const string TokenizerFile = "tokenizer.json", CorpusFolder = "corpus";

    /// <summary>Trains a tokenizer, or takes the run's own or a given one, and builds the corpus.</summary>
    /// <param name="console">Where progress is shown.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="source">The text.</param>
    /// <param name="vocabularySize">Tokens to train.</param>
    /// <param name="tokenizerPath">A tokenizer.json to use instead of training one.</param>
    /// <param name="keep">Whether the tokenizer that the folder holds is used again, as a resumed run must.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <param name="validationShare">Share of the documents held out.</param>
    public static CorpusPreparation Make(IAnsiConsole console, string folder, TextSource source, int vocabularySize, string? tokenizerPath, bool keep, CancellationToken cancellation, double validationShare = 0.02)
    {
        if (!source.Documents().Any())
            throw new NestorException($"{source.Name} is empty; give a file or folder with text.");
        FolderCreation.Create(folder);
        var own = Path.Combine(folder, TokenizerFile);
        var given = tokenizerPath ?? (keep && File.Exists(own) ? own : null);
        Tokenizer tokenizer;
        if (given is not null)
        {
            tokenizer = Tokenizer.Open(given);
        }
        else
        {
            console.WriteLine($"training a tokenizer of {vocabularySize.ToString("N0", CultureInfo.InvariantCulture)} tokens on {source.Name}");
            tokenizer = TokenizerTrainer.Train(source.Documents(), vocabularySize, cancellation: cancellation);
            tokenizer.Save(own);
        }

        console.WriteLine($"encoding {source.Name}");
        var corpus = Corpus.Build(source, tokenizer, Path.Combine(folder, CorpusFolder), validationShare, cancellation: cancellation);
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{corpus.Train.Count:N0} tokens to train on, {corpus.Validation.Count:N0} held out ({corpus.Train.Documents:N0} and {corpus.Validation.Documents:N0} documents)"));
        return new CorpusPreparation(tokenizer, corpus);
    }

    /// <summary>The shape with this corpus's vocabulary and the token that ends its documents.</summary>
    public ModelConfig Fit(ModelConfig config)
    {
        var end = Tokenizer.Find(Corpus.EndOfText);
        return config with { VocabularySize = Tokenizer.VocabularySize, BeginToken = end, EndToken = end };
    }

    public void Dispose() => Corpus.Dispose();
}
