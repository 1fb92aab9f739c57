using System.Runtime.InteropServices;
using Nestor.Inference.Kernels;
using Nestor.Inference.Weights;
using Nestor.Models;

namespace Nestor.Inference.Network;

/// <summary>The activations of one block of rows; shapes beside them. Strides hold whole panels, so that products write in place; what lies between is zero or unused.</summary>
internal sealed unsafe class Workspace
{
    /// <summary>Floats between rows, a cache line: at strides of a power of two the rows of a column would meet in a few sets of the cache and drive each other out.</summary>
    public const int RowGap = AlignedMemory.Alignment / sizeof(float);

    private readonly AlignedMemory memory;
    private readonly float* residual, projected, query, mixed, key, value, cosines, sines, inputs, neurons;
    private readonly MemberSpace[] members;

    public Workspace(ModelConfig config, int rows, int inputBytes, int threads)
    {
        Rows = rows;
        HiddenStride = Padded(config.HiddenSize);
        QueryStride = Padded(config.Heads * config.HeadSize);
        KeyStride = Padded(config.KeyValueHeads * config.HeadSize);
        HalfHead = config.HeadSize / 2;
        InputStride = PreparedBytes(Math.Max(config.HiddenSize, config.Heads * config.HeadSize), inputBytes);
        NeuronStride = PreparedBytes(config.FullWidths.Widest, inputBytes);

        int[] strides =
        [
            HiddenStride, HiddenStride, QueryStride, QueryStride, KeyStride, KeyStride, HalfHead, HalfHead, InputStride / sizeof(float), NeuronStride / sizeof(float),
        ];
        memory = new AlignedMemory(strides.Sum(Bytes), $"A pass over {rows} tokens");
        NativeMemory.Clear(memory.Start, (nuint)strides.Sum(Bytes));
        residual = Array(0);
        projected = Array(1);
        query = Array(2);
        mixed = Array(3);
        key = Array(4);
        value = Array(5);
        cosines = Array(6);
        sines = Array(7);
        inputs = Array(8);
        neurons = Array(9);
        members = [.. Enumerable.Range(0, threads).Select(_ => new MemberSpace(rows, Math.Max(HiddenStride, QueryStride), InputStride))];

        long Bytes(int stride) => AlignedMemory.Aligned((long)rows * stride * sizeof(float));

        float* Array(int index) => (float*)(memory.Start + strides.Take(index).Sum(Bytes));
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

    public float* Residual(int row) => residual + (nint)row * HiddenStride;       // (hidden)

    public float* Projected(int row) => projected + (nint)row * HiddenStride;     // (hidden): what a block adds to the residual

    public float* Query(int row) => query + (nint)row * QueryStride;              // (heads, head size)

    public float* Key(int row) => key + (nint)row * KeyStride;                    // (key-value heads, head size)

    public float* Value(int row) => value + (nint)row * KeyStride;                // (key-value heads, head size)

    public float* Mixed(int row) => mixed + (nint)row * QueryStride;              // (heads, head size): attention before its output projection

    public float* Cosines(int row) => cosines + (nint)row * HalfHead;             // (head size / 2)

    public float* Sines(int row) => sines + (nint)row * HalfHead;                 // (head size / 2)

    public byte* Inputs(int row) => (byte*)inputs + (nint)row * InputStride;      // (tiles) prepared inputs of a product

    public byte* Neurons(int row) => (byte*)neurons + (nint)row * NeuronStride;   // (tiles) prepared neuron activations

    /// <summary>What one member of the team needs alone.</summary>
    public MemberSpace Member(int member) => members[member];

    private static int Padded(int size) => PackedMatrix.PanelsOf(size) * Tile.Rows + RowGap;

    private static int PreparedBytes(int size, int inputBytes) => PackedMatrix.PanelsOf(size) * Tile.Rows / Tile.Columns * inputBytes + AlignedMemory.Alignment;
}
