using CsCheck;
using Nestor.Inference;
using Nestor.Inference.Measurement;

namespace Nestor.Tests.Inference.Measurement;

public sealed unsafe class MemoryReadTests
{
    private const int Bytes = 3 * MemoryRead.BlockBytes;

    /// <summary>A single set bit is found wherever it lies, so everything was read; and nothing behind it was.</summary>
    [Fact]
    public void Both_ways_read_every_byte_and_none_behind()
    {
        var memory = new AlignedMemory(Bytes + sizeof(ulong), "A test");
        new Span<byte>(memory.Start, Bytes).Clear();
        *(ulong*)(memory.Start + Bytes) = ulong.MaxValue;
        Gen.Select(Gen.Int[0, Bytes / sizeof(ulong) - 1], Gen.Int[0, 63]).Sample((word, bit) =>
        {
            var at = (ulong*)memory.Start + word;
            *at = 1ul << bit;
            Assert.Equal(*at, MemoryRead.InOrder(memory.Start, Bytes));
            Assert.Equal(*at, MemoryRead.InStreams(memory.Start, Bytes));
            *at = 0;
        }, iter: 100, threads: 1);
        GC.KeepAlive(memory);
    }
}
