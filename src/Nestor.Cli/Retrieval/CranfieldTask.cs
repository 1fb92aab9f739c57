using Nestor.Models;
using Nestor.Retrieval;
using Nestor.Retrieval.Embeddings;
using Nestor.Retrieval.Evaluation;

namespace Nestor.Cli.Retrieval;

/// <summary>Cranfield's questions and abstracts by mean-pooled vectors of a language model, with BM25 beside it.</summary>
internal sealed class CranfieldTask(string collectionFolder, string work) : RetrievalTask
{
    private const int GainDepth = 10, RecallDepth = 100;

    private readonly CranfieldCollection collection = CranfieldCollection.Read(collectionFolder);

    // Documents without a text have no embedding and cannot be found.
    private int[] Encoded => [.. Enumerable.Range(0, collection.Documents.Count).Where(i => collection.Documents[i].Length > 0)];

    /// <inheritdoc/>
    public override string Name => "cranfield";

    /// <inheritdoc/>
    public override string Title => "Cranfield";

    /// <inheritdoc/>
    public override string Description =>
        $"{Encoded.Length} abstracts are the database, {collection.Queries.Count} questions the queries; judgements 1 (a complete answer) to 4 are gains 4 to 1. "
        + "Embeddings are means of the vectors after the final norm, compared by cosine; the models were trained on novels to predict the next token, and never to retrieve. "
        + "BM25 has k1 = 1.2 and b = 0.75, words without case and plural.";

    /// <inheritdoc/>
    public override string NestedFolder => Path.Combine(work, "matlm");

    /// <inheritdoc/>
    public override IReadOnlyList<string> Measures => [$"nDCG@{GainDepth}", $"recall@{RecallDepth}"];

    /// <inheritdoc/>
    public override int Depth => RecallDepth;

    /// <inheritdoc/>
    public override (string? Name, double[] Values) Baseline
    {
        get
        {
            var search = new Bm25(collection.Documents);
            return ("BM25", Quality([.. collection.Queries.Select(query => search.Search(query, RecallDepth).Select(match => match.Row))]));
        }
    }

    /// <inheritdoc/>
    public override IRetrievalEncoder Open(string folder) => new Encoder(folder, [.. Encoded.Select(i => collection.Documents[i])], collection.Queries);

    /// <inheritdoc/>
    public override double[] Measure(IReadOnlyList<IReadOnlyList<Match>> answers)
    {
        var documents = Encoded;
        return Quality([.. answers.Select(matches => matches.Select(match => documents[match.Row]))]);
    }

    private double[] Quality(IReadOnlyList<IEnumerable<int>> rankings) =>
    [
        100 * rankings.Select((ranking, i) => RankingQuality.NormalizedGain(ranking, collection.Gains[i], GainDepth)).Average(),
        100 * rankings.Select((ranking, i) => RankingQuality.Recall(ranking, collection.Gains[i], RecallDepth)).Average(),
    ];

    private sealed class Encoder(string folder, IReadOnlyList<string> documents, IReadOnlyList<string> queries) : IRetrievalEncoder
    {
        private readonly TextEmbeddingGenerator generator = TextEmbeddingGenerator.Open(folder);

        public INestedConfig Config => generator.Config;

        public EmbeddingSpace Space => generator.Space;

        public long Parameters(WidthPlan plan) => ParameterCount.Of((ModelConfig)Config, plan).NonEmbedding;

        public float[][] Database(WidthPlan plan, CancellationToken cancellation) => generator.Embed(documents, plan, cancellation);

        public float[][] Queries(WidthPlan plan, CancellationToken cancellation) => generator.Embed(queries, plan, cancellation);

        public void Dispose() => generator.Dispose();
    }
}
