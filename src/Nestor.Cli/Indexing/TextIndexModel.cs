using System.Globalization;
using System.Text;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Retrieval;
using Nestor.Retrieval.Embeddings;
using Nestor.Training.Data;

namespace Nestor.Cli.Indexing;

/// <summary>An index of the documents of a text source, called by a checksum and their first words.</summary>
internal sealed class TextIndexModel(TextEmbeddingGenerator generator) : IndexModel
{
    private const int LettersOfName = 100;

    /// <inheritdoc/>
    public override EmbeddingSpace Space => generator.Space;

    /// <inheritdoc/>
    public override INestedConfig Config => generator.Config;

    /// <inheritdoc/>
    public override float[] Query(string query, WidthPlan plan) => string.IsNullOrWhiteSpace(query)
        ? throw new NestorException("The query is empty; give some words.")
        : generator.Embed([query], plan)[0];

    /// <inheritdoc/>
    public override void Dispose() => generator.Dispose();

    /// <inheritdoc/>
    protected override IEnumerable<NamedBatch> Batches(string source) =>
        TextSource.Open(source).Documents().Where(document => !string.IsNullOrWhiteSpace(document)).Chunk(BatchSize).Select(documents => new NamedBatch(
            Array.ConvertAll(documents, NameOf), (chosen, plan, cancellation) => generator.Embed([.. chosen.Select(i => documents[i])], plan, cancellation)));

    // The same document has the same name wherever it comes from, others hardly ever.
    private static string NameOf(string document)
    {
        var checksum = Checksum.Append(Checksum.Empty, Encoding.UTF8.GetBytes(document));
        return string.Create(CultureInfo.InvariantCulture, $"{checksum:x8} {Quoted.OneLine(document.Trim(), LettersOfName)}");
    }
}
