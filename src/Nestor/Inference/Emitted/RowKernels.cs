using Nestor.Inference.Kernels;
using unsafe Kernel = delegate* unmanaged[SuppressGCTransition]<byte*, nint, nint, byte*, nint, float*, nint, nint, nint, void>;

namespace Nestor.Inference.Emitted;

/// <summary>Emitted kernels of 1, 2, ... rows and of one row with two panels in executable memory, and how any number of rows is split among them.</summary>
internal sealed unsafe class RowKernels
{
    private const int Alignment = 64;
    private const byte Breakpoint = 0xCC;

    // Without a transition the garbage collector waits for a call to end: 6 rows of 4096 columns take at most some 50 µs.
    private readonly Kernel[] entries;
    private readonly Kernel pair;
    private readonly int tileBytes;

    private RowKernels(byte* code, int[] offsets, int tileBytes)
    {
        this.tileBytes = tileBytes;
        entries = new Kernel[offsets.Length - 1];
        for (var i = 0; i < entries.Length; i++)
            entries[i] = (Kernel)(code + offsets[i]);
        pair = (Kernel)(code + offsets[^1]);
    }

    /// <summary>Emits the kernels of 1 to <paramref name="maxRows"/> rows, and the one of two panels.</summary>
    /// <param name="type">The type of the tiles.</param>
    /// <param name="emit">Emits the kernel of a shape.</param>
    /// <param name="maxRows">Most rows of a kernel.</param>
    /// <returns>Null if the system refuses executable memory.</returns>
    public static RowKernels? Place(WeightType type, Action<Assembler, KernelShape> emit, int maxRows)
    {
        KernelShape[] shapes = [.. Enumerable.Range(1, maxRows).Select(rows => new KernelShape(rows)), new(Rows: 1, Panels: 2)];
        List<byte> code = [];
        var offsets = new int[shapes.Length];
        for (var i = 0; i < shapes.Length; i++)
        {
            while (code.Count % Alignment != 0)
                code.Add(Breakpoint);
            offsets[i] = code.Count;

            var assembler = new Assembler();
            emit(assembler, shapes[i]);
            code.AddRange(assembler.ToArray());
        }

        var pages = ExecutableMemory.Place([.. code]);
        return pages is null ? null : new(pages, offsets, Tile.Bytes(type));
    }

    /// <summary>See <see cref="ProductKernel.Multiply"/>. 7 rows are 4 and 3 rather than 6 and 1, because a single row uses the registers badly.</summary>
    public void Multiply(in PanelTiles tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        var groups = (rows + entries.Length - 1) / entries.Length;
        var following = new FollowingTiles(tiles, tileBytes, groups);
        for (var group = 0; group < groups; group++)
        {
            var taken = (rows + groups - group - 1) / (groups - group);
            entries[taken - 1](
                tiles.Start, tiles.Stride, tiles.Count, inputs, inputStride, output, outputStride * sizeof(float), add ? 1 : 0, following.Distance(group));
            inputs += taken * inputStride;
            output += taken * outputStride;
            rows -= taken;
        }
    }

    /// <summary>See <see cref="ProductKernel.MultiplyStreams"/>, with one row and two panels of one stream.</summary>
    public void MultiplyPair(byte* tiles, nint tileStride, int count, byte* inputs, float* output, bool add) =>
        pair(tiles, tileStride, count, inputs, 0, output, 0, add ? 1 : 0, 0);
}
