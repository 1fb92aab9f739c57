using Nestor.Cli.Commands;
using Nestor.Models;
using Nestor.Retrieval;

namespace Nestor.Cli.Retrieval;

/// <summary>One plan's quality of retrieval, measure by measure.</summary>
/// <param name="Plan">The plan as text.</param>
/// <param name="Parameters">Parameters that encode a query.</param>
/// <param name="Adaptive">Queries by the plan, database by the whole model.</param>
/// <param name="Same">Queries and database by the plan; null for plans that were never trained.</param>
/// <param name="Alone">Queries and database by a model of that size trained alone; null where there is none.</param>
/// <param name="Across">Queries by the model trained alone, database by the nested one; null where there is none.</param>
internal sealed record RetrievalRow(string Plan, long Parameters, double[] Adaptive, double[]? Same, double[]? Alone, double[]? Across);

/// <summary>What came of a task.</summary>
internal sealed record RetrievalResult(RetrievalTask Task, IReadOnlyList<RetrievalRow> Granularities, IReadOnlyList<RetrievalRow> Mixes, (string? Name, double[] Values) Baseline);

/// <summary>The paper's protocol: a database encoded once by the universal model, queries by every slice of it; MatFormer (arXiv 2310.07707) §4.2.2.</summary>
internal static class RetrievalComparison
{
    /// <summary>Runs a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="tell">Told what is being done.</param>
    /// <param name="cancellation">Stops it.</param>
    public static RetrievalResult Run(RetrievalTask task, Action<string> tell, CancellationToken cancellation)
    {
        using var nested = task.Open(task.NestedFolder);
        var whole = nested.Config.FullWidths;
        tell($"{task.Title}: the database by the whole model");
        using var universal = TemporaryIndex.Of(nested.Space, nested.Database(whole, cancellation));

        RetrievalRow Mix(WidthPlan plan)
        {
            var text = WidthPlanText.Print(plan, nested.Config.Granularities);
            tell($"{task.Title}: {text}");
            return new RetrievalRow(text, nested.Parameters(plan), Measure(task, universal.Index, nested.Queries(plan, cancellation)), null, null, null);
        }

        RetrievalRow Granularity(WidthPlan plan)
        {
            var row = Mix(plan);
            using var own = TemporaryIndex.Of(nested.Space, nested.Database(plan, cancellation));
            row = row with { Same = Measure(task, own.Index, nested.Queries(plan, cancellation)) };
            var folder = task.FolderOf(row.Plan);
            if (!File.Exists(Path.Combine(folder, "config.json")))
                return row;
            using var alone = task.Open(folder);
            var full = alone.Config.FullWidths;
            using var other = TemporaryIndex.Of(alone.Space, alone.Database(full, cancellation));
            var queries = alone.Queries(full, cancellation);
            // What an index refuses by its fingerprint is the experiment here.
            return row with { Alone = Measure(task, other.Index, queries), Across = Measure(task, universal.Index, queries) };
        }

        var granularities = nested.Config.Granularities.Select(granularity => Granularity(WidthPlan.Uniform(granularity.Width, whole.Layers))).ToList();
        return new RetrievalResult(task, granularities, [.. MixedPlans.Between(nested.Config).Select(Mix)], task.Baseline);
    }

    private static double[] Measure(RetrievalTask task, VectorIndex index, float[][] queries) => task.Measure(index.SearchMany(
        [.. queries.SelectMany(query => query)], new SearchOptions { Count = task.Depth, Threads = Environment.ProcessorCount }));

    private sealed class TemporaryIndex(string folder) : IDisposable
    {
        public VectorIndex Index { get; } = VectorIndex.Open(folder);

        public static TemporaryIndex Of(EmbeddingSpace space, float[][] vectors)
        {
            var folder = Directory.CreateTempSubdirectory("nestor-retrieval-").FullName;
            using var writer = IndexWriter.Create(folder, space);
            for (var i = 0; i < vectors.Length; i++)
                writer.Add(FormattableString.Invariant($"{i}"), vectors[i]);
            writer.Commit();
            return new TemporaryIndex(folder);
        }

        public void Dispose()
        {
            Index.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }
}
