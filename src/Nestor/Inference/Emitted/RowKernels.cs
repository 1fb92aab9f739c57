using unsafe Kernel = delegate* unmanaged[SuppressGCTransition]<byte*, nint, nint, byte*, nint, float*, nint, nint, void>;

namespace Nestor.Inference.Emitted;

/// <summary>Emitted kernels of 1, 2, ... rows and of one row with two panels in executable memory, and how any number of rows is split among them.</summary>
internal sealed unsafe class RowKernels
{
    private const int Alignment = 64;
    private const byte Breakpoint = 0xCC;

    // Without a transition the garbage collector waits for a call to end: 6 rows of 4096 columns take at most some 50 µs.
    private readonly Kernel[] entries;
    private readonly Kernel pair;

    private RowKernels(byte* code, int[] offsets)
    {
        entries = new Kernel[offsets.Length - 1];
        for (var i = 0; i < entries.Length; i++)
            entries[i] = (Kernel)(code + offsets[i]);
        pair = (Kernel)(code + offsets[^1]);
    }

    /// <summary>Emits the kernels of 1 to <paramref name="maxRows"/> rows, and the one of two panels.</summary>
    /// <returns>Null if the system refuses executable memory.</returns>
    public static RowKernels? Place(Action<Assembler, KernelShape> emit, int maxRows)
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
        return pages is null ? null : new(pages, offsets);
    }

    /// <summary>See <see cref="Kernels.ProductKernel.Multiply"/>. 7 rows are 4 and 3 rather than 6 and 1, because a single row uses the registers badly.</summary>
    public void Multiply(byte* tiles, nint tileStride, int count, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        for (var groups = (rows + entries.Length - 1) / entries.Length; groups > 0; groups--)
        {
            var taken = (rows + groups - 1) / groups;
            entries[taken - 1](tiles, tileStride, count, inputs, inputStride, output, outputStride * sizeof(float), add ? 1 : 0);
            inputs += taken * inputStride;
            output += taken * outputStride;
            rows -= taken;
        }
    }

    /// <summary>See <see cref="Kernels.ProductKernel.MultiplyStreams"/>, with one row and two panels of one stream.</summary>
    public void MultiplyPair(byte* tiles, nint tileStride, int count, byte* inputs, float* output, bool add) =>
        pair(tiles, tileStride, count, inputs, 0, output, 0, add ? 1 : 0);
}
