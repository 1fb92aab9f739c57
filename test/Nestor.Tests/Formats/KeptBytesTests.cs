using CsCheck;
using Nestor.Formats;

namespace Nestor.Tests.Formats;

public sealed class KeptBytesTests
{
    [Fact]
    public void What_is_kept_is_the_chosen_parts_of_every_period() =>
        Gen.Select(Gen.Int[1, 30], Gen.Int[1, 12], Gen.Int[1, 40], Gen.Bool.Array[12]).Sample((part, parts, periods, choice) =>
        {
            var chosen = Enumerable.Range(0, parts).Where(index => choice[index]).ToList();
            Check((long)part * parts * periods, part, parts, chosen);
        });

    [Theory]
    [InlineData(700, 4000, 4, 3)]
    [InlineData(40_000, 3, 40, 2)]
    [InlineData(1 << 20, 3, 1, 2)]
    [InlineData((1 << 20) + 7, 3, 2, 1)]
    [InlineData(9_000, 2, 300, 1)]
    public void Long_parts_and_many_periods_go_through_the_same_small_buffer(int part, int parts, int periods, int kept) =>
        Check((long)part * parts * periods, part, parts, [.. Enumerable.Range(0, kept)]);

    [Fact]
    public void Nothing_kept_is_nothing_written()
    {
        Check(60, 5, 3, []);
        Check(0, 5, 3, [1]);
    }

    private static void Check(long length, int part, int parts, List<int> chosen)
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        SafetensorsWriter.Write(folder.File("t.safetensors"), [TensorSource.Of("before", new float[] { 1 }, 1), new TensorSource("t", TensorType.U8, [length], stream => stream.Write(bytes))]);
        using var store = TensorStore.Open(folder.File("t.safetensors"));
        using var written = new MemoryStream();
        KeptBytes.Parts(part, parts, chosen).Write(store.Get("t"), written);
        var expected = new List<byte>();
        for (var start = 0; start < length; start += part * parts)
        {
            foreach (var index in chosen)
                expected.AddRange(bytes.AsSpan(start + index * part, part));
        }

        Assert.Equal(expected, written.ToArray());
    }
}
