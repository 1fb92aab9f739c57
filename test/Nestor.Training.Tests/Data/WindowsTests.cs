using CsCheck;
using Nestor.Training.Data;

namespace Nestor.Training.Tests.Data;

public sealed class WindowsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Training_windows_are_runs_of_the_part_and_reach_its_last_token() =>
        Gen.Int[2, 40].Select(Gen.Int[1, 39], Gen.Long).Where((count, length, _) => length < count).Sample((count, length, seed) =>
        {
            using var part = Part(count);
            var windows = new TrainingWindows(part, length, seed);
            var rows = new long[500 * (length + 1)];
            windows.Fill(step: 3, firstRow: 0, rows);
            var starts = rows.Chunk(length + 1).Select(row => row[0]).ToList();
            Assert.All(rows.Chunk(length + 1), row => Assert.Equal(Enumerable.Range((int)row[0], length + 1).Select(t => (long)t), row));
            Assert.Equal(0, starts.Min());
            Assert.Equal(count - length - 1, starts.Max());
        }, iter: 30);

    [Fact]
    public void The_same_seed_gives_the_same_windows_to_every_rank_and_after_every_pause()
    {
        using var part = Part(1000);
        var whole = new long[8 * 17];
        new TrainingWindows(part, 16, seed: 7).Fill(step: 5, firstRow: 0, whole);
        var resumed = new TrainingWindows(part, 16, seed: 7);
        var ranks = new long[2][];
        for (var rank = 0; rank < 2; rank++)
            resumed.Fill(step: 5, firstRow: rank * 4, ranks[rank] = new long[4 * 17]);
        Assert.Equal(whole, ranks.SelectMany(row => row));
        var other = new long[8 * 17];
        new TrainingWindows(part, 16, seed: 8).Fill(step: 5, firstRow: 0, other);
        Assert.NotEqual(whole, other);
        resumed.Fill(step: 6, firstRow: 0, other);
        Assert.NotEqual(whole, other);
    }

    [Fact]
    public void The_windows_of_a_seed_never_change() =>
        Assert.Equal([CounterHash.At(0, 0, 0), CounterHash.At(1, 2, 3), CounterHash.At(ulong.MaxValue, -1, long.MaxValue)], Golden);

    /// <summary>Chi-square over 64 cells, for each of the three counters; 63 degrees of freedom: mean 63, deviation 11.2.</summary>
    [Fact]
    public void Offsets_are_uniform_along_every_counter()
    {
        const int draws = 64_000, cells = 64;
        foreach (var draw in new Func<int, long>[] { i => CounterHash.Below(cells, (ulong)i, 0, 0), i => CounterHash.Below(cells, 1, i, 0), i => CounterHash.Below(cells, 1, 0, i), i => CounterHash.Below(cells, 1, i, i) })
        {
            var counts = new int[cells];
            for (var i = 0; i < draws; i++)
                counts[draw(i)]++;
            var chiSquare = counts.Sum(count => Math.Pow(count - draws / cells, 2) / (draws / cells));
            Assert.InRange(chiSquare, 25, 125);
        }
    }

    [Fact]
    public void Text_shorter_than_a_window_is_refused_with_both_lengths()
    {
        using var part = Part(10);
        Assert.Equal(9, new TrainingWindows(part, 9, seed: 0).Length);
        var error = Assert.Throws<NestorException>(() => new TrainingWindows(part, 10, seed: 0));
        Assert.Contains("10 tokens", error.Message, StringComparison.Ordinal);
        Assert.Contains("11", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_is_a_whole_number_of_rows()
    {
        using var part = Part(10);
        Assert.Throws<ArgumentException>(() => new TrainingWindows(part, 4, seed: 0).Fill(0, 0, new long[9]));
    }

    private static ulong[] Golden => [0x33FE8BD4F9C57863, 0x76E36D629CAE6121, 0x9E9FB15EE093CC17];

    /// <summary>A part with the tokens 0, 1, 2, ...</summary>
    private TokenPart Part(int count)
    {
        var path = folder.Write($"{Guid.NewGuid():N}.tokens", Enumerable.Range(0, count).SelectMany(token => BitConverter.GetBytes((ushort)token)).ToArray());
        return TokenPart.Open(path, new PartSize(1, count, count), vocabularySize: 1000);
    }
}
