using Nestor.Formats;
using Nestor.Inference.Kernels;

namespace Nestor.Inference.Weights;

/// <summary>Packs stored matrices, a tile at a time: no matrix is ever held as floats.</summary>
internal static unsafe class TilePacker
{
    private const long PieceBytes = 16 << 20;

    /// <summary>Packs whole matrices on several threads.</summary>
    /// <param name="matrices">What to read, (rows, columns) of any floating type, and where it goes.</param>
    /// <param name="threads">Most threads to use.</param>
    /// <exception cref="NestorException">A weight does not fit the type.</exception>
    public static void Pack(IReadOnlyList<(TensorView Source, PackedMatrix Target)> matrices, int threads)
    {
        var panels = matrices.SelectMany((pair, matrix) => Enumerable.Range(0, pair.Target.Panels).Select(panel => (matrix, panel))).ToArray();
        Run(panels.Length, threads, i =>
        {
            var (source, target) = matrices[panels[i].matrix];
            PackPanel(source, target, panels[i].panel);
        });
    }

    /// <summary>Writes the tiles of one matrix, packed a piece at a time on several threads.</summary>
    /// <param name="source">(rows, columns) of any floating type.</param>
    /// <param name="matrix">How it is packed.</param>
    /// <param name="stream">Takes the bytes.</param>
    /// <param name="threads">Most threads to pack with.</param>
    /// <param name="cancellation">Stops between two pieces.</param>
    /// <exception cref="NestorException">A weight does not fit the type.</exception>
    public static void Write(TensorView source, PackedTensor matrix, Stream stream, int threads, CancellationToken cancellation)
    {
        // A piece is some panels, whole groups of them.
        const int group = PackedMatrix.LargestGroup;
        var panels = PackedMatrix.PanelsOf(matrix.Rows);
        var bytes = matrix.ByteCount / panels;
        var piece = group * (int)Math.Clamp(PieceBytes / (group * bytes), 1, (panels + group - 1) / group);
        var memory = new AlignedMemory(piece * bytes, $"Packing the tensor '{matrix.Name}'");
        for (var first = 0; first < panels; first += piece)
        {
            cancellation.ThrowIfCancellationRequested();
            var end = Math.Min(first + piece, panels);
            var target = matrix.At(memory.Start - first * bytes);
            Run(end - first, threads, i => PackPanel(source, target, first + i));
            using var packed = new UnmanagedMemoryStream(memory.Start, (end - first) * bytes);
            packed.CopyTo(stream);
        }

        GC.KeepAlive(memory);
    }

    private static void Run(int count, int threads, Action<int> body)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, body);
        }
        catch (AggregateException error) when (error.InnerExceptions.OfType<NestorException>().FirstOrDefault() is { } first)
        {
            throw new NestorException(first.Message, error);
        }
    }

    private static void PackPanel(TensorView source, PackedMatrix target, int panel)
    {
        var format = TileFormat.Of(target.Type);
        var block = stackalloc float[Tile.Rows * Tile.Columns];
        var firstRow = panel * Tile.Rows;
        var rows = Math.Min(Tile.Rows, target.Rows - firstRow);
        var data = source.Pointer;
        var stride = (nint)target.Columns * source.Type.Size;
        for (var tile = 0; tile < target.Tiles; tile++)
        {
            var firstColumn = tile * Tile.Columns;
            var columns = Math.Min(Tile.Columns, target.Columns - firstColumn);
            if (rows < Tile.Rows || columns < Tile.Columns)
                new Span<float>(block, Tile.Rows * Tile.Columns).Clear();
            for (var row = 0; row < rows; row++)
                FloatConversion.Convert(source.Type, data + (firstRow + row) * stride + (nint)firstColumn * source.Type.Size, new Span<float>(block + row * Tile.Columns, columns));
            try
            {
                format.Pack(block, target.TileAt(panel, tile));
            }
            catch (NestorException error)
            {
                throw new NestorException($"The tensor '{source.Name}' cannot be packed as {target.Type}. {error.Message}", error);
            }
        }
    }
}
