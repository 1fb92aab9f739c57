using System.Runtime.InteropServices;

namespace Nestor.Inference.Emitted.Matrices;

/// <summary>The shapes of all matrix registers, for every number of rows that one call computes; they live as long as the process.</summary>
/// <remarks>Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, section 18.3: palette 1, bytes of a row from byte 16 on, rows from byte 48 on.</remarks>
internal sealed unsafe class MatrixShapes
{
    /// <summary>Rows of a register.</summary>
    public const int BlockRows = 16;

    /// <summary>Most rows of one call.</summary>
    public const int MaxRows = 2 * BlockRows;

    private const int Bytes = 64, Palette = 1, RowBytesAt = 16, RowsAt = 48, RowBytes = 64, Registers = 8;

    private readonly byte* table = (byte*)NativeMemory.AlignedAlloc(MaxRows * Bytes, Bytes);

    public MatrixShapes()
    {
        new Span<byte>(table, MaxRows * Bytes).Clear();
        for (var rows = 1; rows <= MaxRows; rows++)
            Fill(this[rows], rows);
    }

    /// <summary>What <c>ldtilecfg</c> reads for a number of rows.</summary>
    public byte* this[int rows] => table + (rows - 1) * Bytes;

    private static void Fill(byte* shapes, int rows)
    {
        shapes[0] = Palette;
        for (var register = 0; register < Registers; register++)
        {
            ((ushort*)(shapes + RowBytesAt))[register] = RowBytes;
            shapes[RowsAt + register] = BlockRows;
        }

        // The last block may be smaller.
        var shape = new MatrixShape(RowBlocks: rows > BlockRows ? 2 : 1);
        var (last, rest) = (shape.RowBlocks - 1, rows - (shape.RowBlocks - 1) * BlockRows);
        shapes[RowsAt + shape.Input(last).Number] = (byte)rest;
        for (var vector = 0; vector < shape.Vectors; vector++)
            shapes[RowsAt + shape.Sum(last, vector).Number] = (byte)rest;
    }
}
