using Nestor.Inference.Kernels;
using Nestor.Inference.Weights;
using Nestor.Models.Vision;

namespace Nestor.Inference.Vision;

/// <summary>The activations of some pictures on their way through the network; shapes beside them. Strides are whole panels, so that products write in place; what lies between is zero.</summary>
internal sealed unsafe class EncoderSpace
{
    private readonly FloatBuffer residual, query, key, value, mixed, inputs, neurons;
    private readonly EncoderMember[] members;

    public EncoderSpace(VisionConfig config, int images, int inputBytes, int threads)
    {
        var rows = images * config.Positions;
        Images = images;
        HiddenStride = Padded(config.HiddenSize);
        PatchStride = Padded(config.Channels * config.PatchSize * config.PatchSize);
        InputStride = Math.Max(HiddenStride, PatchStride) / Tile.Columns * inputBytes;
        NeuronStride = Padded(config.FullWidths.Widest) / Tile.Columns * inputBytes;

        residual = Floats(HiddenStride);
        query = Floats(HiddenStride);
        key = Floats(HiddenStride);
        value = Floats(HiddenStride);
        mixed = Floats(HiddenStride);
        inputs = Floats(InputStride / sizeof(float));
        neurons = Floats(NeuronStride / sizeof(float));
        members = [.. Enumerable.Range(0, threads).Select(_ => new EncoderMember(config, rows, Math.Max(HiddenStride, PatchStride)))];

        FloatBuffer Floats(int stride) => new((long)rows * stride);
    }

    /// <summary>Pictures it has room for.</summary>
    public int Images { get; }

    public int HiddenStride { get; }

    public int PatchStride { get; }

    /// <summary>Bytes from one row's prepared inputs to the next row's.</summary>
    public int InputStride { get; }

    /// <summary>Bytes from one row's prepared neurons to the next row's.</summary>
    public int NeuronStride { get; }

    public float* Residual(int row) => residual.Pointer + (nint)row * HiddenStride;       // (hidden)

    public float* Query(int row) => query.Pointer + (nint)row * HiddenStride;             // (heads, head size)

    public float* Key(int row) => key.Pointer + (nint)row * HiddenStride;                 // (heads, head size)

    public float* Value(int row) => value.Pointer + (nint)row * HiddenStride;             // (heads, head size)

    public float* Mixed(int row) => mixed.Pointer + (nint)row * HiddenStride;             // (heads, head size): attention before its output projection

    public byte* Inputs(int row) => (byte*)inputs.Pointer + (nint)row * InputStride;      // (tiles) prepared inputs of a product

    public byte* Neurons(int row) => (byte*)neurons.Pointer + (nint)row * NeuronStride;   // (tiles) prepared neuron activations

    /// <summary>What one member of the team needs alone.</summary>
    public EncoderMember Member(int member) => members[member];

    private static int Padded(int size) => PackedMatrix.PanelsOf(size) * Tile.Rows;
}
