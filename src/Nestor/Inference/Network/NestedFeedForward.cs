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

    private const int RowsAhead = 8;

    /// <summary>Computes some neurons of the rows that reach them and prepares them for the down projection; zero beyond a row's width.</summary>
    /// <param name="kernel">The kernel of the layer's matrices.</param>
    /// <param name="kind">The activation, and whether there is a gate.</param>
    /// <param name="weights">The layer.</param>
    /// <param name="layer">Its number.</param>
    /// <param name="panels">Which neurons, 64 a panel; of many rows, one panel.</param>
    /// <param name="inputs">Prepared inputs of the rows, by rank.</param>
    /// <param name="block">The rows.</param>
    /// <param name="space">Neurons out (by rank).</param>
    /// <param name="own">Buffers of the thread.</param>
    public static void Activate(
        ProductKernel kernel, FeedForwardKind kind, LayerWeights weights, int layer, PanelRange panels, byte* inputs, RowBlock block, Workspace space, MemberSpace own)
    {
        int first = panels.First * Tile.Rows, neurons = panels.Count * Tile.Rows;
        var rows = block.Reaching(layer, first);
        var last = panels.First + panels.Count - 1;
        PanelProduct.Multiply(kernel, weights.Up, panels, inputs, space.InputStride, rows, own.Up, neurons, weights.Gate is null ? null : weights.Gate.TileAt(panels.First, 0));
        if (weights.Gate is { } gate)
            PanelProduct.Multiply(kernel, gate, panels, inputs, space.InputStride, rows, own.Gate, neurons, weights.Up.TileBehind(last, 0));
        Activation.Apply(kind, own.Up, own.Gate, (long)rows * neurons);

        var offset = (nint)panels.First * TilesPerPanel * kernel.InputBytes;
        for (var rank = 0; rank < rows; rank++)
        {
            // One panel's neurons of many rows lie too far apart for a processor to foresee them.
            Prefetch.Floats((float*)(space.Neurons(rank + RowsAhead) + offset), TilesPerPanel * panels.Count * kernel.InputBytes / sizeof(float));
            var values = own.Up + (nint)rank * neurons;
            var kept = block.Width(layer, rank) - first;
            if (kept < neurons)
                new Span<float>(values + kept, neurons - kept).Clear();
            kernel.Prepare(values, TilesPerPanel * panels.Count, space.Neurons(rank) + offset);
        }
    }

    /// <summary>Computes what the block adds to some outputs of every row, into Projected (by rank).</summary>
    /// <param name="kernel">The kernel of the layer's matrices.</param>
    /// <param name="down">The down projection, columns first.</param>
    /// <param name="layer">The layer's number.</param>
    /// <param name="panels">Which of its outputs, 64 a panel; whole groups.</param>
    /// <param name="block">The rows.</param>
    /// <param name="space">Neurons in, Projected out.</param>
    public static void Project(ProductKernel kernel, PackedMatrix down, int layer, PanelRange panels, RowBlock block, Workspace space)
    {
        for (int tile = 0, end; tile < down.Tiles; tile = end)
        {
            var rows = block.Reaching(layer, tile * Tile.Columns);
            if (rows == 0)
                return;
            end = EndOfBand(down, layer, tile, rows, block);
            PanelProduct.Multiply(
                kernel, down, panels, tile, end, space.Neurons(0), space.NeuronStride, rows, space.Projected(0) + panels.First * Tile.Rows, space.HiddenStride, add: tile > 0);
        }
    }

    // The tiles from one on that the same rows reach.
    private static int EndOfBand(PackedMatrix down, int layer, int tile, int rows, RowBlock block)
    {
        var width = block.Width(layer, rows - 1);
        return Math.Min(down.Tiles, Math.Max(tile + 1, PackedMatrix.TilesOf(width)));
    }
}
