using CsCheck;
using Nestor.Inference.Measurement;
using Nestor.Text;

namespace Nestor.Tests.Text;

public sealed class PairMergerTests
{
    /// <summary>Any pairs of eight symbols in any order, sound or not: a pair may come before those that make its parts.</summary>
    private static readonly Gen<MergeTable> Table =
        Gen.Select(Gen.Int[0, 7], Gen.Int[0, 7]).Array[0, 30].Select(Gen.Int[0, 7].Array[30], (pairs, results) =>
        {
            var distinct = pairs.Distinct().ToArray();
            return new MergeTable(distinct, results[..distinct.Length]);
        });

    [Fact]
    public void The_queue_merges_what_scanning_merges() =>
        Gen.Select(Table, Gen.Int[0, 7].Array[0, 150]).Sample((table, symbols) =>
        {
            int[] scanned = [.. symbols], queued = [.. symbols];
            var count = PairMerger.MergeByScanning(table, scanned);
            Assert.Equal(scanned[..count], queued[..PairMerger.MergeByQueue(table, queued)]);
        }, iter: 2000);

    [Fact]
    public void The_time_of_a_long_word_does_not_grow_with_its_square()
    {
        var tokenizer = Texts.Train([new string('a', 4096), new string('a', 4095)], 264);
        double Fastest(int letters) => Enumerable.Range(0, 3).Min(_ =>
        {
            var word = string.Concat(new string('a', letters), "b");
            var start = MeasureClock.For(threads: 1).Seconds;
            var tokens = tokenizer.Encode(word);
            var elapsed = MeasureClock.For(threads: 1).Seconds - start;
            Assert.Equal(word, tokenizer.Decode(tokens));
            return elapsed;
        });

        // 16 times the letters: about 20 times the time if it grows with n log n, 256 times if with n².
        Assert.InRange(Fastest(320_000) / Fastest(20_000), 0, 80);
    }
}
