using System.Globalization;
using System.Runtime.InteropServices;
using Nestor.Inference;
using Nestor.Inference.Kernels;
using Nestor.Inference.Measurement;

namespace Nestor.Bench;

/// <summary>Every product kernel on one thread: one token, which memory bounds, and 512, which arithmetic bounds.</summary>
/// <remarks>
/// One token reads a ring of weights in huge pages that no cache holds, in chunks: a panel at a time, four side by side, and two whose
/// tiles take turns as in the down projection; a plain read of other chunks, the faster of <see cref="MemoryRead"/>, takes turns with it. 512 tokens meet one panel of
/// 64 rows and 1024 columns. Times are the thread's processor time, the best of the rounds: others disturb a run, nothing speeds it up.
/// </remarks>
public static unsafe partial class KernelBenchmark
{
    private const int HugePages = 14; // MADV_HUGEPAGE

    private const int Tiles = 32, Columns = Tiles * Tile.Columns, Tokens = 512, Rounds = 40;

    // What takes less than reading the clock is done as many times.
    private const int Repetitions = 100;

    private const long RingBytes = 512L << 20, ChunkBytes = 8L << 20;

    // Keeps the compiler from leaving the plain read out.
    private static ulong sink;

    /// <summary>Measures and prints two Markdown tables.</summary>
    public static void Run(TextWriter output)
    {
        output.WriteLine(Line($"{RuntimeInformation.OSArchitecture}, .NET {Environment.Version}, one thread, processor time.\n"));
        output.WriteLine("| type | kernel | 512 tokens, GFLOP/s | one token, GB/s | four panels side by side | two panels in turns | plain read | ns to prepare 1024 inputs |");
        output.WriteLine("|---|---|---|---|---|---|---|---|");
        var ring = Allocate(RingBytes + Tile.Bytes(WeightType.F32));
        if (OperatingSystem.IsLinux())
            _ = Advise(ring, (nuint)RingBytes, HugePages);
        foreach (var type in Enum.GetValues<WeightType>())
        {
            Fill(ring, type);
            foreach (var kernel in ProductKernels.Supported(type))
                output.WriteLine(Row(ring, kernel));
        }

        NativeMemory.AlignedFree(ring);
        output.WriteLine("\nAttention: 512 rows with one page of 64 positions and heads of 64; softmax of 4096 scores.\n");
        output.WriteLine("| kernel | scores and mixing, GFLOP/s | one row | softmax, ns per score |");
        output.WriteLine("|---|---|---|---|");
        foreach (var kernel in AttentionKernels.Supported)
            output.WriteLine(Row(kernel));
    }

    private static string Row(byte* ring, ProductKernel kernel)
    {
        var values = (float*)Allocate((long)Tokens * Columns * sizeof(float));
        Fill(new Span<float>(values, Tokens * Columns));
        var inputStride = Tiles * kernel.InputBytes + AlignedMemory.Alignment; // as in a workspace
        var inputs = Allocate((long)Tokens * inputStride);
        var result = (float*)Allocate(Tokens * Tile.Rows * sizeof(float));
        var tileBytes = Tile.Bytes(kernel.Type);
        for (var token = 0; token < Tokens; token++)
            kernel.Prepare(values + token * Columns, Tiles, inputs + token * inputStride);

        var rounds = kernel.Name == "plain" ? 2 : Rounds;
        var prepare = BestOfMany(rounds, () => kernel.Prepare(values, Tiles, inputs));
        var many = Best(rounds, () => kernel.Multiply(new(ring, tileBytes, Tiles), inputs, inputStride, Tokens, result, Tile.Rows, add: true));
        var chunkTiles = ChunkBytes / tileBytes / (4 * Tiles) * 4 * Tiles;
        var chunkBytes = chunkTiles * tileBytes / MemoryRead.BlockBytes * MemoryRead.BlockBytes;
        double one = double.MaxValue, four = double.MaxValue, pair = double.MaxValue, read = double.MaxValue;
        for (var round = 0; round < rounds; round++)
        {
            one = Math.Min(one, Time(() =>
            {
                for (long i = 0; i < chunkTiles; i += Tiles)
                {
                    kernel.Multiply(
                        new(Chunk(ring, 5 * round) + i * tileBytes, tileBytes, Tiles), inputs, inputStride, 1,
                        result + i / Tiles % Tokens * Tile.Rows, Tile.Rows, add: false);
                }
            }));
            four = Math.Min(four, Time(() =>
            {
                for (long i = 0; i < chunkTiles; i += 4 * Tiles)
                {
                    kernel.MultiplyStreams(
                        new TileStreams(Chunk(ring, 5 * round + 1) + i * tileBytes, tileBytes, Tiles, streams: 4, streamStride: Tiles * tileBytes), inputs, inputStride, 1,
                        result + i / Tiles % Tokens * Tile.Rows, Tile.Rows, add: false);
                }
            }));
            pair = Math.Min(pair, Time(() =>
            {
                for (long i = 0; i < chunkTiles; i += 2 * Tiles)
                {
                    kernel.MultiplyStreams(
                        new TileStreams(Chunk(ring, 5 * round + 2) + i * tileBytes, 2 * tileBytes, Tiles, turns: 2), inputs, inputStride, 1,
                        result + i / Tiles % Tokens * Tile.Rows, Tile.Rows, add: false);
                }
            }));
            read = Math.Min(read, Time(() => sink += MemoryRead.InOrder(Chunk(ring, 5 * round + 3), chunkBytes)) / chunkBytes);
            read = Math.Min(read, Time(() => sink += MemoryRead.InStreams(Chunk(ring, 5 * round + 4), chunkBytes)) / chunkBytes);
        }

        NativeMemory.AlignedFree(values);
        NativeMemory.AlignedFree(inputs);
        NativeMemory.AlignedFree(result);
        var bytes = chunkTiles * tileBytes / 1e9;
        var flops = 2e-9 * Tile.Rows * Columns * Tokens;
        return Line($"| {kernel.Type} | {kernel.Name} | {flops / many:F1} | {bytes / one:F1} | {bytes / four:F1} | {bytes / pair:F1} | {1e-9 / read:F1} | {prepare * 1e9:F0} |");
    }

    private static string Row(AttentionKernel kernel)
    {
        const int positions = 64, headSize = 64, scoreCount = 4096;
        var page = (float*)Allocate(positions * headSize * sizeof(float));
        var queries = (float*)Allocate(Tokens * headSize * sizeof(float));
        var scores = (float*)Allocate(Tokens * positions * sizeof(float));
        Fill(new Span<float>(page, positions * headSize));
        Fill(new Span<float>(queries, Tokens * headSize));
        var rounds = kernel.Name == "plain" ? 3 : 10 * Rounds;
        var many = Best(rounds, () => kernel.Multiply(page, positions, positions, headSize, queries, headSize, Tokens, scores, positions, add: false));
        var one = BestOfMany(rounds, () => kernel.Multiply(page, positions, positions, headSize, queries, headSize, 1, scores, positions, add: false));
        Fill(new Span<float>(scores, scoreCount));
        var softmax = BestOfMany(rounds, () => kernel.Softmax(scores, scoreCount, 10));
        NativeMemory.AlignedFree(page);
        NativeMemory.AlignedFree(queries);
        NativeMemory.AlignedFree(scores);
        const double flops = 2e-9 * positions * headSize;
        return Line($"| {kernel.Name} | {flops * Tokens / many:F1} | {flops / one:F1} | {softmax * 1e9 / scoreCount:F2} |");
    }

    private static byte* Chunk(byte* ring, int number) => ring + number % (RingBytes / ChunkBytes) * ChunkBytes;

    // Tiles of random weights, the same ones again and again.
    private static void Fill(byte* ring, WeightType type)
    {
        const int different = 64;
        var block = stackalloc float[Tile.Rows * Tile.Columns];
        var tileBytes = Tile.Bytes(type);
        for (var i = 0; i < different; i++)
        {
            Fill(new Span<float>(block, Tile.Rows * Tile.Columns));
            TileFormat.Of(type).Pack(block, ring + i * tileBytes);
        }

        long period = (long)different * tileBytes;
        for (var at = period; at < RingBytes; at += period)
            Buffer.MemoryCopy(ring, ring + at, RingBytes - at, Math.Min(period, RingBytes - at));
    }

    private static void Fill(Span<float> values)
    {
        var random = new Random(1);
        foreach (ref var value in values)
            value = random.NextSingle() - 0.5f;
    }

    private static double Best(int rounds, Action work)
    {
        work();
        return Enumerable.Range(0, rounds).Min(_ => Time(work));
    }

    private static double BestOfMany(int rounds, Action work) => Best(rounds, () =>
    {
        for (var i = 0; i < Repetitions; i++)
            work();
    }) / Repetitions;

    private static double Time(Action work)
    {
        var start = MeasureClock.For(threads: 1).Seconds;
        work();
        return MeasureClock.For(threads: 1).Seconds - start;
    }

    private static byte* Allocate(long bytes) => (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 2 << 20);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* address, nuint length, int advice);

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
