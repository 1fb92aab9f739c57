using Nestor.Inference.Kernels;

namespace Nestor.Inference.Network;

/// <summary>Buffers that each member of a team has for itself.</summary>
internal sealed unsafe class MemberSpace(int rows, int stride, int inputBytes)
{
    private readonly FloatBuffer row = new(stride);
    private readonly FloatBuffer inputs = new(inputBytes / sizeof(float));
    private readonly FloatBuffer gate = new(PanelFloats(rows));
    private readonly FloatBuffer up = new(PanelFloats(rows));
    private FloatBuffer scores = new(0);
    private FloatBuffer mixture = new(0);

    public float* Row => row.Pointer;        // (stride): one row on its way into a product, zeros behind it

    public byte* Inputs => (byte*)inputs.Pointer;    // (tiles): one row's prepared inputs of a product

    public float* Gate => gate.Pointer;      // (rows, 64): one panel; of a few rows some panels

    public float* Up => up.Pointer;          // (rows, 64): one panel; of a few rows some panels

    public float* Scores => scores.Pointer;      // (rows of one head, positions)

    public float* Mixture => mixture.Pointer;    // (rows of one head, value stride)

    /// <summary>Makes room for attention's scores and what they mix.</summary>
    public void Reserve(long scoreCount, long mixtureCount)
    {
        if (scores.Length < scoreCount)
            scores = new FloatBuffer(scoreCount + scoreCount / 2);
        if (mixture.Length < mixtureCount)
            mixture = new FloatBuffer(mixtureCount);
    }

    private static long PanelFloats(int rows) => (long)Math.Max(rows, Math.Min(rows, Prefetch.StreamRows) * PanelItems.MostGroups) * Tile.Rows;
}
