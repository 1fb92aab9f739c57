using Nestor.Inference;
using Nestor.Inference.Kernels;
using Nestor.Inference.Weights;

namespace Nestor.Tests.Inference.Network;

/// <summary>Matrices of a test as tiles; they live as long as the test run.</summary>
internal static unsafe class Packed
{
    /// <summary>Packs a row-major matrix of 32-bit floats.</summary>
    public static PackedMatrix F32(float[] values, int rows, int columns, TileOrder order)
    {
        var data = Pinned.Zeroed(new float[PackedMatrix.BytesOf(WeightType.F32, rows, columns) / sizeof(float)]);
        var matrix = new PackedMatrix((byte*)data.Pointer, WeightType.F32, rows, columns, order);
        var block = stackalloc float[Tile.Rows * Tile.Columns];
        for (var panel = 0; panel < matrix.Panels; panel++)
        {
            for (var tile = 0; tile < matrix.Tiles; tile++)
            {
                for (var i = 0; i < Tile.Rows * Tile.Columns; i++)
                {
                    int row = panel * Tile.Rows + i / Tile.Columns, column = tile * Tile.Columns + i % Tile.Columns;
                    block[i] = row < rows && column < columns ? values[row * columns + column] : 0;
                }

                TileFormat.Of(WeightType.F32).Pack(block, matrix.TileAt(panel, tile));
            }
        }

        return matrix;
    }
}
