using System.Globalization;
using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.Inference.Vision;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Retrieval;
using Nestor.Retrieval.Kernels;

namespace Nestor.Bench;

/// <summary>Exact search over a million vectors of 128 dimensions: against a plain read of the same bytes, for many queries, by a filter; and what a query costs at each size.</summary>
internal static unsafe class SearchBenchmark
{
    private const int Count = 1_000_000, Dimensions = 128, Rounds = 9, Wanted = 10, ManyQueries = 64;

    // Its embeddings have 128 dimensions.
    private const string Preset = "vit-micro";

    // Keeps the compiler from leaving the plain read out.
    private static ulong sink;

    private static double Gigabytes => (double)Count * Dimensions * sizeof(float) / 1e9;

    /// <summary>Measures and prints Markdown tables.</summary>
    public static void Run(TextWriter output)
    {
        output.WriteLine(Machine.Description + ".\n");
        var folder = Directory.CreateTempSubdirectory("nestor-bench-search-").FullName;
        try
        {
            Build(Path.Combine(folder, "index"));
            using var index = VectorIndex.Open(Path.Combine(folder, "index"));
            output.WriteLine(Line($"{Count:N0} vectors of {Dimensions} float32 in random directions, {Gigabytes:F3} GB in a mapped file that is in memory; the {Wanted} best by cosine. Medians of {Rounds} rounds, the sides taking turns.\n"));
            output.WriteLine(Machine.OthersDuring(() =>
            {
                OneQuery(output, index);
                ManyTogether(output, index);
                Filtered(output, index);
                EachSize(output, index, Path.Combine(folder, "model"));
            }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void OneQuery(TextWriter output, VectorIndex index)
    {
        output.WriteLine("## One query, one thread\n\nProcessor time of the thread. \"Plain read\" reads the same mapped bytes with vectors and does nothing with them.\n");
        output.WriteLine("| kernel | ms | GB/s | plain read, GB/s | of it |\n|---|---:|---:|---:|---:|");
        var query = Vectors(1, seed: 2);
        foreach (var kernel in ScoreKernels.Supported)
        {
            Samples search = new(), read = new();
            for (var round = 0; round < (kernel == ScoreKernels.Plain ? 2 : Rounds); round++)
            {
                read.Add(Time(1, () => sink += MemoryRead.InOrder((byte*)index.Rows, (long)Count * Dimensions * sizeof(float))));
                search.Add(Time(1, () => index.SearchMany(query, new SearchOptions { Count = Wanted }, kernel)));
            }

            output.WriteLine(Line($"| {kernel.Name} | {1e3 * search.Median:F1} | {Gigabytes / search.Median:F1} | {Gigabytes / read.Median:F1} | {100 * read.Median / search.Median:F0} % |"));
        }
    }

    private static void ManyTogether(TextWriter output, VectorIndex index)
    {
        output.WriteLine("\n## Many queries, several threads\n\nWall time. Queries that come together share a pass over the vectors.\n");
        output.WriteLine("| threads | queries together | ms per query | GFLOP/s |\n|---:|---:|---:|---:|");
        foreach (var threads in (int[])[1, Environment.ProcessorCount])
        {
            foreach (var together in (int[])[1, 8, ManyQueries])
            {
                var queries = Vectors(together, seed: 3);
                var samples = new Samples();
                for (var round = 0; round < Rounds; round++)
                    samples.Add(Time(Environment.ProcessorCount + 1, () => index.SearchMany(queries, new SearchOptions { Count = Wanted, Threads = threads })));
                output.WriteLine(Line($"| {threads} | {together} | {1e3 * samples.Median / together:F2} | {2e-9 * Count * Dimensions * together / samples.Median:F1} |"));
            }
        }
    }

    private static void Filtered(TextWriter output, VectorIndex index)
    {
        output.WriteLine(Line($"\n## Two stages, one thread\n\nCandidates by a prefix of the dimensions, then all dimensions. Rows of {Dimensions} lie whole in memory, so reading a part of each saves little; a filter is for vectors that are much longer than its prefix. And random directions are the worst case: every dimension tells as much as another. Recall is the part of the exact {Wanted} that is found, over {ManyQueries} queries.\n"));
        output.WriteLine("| dimensions of the filter | candidates | ms | recall |\n|---:|---:|---:|---:|");
        var queries = Vectors(ManyQueries, seed: 4);
        var exact = index.SearchMany(queries, new SearchOptions { Count = Wanted });
        foreach (var (dimensions, candidates) in ((int, int)[])[(Dimensions, Wanted), (64, 1000), (32, 1000), (32, 10_000), (16, 10_000)])
        {
            var options = new SearchOptions { Count = Wanted, FilterDimensions = dimensions, FilterCandidates = candidates };
            var found = index.SearchMany(queries, options);
            var recall = exact.Zip(found, (all, some) => all.Select(match => match.Row).Intersect(some.Select(match => match.Row)).Count()).Sum() / (double)(Wanted * ManyQueries);
            var samples = new Samples();
            for (var round = 0; round < Rounds; round++)
                samples.Add(Time(1, () => index.SearchMany(queries.AsSpan(0, Dimensions), options)));
            output.WriteLine(Line($"| {dimensions} | {(dimensions == Dimensions ? "exact" : candidates.ToString("N0", CultureInfo.InvariantCulture))} | {1e3 * samples.Median:F1} | {100 * recall:F1} % |"));
        }
    }

    private static void EachSize(TextWriter output, VectorIndex index, string folder)
    {
        var config = VisionPresets.Get(Preset);
        RandomVision.Write(folder, config);
        using var checkpoint = VisionCheckpoint.Open(folder);
        var encoder = VisionEncoder.Load(checkpoint, new DecoderOptions { Threads = 1 });
        var image = RandomVision.Images(config, 1);
        output.WriteLine(Line($"\n## A query at each size, one thread\n\n{Preset} embeds one picture of {config.Channels} x {config.ImageSize} x {config.ImageSize}, and the index is searched exactly. Processor time.\n"));
        output.WriteLine("| plan | M parameters | embed, ms | search, ms | together, ms |\n|---|---:|---:|---:|---:|");
        foreach (var granularity in config.Granularities)
        {
            var plan = WidthPlan.Uniform(granularity.Width, config.Layers);
            const int repeats = 20;
            Samples embed = new(), search = new();
            for (var round = 0; round < Rounds; round++)
            {
                var query = encoder.Embed(image, plan);
                embed.Add(Time(1, () =>
                {
                    for (var i = 0; i < repeats; i++)
                        encoder.Embed(image, plan);
                }) / repeats);
                search.Add(Time(1, () => index.Search(query, new SearchOptions { Count = Wanted })));
            }

            output.WriteLine(Line($"| {granularity.Name} | {VisionParameterCount.Of(config, plan).Encoder / 1e6:F2} | {1e3 * embed.Median:F2} | {1e3 * search.Median:F1} | {1e3 * (embed.Median + search.Median):F1} |"));
        }

        output.WriteLine();
    }

    private static void Build(string folder)
    {
        using var writer = IndexWriter.Create(folder, new EmbeddingSpace("random", Dimensions));
        var random = new Random(1);
        var vector = new float[Dimensions];
        for (var row = 0; row < Count; row++)
        {
            foreach (ref var value in vector.AsSpan())
                value = 2 * random.NextSingle() - 1;
            writer.Add(row.ToString(CultureInfo.InvariantCulture), vector);
        }

        writer.Commit();
    }

    private static float[] Vectors(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count * Dimensions).Select(_ => 2 * random.NextSingle() - 1)];
    }

    private static double Time(int threads, Action work)
    {
        var clock = MeasureClock.For(threads);
        var start = clock.Seconds;
        work();
        return clock.Seconds - start;
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
