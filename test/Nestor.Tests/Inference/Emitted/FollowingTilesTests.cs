using CsCheck;
using Nestor.Inference.Emitted;
using Nestor.Inference.Kernels;

namespace Nestor.Tests.Inference.Emitted;

public sealed unsafe class FollowingTilesTests
{
    private const int LineBytes = 64, BytesOfCall = FollowingTiles.LinesOfCall * LineBytes;

    private static readonly byte* Start = (byte*)0x10000, Following = (byte*)0x90000;

    [Fact]
    public void The_last_calls_ask_for_every_line_of_a_tile_once() =>
        Gen.Select(Gen.Int[1, 160], Gen.Int[40, 100]).Sample((lines, calls) =>
        {
            var tiles = new FollowingTiles(new PanelTiles(Start, 0, 1) { Following = Following }, lines * LineBytes, calls);
            var asked = Enumerable.Range(0, calls).Select(call => tiles.Distance(call)).ToArray();
            var needed = (lines * LineBytes + BytesOfCall - 1) / BytesOfCall;
            Assert.All(asked[..^needed], distance => Assert.Equal(0, distance));
            Assert.Equal(Enumerable.Range(0, needed).Select(i => (nint)(Following - Start) + i * BytesOfCall), asked[^needed..]);
        });

    [Fact]
    public void Too_few_calls_ask_for_the_first_lines() =>
        Gen.Int[1, 31].Sample(calls =>
        {
            var tiles = new FollowingTiles(new PanelTiles(Start, 0, 1) { Following = Following }, 32 * BytesOfCall, calls);
            Assert.Equal(Enumerable.Range(0, calls).Select(i => (nint)(Following - Start) + i * BytesOfCall), Enumerable.Range(0, calls).Select(tiles.Distance));
        });

    [Fact]
    public void Nothing_is_asked_for_where_nobody_knows_what_follows()
    {
        var tiles = new FollowingTiles(new PanelTiles(Start, 0, 1), 8192, 86);
        Assert.All(Enumerable.Range(0, 86), call => Assert.Equal(0, tiles.Distance(call)));
    }
}
