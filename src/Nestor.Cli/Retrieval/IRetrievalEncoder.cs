using Nestor.Models;
using Nestor.Retrieval;

namespace Nestor.Cli.Retrieval;

/// <summary>A model that encodes a task's database and queries at any of its plans.</summary>
internal interface IRetrievalEncoder : IDisposable
{
    INestedConfig Config { get; }

    EmbeddingSpace Space { get; }

    /// <summary>Parameters that encoding at a plan needs.</summary>
    long Parameters(WidthPlan plan);

    float[][] Database(WidthPlan plan, CancellationToken cancellation);

    float[][] Queries(WidthPlan plan, CancellationToken cancellation);
}
