using Nestor.Inference.Kernels;
using Nestor.Models.Vision;

namespace Nestor.Inference.Vision;

/// <summary>Buffers that each member of a team has for itself.</summary>
internal sealed unsafe class EncoderMember
{
    private readonly FloatBuffer row, up, keys, values, scores, mixture;

    public EncoderMember(VisionConfig config, int rows, int stride)
    {
        PositionStride = (int)Vectors.Count(config.Positions) * Vectors.Lanes;
        HeadStride = (int)Vectors.Count(config.HeadSize) * Vectors.Lanes;
        row = new FloatBuffer(stride);
        up = new FloatBuffer((long)rows * Tile.Rows);
        keys = new FloatBuffer((long)config.HeadSize * PositionStride);
        values = new FloatBuffer((long)config.Positions * HeadStride);
        scores = new FloatBuffer((long)EncoderAttention.RowsTogether * PositionStride);
        mixture = new FloatBuffer((long)EncoderAttention.RowsTogether * HeadStride);
    }

    /// <summary>Floats from one element's keys, or one row's scores, to the next.</summary>
    public int PositionStride { get; }

    /// <summary>Floats from one position's values, or one row's mixture, to the next.</summary>
    public int HeadStride { get; }

    public float* Row => row.Pointer;            // (stride): one row on its way into a product, zeros behind it

    public float* Up => up.Pointer;              // (rows, 64): one panel

    public float* Keys => keys.Pointer;          // (head size, positions)

    public float* Values => values.Pointer;      // (positions, head size)

    public float* Scores => scores.Pointer;      // (rows of one head, positions)

    public float* Mixture => mixture.Pointer;    // (rows of one head, head size)
}
