namespace Nestor.Bench;

/// <summary>Bytes that no file system makes smaller: one random block after the other, the same ones again and again.</summary>
internal static class RandomBytes
{
    private static readonly byte[] Block = Make();

    public static void Write(Stream stream, long count)
    {
        for (; count > 0; count -= Block.Length)
            stream.Write(Block, 0, (int)Math.Min(count, Block.Length));
    }

    private static byte[] Make()
    {
        var block = new byte[(1 << 22) + 13];
        new Random(1).NextBytes(block);
        return block;
    }
}
