using Nestor.Inference.Kernels;
using Nestor.Inference.Weights;
using Nestor.Models;

namespace Nestor.Inference.Network;

/// <summary>Nested feed-forward blocks for rows of different widths: each band of neurons is read once, for the rows that reach it.</summary>
/// <remarks>
/// MatFormer, arXiv 2310.07707, §3.1, eq. 1. Rows stand by width, widest first (<see cref="RowBlock"/>), and neurons are stored in
/// order, so the weights that a batch reads are those of its widest row.
/// </remarks>
internal static unsafe class NestedFeedForward
{
    private const int TilesPerPanel = Tile.Rows / Tile.Columns;

    /// <summary>Computes 64 neurons of the rows that reach them and prepares them for the down projection; zero beyond a row's width.</summary>
    /// <param name="kernel">The kernel of the layer's matrices.</param>
    /// <param name="kind">The activation, and whether there is a gate.</param>
    /// <param name="weights">The layer.</param>
    /// <param name="layer">Its number.</param>
    /// <param name="panel">Which 64 neurons.</param>
    /// <param name="inputs">Prepared inputs of the rows, by rank.</param>
    /// <param name="block">The rows.</param>
    /// <param name="space">Neurons out (by rank).</param>
    /// <param name="own">Buffers of the thread.</param>
    public static void Activate(
        ProductKernel kernel, FeedForwardKind kind, LayerWeights weights, int layer, int panel, byte* inputs, RowBlock block, Workspace space, MemberSpace own)
    {
        var first = panel * Tile.Rows;
        var rows = block.Reaching(layer, first);
        var tiles = weights.Up.Tiles;
        PanelProduct.Multiply(kernel, weights.Up, panel, 0, tiles, inputs, space.InputStride, rows, own.Up, Tile.Rows, add: false);
        if (weights.Gate is { } gate)
            PanelProduct.Multiply(kernel, gate, panel, 0, tiles, inputs, space.InputStride, rows, own.Gate, Tile.Rows, add: false);
        Activation.Apply(kind, own.Up, own.Gate, (long)rows * Tile.Rows);

        for (var rank = 0; rank < rows; rank++)
        {
            var values = own.Up + (nint)rank * Tile.Rows;
            var kept = block.Width(layer, rank) - first;
            if (kept < Tile.Rows)
                new Span<float>(values + kept, Tile.Rows - kept).Clear();
            kernel.Prepare(values, TilesPerPanel, space.Neurons(rank) + (nint)panel * TilesPerPanel * kernel.InputBytes);
        }
    }

    /// <summary>Computes what the block adds to some outputs of every row, into Projected (by rank).</summary>
    /// <param name="kernel">The kernel of the layer's matrices.</param>
    /// <param name="down">The down projection, columns first.</param>
    /// <param name="layer">The layer's number.</param>
    /// <param name="group">Which of its groups of outputs.</param>
    /// <param name="block">The rows.</param>
    /// <param name="space">Neurons in, Projected out.</param>
    public static void Project(ProductKernel kernel, PackedMatrix down, int layer, int group, RowBlock block, Workspace space)
    {
        var (firstPanel, endPanel) = down.PanelsOfGroup(group);
        for (int tile = 0, end; tile < down.Tiles; tile = end)
        {
            var rows = block.Reaching(layer, tile * Tile.Columns);
            if (rows == 0)
                return;
            end = EndOfBand(down, layer, tile, rows, block);
            if (rows == 1)
                ProjectOne(kernel, down, tile, end, firstPanel, endPanel, space);
            else
                ProjectBand(kernel, down, tile, end, firstPanel, endPanel, rows, space);
        }
    }

    // The tiles from one on that the same rows reach.
    private static int EndOfBand(PackedMatrix down, int layer, int tile, int rows, RowBlock block)
    {
        var width = block.Width(layer, rows - 1);
        return Math.Min(down.Tiles, Math.Max(tile + 1, PackedMatrix.TilesOf(width)));
    }

    private static void ProjectBand(ProductKernel kernel, PackedMatrix down, int tile, int end, int firstPanel, int endPanel, int rows, Workspace space)
    {
        for (var panel = firstPanel; panel < endPanel; panel++)
            PanelProduct.Multiply(kernel, down, panel, tile, end, space.Neurons(0), space.NeuronStride, rows, space.Projected(0) + panel * Tile.Rows, space.HiddenStride, add: tile > 0);
    }

    private static void ProjectOne(ProductKernel kernel, PackedMatrix down, int tile, int end, int firstPanel, int endPanel, Workspace space) =>
        kernel.MultiplyOne(
            down.TileAt(firstPanel, tile), down.TileStride(firstPanel), endPanel - firstPanel, end - tile,
            space.Neurons(0) + (nint)tile * kernel.InputBytes, space.Projected(0) + firstPanel * Tile.Rows, add: tile > 0);
}
