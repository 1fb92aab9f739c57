using Nestor.Inference.Kernels;
using Nestor.Inference.Weights;

namespace Nestor.Inference.Network;

/// <summary>One panel of a matrix times many rows, in parts that stay in the second-level cache while the rows pass by; or some panels times a few rows.</summary>
internal static unsafe class PanelProduct
{
    // Where tiles of neighbouring panels take turns, one panel's lie in half of its sets.
    private static readonly int CachedBytes = SecondLevelCache.Bytes / 4;

    /// <summary><c>output[row][0..64) = (add ? output : 0) + panel[.., tiles] · inputs[row]</c>.</summary>
    /// <param name="kernel">The kernel of the matrix's type.</param>
    /// <param name="matrix">The matrix.</param>
    /// <param name="panel">Which 64 of its outputs.</param>
    /// <param name="firstTile">The first 32 of its inputs.</param>
    /// <param name="endTile">Behind the last 32 of its inputs.</param>
    /// <param name="inputs">The first row's prepared inputs, from the matrix's first column on.</param>
    /// <param name="inputStride">Bytes from row to row.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="output">(rows, 64)</param>
    /// <param name="outputStride">Floats from row to row.</param>
    /// <param name="add">Whether to add to what is there.</param>
    /// <param name="following">The first tile that will be multiplied next; null for those of the next panel.</param>
    public static void Multiply(
        ProductKernel kernel, PackedMatrix matrix, int panel, int firstTile, int endTile, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add, byte* following = null)
    {
        var part = rows == 1 ? endTile - firstTile : Math.Max(1, CachedBytes / Tile.Bytes(matrix.Type));
        for (int tile = firstTile, end; tile < endTile; tile = end)
        {
            end = Math.Min(tile + part, endTile);
            var tiles = new PanelTiles(matrix.TileAt(panel, tile), matrix.TileStride(panel), end - tile)
            {
                Following = end < endTile ? matrix.TileAt(panel, end) : following == null ? matrix.TileBehind(panel, firstTile) : following,
            };
            kernel.Multiply(tiles, inputs + (nint)tile * kernel.InputBytes, inputStride, rows, output, outputStride, add || tile > firstTile);
        }
    }

    /// <summary>The same for some panels and all of their tiles; of a few rows, from the first panel of a group on.</summary>
    /// <param name="kernel">The kernel of the matrix's type.</param>
    /// <param name="matrix">The matrix.</param>
    /// <param name="panels">Which of its panels.</param>
    /// <param name="inputs">The first row's prepared inputs.</param>
    /// <param name="inputStride">Bytes from row to row.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="output">(rows, panels * 64), replaced.</param>
    /// <param name="outputStride">Floats from row to row.</param>
    /// <param name="following">The first tile that will be multiplied next; null for those of the next panel.</param>
    public static void Multiply(
        ProductKernel kernel, PackedMatrix matrix, PanelRange panels, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, byte* following = null) =>
        Multiply(kernel, matrix, panels, 0, matrix.Tiles, inputs, inputStride, rows, output, outputStride, add: false, following);

    /// <summary>The same for some of their tiles.</summary>
    /// <param name="kernel">The kernel of the matrix's type.</param>
    /// <param name="matrix">The matrix.</param>
    /// <param name="panels">Which of its panels.</param>
    /// <param name="firstTile">The first 32 of its inputs.</param>
    /// <param name="endTile">Behind the last 32 of its inputs.</param>
    /// <param name="inputs">The first row's prepared inputs, from the matrix's first column on.</param>
    /// <param name="inputStride">Bytes from row to row.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="output">(rows, panels * 64)</param>
    /// <param name="outputStride">Floats from row to row.</param>
    /// <param name="add">Whether to add to what is there.</param>
    /// <param name="following">The first tile that will be multiplied next; null for those of the next panel.</param>
    public static void Multiply(
        ProductKernel kernel, PackedMatrix matrix, PanelRange panels, int firstTile, int endTile, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add, byte* following = null)
    {
        for (var panel = panels.First; panel < panels.End;)
        {
            var target = output + (panel - panels.First) * Tile.Rows;
            if (rows > Prefetch.StreamRows)
            {
                Multiply(kernel, matrix, panel, firstTile, endTile, inputs, inputStride, rows, target, outputStride, add, panel == panels.End - 1 ? following : null);
                panel++;
                continue;
            }

            var tiles = matrix.Streams(panel, panels.End, firstTile, endTile);
            kernel.MultiplyStreams(tiles, inputs + (nint)firstTile * kernel.InputBytes, inputStride, rows, target, outputStride, add);
            panel += tiles.Panels;
        }
    }
}
