namespace Nestor.Formats;

/// <summary>Two orders of the rows of query and key projections: rotary positions turn halves of a head together, or neighbours.</summary>
/// <remarks>HuggingFace's Llama turns element <c>i</c> of a head with <c>i + size / 2</c>; the original Llama, GGUF and llama2.c turn <c>2 i</c> with <c>2 i + 1</c>.</remarks>
internal static class NeighbourRows
{
    /// <summary>Where a row of the order of neighbours lies in the order of halves.</summary>
    public static long InHalves(long row, int headSize)
    {
        var (head, element) = Math.DivRem(row, headSize);
        return head * headSize + element % 2 * (headSize / 2) + element / 2;
    }

    /// <summary>For each element of a vector over heads, in the order of neighbours, where it lies in the order of halves.</summary>
    public static int[] Order(int count, int headSize) => [.. Enumerable.Range(0, count).Select(row => (int)InHalves(row, headSize))];

    /// <summary>Where a row of the order of halves lies in the order of neighbours.</summary>
    public static long OfHalves(long row, int headSize)
    {
        var (head, element) = Math.DivRem(row, headSize);
        return head * headSize + (2 * element % headSize) + (2 * element / headSize);
    }
}
