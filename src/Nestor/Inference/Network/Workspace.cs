using Nestor.Inference.Kernels;
using Nestor.Inference.Weights;
using Nestor.Models;

namespace Nestor.Inference.Network;

/// <summary>The activations of one block of rows; shapes beside them. Strides are whole panels, so that products write in place; what lies between is zero or unused.</summary>
internal sealed unsafe class Workspace
{
    private readonly FloatBuffer residual, query, key, value, mixed, projected, cosines, sines, inputs, neurons;
    private readonly MemberSpace[] members;

    public Workspace(ModelConfig config, int rows, int inputBytes, int threads)
    {
        Rows = rows;
        HiddenStride = Padded(config.HiddenSize);
        QueryStride = Padded(config.Heads * config.HeadSize);
        KeyStride = Padded(config.KeyValueHeads * config.HeadSize);
        HalfHead = config.HeadSize / 2;
        InputStride = Math.Max(HiddenStride, QueryStride) / Tile.Columns * inputBytes;
        NeuronStride = Padded(config.FullWidths.Widest) / Tile.Columns * inputBytes;

        residual = Floats(HiddenStride);
        projected = Floats(HiddenStride);
        query = Floats(QueryStride);
        mixed = Floats(QueryStride);
        key = Floats(KeyStride);
        value = Floats(KeyStride);
        cosines = Floats(HalfHead);
        sines = Floats(HalfHead);
        inputs = Floats(InputStride / sizeof(float));
        neurons = Floats(NeuronStride / sizeof(float));
        members = [.. Enumerable.Range(0, threads).Select(_ => new MemberSpace(rows, Math.Max(HiddenStride, QueryStride), InputStride))];

        FloatBuffer Floats(int stride) => new((long)rows * stride);
    }

    /// <summary>Rows it has room for.</summary>
    public int Rows { get; }

    public int HiddenStride { get; }

    public int QueryStride { get; }

    public int KeyStride { get; }

    public int HalfHead { get; }

    /// <summary>Bytes from one row's prepared inputs to the next row's.</summary>
    public int InputStride { get; }

    /// <summary>Bytes from one row's prepared neurons to the next row's.</summary>
    public int NeuronStride { get; }

    public float* Residual(int row) => residual.Pointer + (nint)row * HiddenStride;       // (hidden)

    public float* Projected(int row) => projected.Pointer + (nint)row * HiddenStride;     // (hidden): what a block adds to the residual

    public float* Query(int row) => query.Pointer + (nint)row * QueryStride;              // (heads, head size)

    public float* Key(int row) => key.Pointer + (nint)row * KeyStride;                    // (key-value heads, head size)

    public float* Value(int row) => value.Pointer + (nint)row * KeyStride;                // (key-value heads, head size)

    public float* Mixed(int row) => mixed.Pointer + (nint)row * QueryStride;              // (heads, head size): attention before its output projection

    public float* Cosines(int row) => cosines.Pointer + (nint)row * HalfHead;             // (head size / 2)

    public float* Sines(int row) => sines.Pointer + (nint)row * HalfHead;                 // (head size / 2)

    public byte* Inputs(int row) => (byte*)inputs.Pointer + (nint)row * InputStride;      // (tiles) prepared inputs of a product

    public byte* Neurons(int row) => (byte*)neurons.Pointer + (nint)row * NeuronStride;   // (tiles) prepared neuron activations

    /// <summary>What one member of the team needs alone.</summary>
    public MemberSpace Member(int member) => members[member];

    private static int Padded(int size) => PackedMatrix.PanelsOf(size) * Tile.Rows;
}
