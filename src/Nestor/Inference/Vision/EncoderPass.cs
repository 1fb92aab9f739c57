using System.Runtime.Intrinsics;
using Nestor.Inference.Kernels;
using Nestor.Inference.Network;
using Nestor.Inference.Threads;
using Nestor.Inference.Weights;
using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Inference.Vision;

/// <summary>The vision transformer, once over some pictures at one plan: patches, pre-norm blocks of attention and nested neurons, pooling, classifier.</summary>
/// <remarks>
/// Products add to what their outputs hold: the biases, or the residual stream itself with the block's bias. In the last layer, where the
/// class token alone is read afterwards, it alone is computed behind its keys and values. Every member of the team runs this code and meets
/// the others where it needs what they computed. What an item computes depends on nothing but its picture, so results do not depend on
/// neighbours or threads.
/// </remarks>
internal sealed unsafe class EncoderPass : TeamJob
{
    private const int PhasesOfLayer = 8, PhasesOfEnds = 4, RowsOfItem = 8, TilesPerPanel = Tile.Rows / Tile.Columns;

    private readonly VisionConfig config;
    private readonly VisionWeights weights;
    private readonly ProductKernel products, endProducts;
    private readonly AttentionKernel attention;
    private readonly Shares shares = new();
    private readonly int threads;
    private EncoderSpace space;
    private EncoderCall call;

    public EncoderPass(VisionConfig config, VisionWeights weights, KernelChoice kernels, int threads)
    {
        (this.config, this.weights, this.threads) = (config, weights, threads);
        products = kernels.Products(weights.Packing.Type);
        endProducts = kernels.Products(weights.Packing.EmbeddingType);
        attention = kernels.Attention;
        space = NewSpace(1);
    }

    /// <summary>Makes room for some pictures, which must not fail while other threads wait.</summary>
    /// <exception cref="NestorException">They need more memory than one piece can have.</exception>
    public void Reserve(int images)
    {
        if (space.Images < images)
            space = NewSpace(images);
    }

    /// <summary>Runs some pictures through the network.</summary>
    /// <param name="pictures">No more than there is room for.</param>
    public void Execute(in EncoderCall pictures)
    {
        call = pictures;
        shares.Reset(PhasesOfLayer * config.Layers + PhasesOfEnds, threads);
        Team.Shared.Run(this, threads);
    }

    protected override void Work(int member)
    {
        var own = space.Member(member);
        var phase = 0;
        var all = new ImageRows(call.Count * config.Positions, Step: 1);

        for (int item; (item = NextItem(ItemsOf(call.Count * config.Patches))) >= 0;)
            CutPatches(item, own);
        Meet();
        for (int panel; (panel = NextItem(weights.Patch.Panels)) >= 0;)
            ProjectPatches(panel);
        Meet();

        for (var layer = 0; layer < config.Layers; layer++)
        {
            var weight = weights.Layers[layer];
            var last = layer == config.Layers - 1 && config.Pooling == VisionPooling.ClassToken;
            var rows = last ? new ImageRows(call.Count, config.Positions) : all;

            for (int item; (item = NextItem(ItemsOf(all.Count))) >= 0;)
                Normalize(item, all, weight.AttentionNorm, weight.Output.Bias, own);
            Meet();
            var panels = weight.Query.Matrix.Panels;
            for (int panel; (panel = NextItem(3 * panels)) >= 0;)
                ProjectAttentionInputs(weight, panel / panels, panel % panels, rows);
            Meet();
            for (int item; (item = NextItem(call.Count * config.Heads)) >= 0;)
                Attend(item / config.Heads, item % config.Heads, rows, own);
            Meet();
            for (int item; (item = NextItem(ItemsOf(rows.Count))) >= 0;)
                PrepareMixed(item, rows);
            Meet();
            for (int panel; (panel = NextItem(panels)) >= 0;)
                AddToStream(weight.Output.Matrix, panel, weight.Output.Matrix.Tiles, space.Inputs(0), space.InputStride, rows);
            Meet();

            for (int item; (item = NextItem(ItemsOf(rows.Count))) >= 0;)
                Normalize(item, rows, weight.FeedForwardNorm, weight.Down.Bias, own);
            Meet();
            var width = call.Plan[layer];
            for (int panel; (panel = NextItem(PackedMatrix.PanelsOf(width))) >= 0;)
                Activate(weight.Up, panel, width, rows.Count, own);
            Meet();
            for (int panel; (panel = NextItem(panels)) >= 0;)
                AddToStream(weight.Down.Matrix, panel, PackedMatrix.TilesOf(width), space.Neurons(0), space.NeuronStride, rows);
            Meet();
        }

        for (int image; (image = NextItem(call.Count)) >= 0;)
            Pool(image, own);
        Meet();
        for (int panel; (panel = NextItem(call.Logits == null ? 0 : weights.Classifier.Matrix.Panels)) >= 0;)
            Classify(panel, own);

        int NextItem(int count)
        {
            var item = shares.Next(phase, member, Members, count);
            if (item < 0)
                phase++;
            return item;
        }
    }

    private static int ItemsOf(int rows) => (rows + RowsOfItem - 1) / RowsOfItem;

    // Some patches' pixels, channel by channel and row by row, as the stored projection has them.
    private void CutPatches(int item, EncoderMember own)
    {
        int patch = config.PatchSize, side = config.ImageSize, perSide = config.PatchesPerSide;
        var end = Math.Min((item + 1) * RowsOfItem, call.Count * config.Patches);
        new Span<float>(own.Row, space.PatchStride).Clear();
        for (var row = item * RowsOfItem; row < end; row++)
        {
            var (image, index) = (row / config.Patches, row % config.Patches);
            var corner = call.Images + (nint)image * config.ImageLength + index / perSide * patch * side + index % perSide * patch;
            var target = own.Row;
            for (var channel = 0; channel < config.Channels; channel++, corner += side * side)
            {
                for (var y = 0; y < patch; y++, target += patch)
                    new ReadOnlySpan<float>(corner + y * side, patch).CopyTo(new Span<float>(target, patch));
            }

            endProducts.Prepare(own.Row, weights.Patch.Tiles, space.Inputs(row));
        }
    }

    private void ProjectPatches(int panel)
    {
        var before = config.Positions - config.Patches;
        for (var image = 0; image < call.Count; image++)
        {
            for (var position = 0; position < config.Positions; position++)
                CopyPanel(weights.Starts.Pointer + (nint)position * space.HiddenStride, space.Residual(image * config.Positions + position), panel);
            PanelProduct.Multiply(
                endProducts, weights.Patch, panel, 0, weights.Patch.Tiles, space.Inputs(image * config.Patches), space.InputStride, config.Patches,
                space.Residual(image * config.Positions + before) + panel * Tile.Rows, space.HiddenStride, add: true);
        }
    }

    // inputs = prepared(norm(residual)); then the residual takes the bias of the block that is about to add to it.
    private void Normalize(int item, ImageRows rows, NormVectors norm, FloatBuffer blockBias, EncoderMember own)
    {
        new Span<float>(own.Row, space.HiddenStride).Clear();
        for (var row = item * RowsOfItem; row < Math.Min((item + 1) * RowsOfItem, rows.Count); row++)
        {
            var stream = space.Residual(row * rows.Step);
            LayerNorm.Apply(stream, norm.Weight.Pointer, norm.Bias.Pointer, config.HiddenSize, config.NormEpsilon, own.Row);
            products.Prepare(own.Row, PackedMatrix.TilesOf(config.HiddenSize), space.Inputs(row));
            Residual.Add(stream, blockBias.Pointer, space.HiddenStride);
        }
    }

    // The panels of query, key and value are one row of items; queries are wanted of some rows alone.
    private void ProjectAttentionInputs(VisionLayerWeights weight, int part, int panel, ImageRows rows)
    {
        var all = call.Count * config.Positions;
        if (part == 0)
            Project(weight.Query, panel, space.Inputs(0), (nint)space.InputStride * rows.Step, rows.Count, space.Query(0), space.HiddenStride);
        else if (part == 1)
            Project(weight.Key, panel, space.Inputs(0), space.InputStride, all, space.Key(0), space.HiddenStride);
        else
            Project(weight.Value, panel, space.Inputs(0), space.InputStride, all, space.Value(0), space.HiddenStride);
    }

    private void Project(BiasedMatrix weight, int panel, byte* inputs, nint inputStride, int rows, float* output, int outputStride)
    {
        for (var row = 0; row < rows; row++)
            CopyPanel(weight.Bias.Pointer, output + (nint)row * outputStride, panel);
        PanelProduct.Multiply(products, weight.Matrix, panel, 0, weight.Matrix.Tiles, inputs, inputStride, rows, output + panel * Tile.Rows, outputStride, add: true);
    }

    private void Attend(int image, int head, ImageRows rows, EncoderMember own)
    {
        int of = rows.Count / call.Count, at = head * config.HeadSize, first = image * config.Positions;
        EncoderAttention.Mix(
            attention, space.Query(image * of) + at, of, space.Key(first) + at, space.Value(first) + at, config.Positions, config.HeadSize, space.HiddenStride,
            space.Mixed(image * of) + at, own);
    }

    private void PrepareMixed(int item, ImageRows rows)
    {
        for (var row = item * RowsOfItem; row < Math.Min((item + 1) * RowsOfItem, rows.Count); row++)
            products.Prepare(space.Mixed(row), PackedMatrix.TilesOf(config.HiddenSize), space.Inputs(row));
    }

    private void AddToStream(PackedMatrix matrix, int panel, int tiles, byte* inputs, int inputStride, ImageRows rows) => PanelProduct.Multiply(
        products, matrix, panel, 0, tiles, inputs, inputStride, rows.Count, space.Residual(0) + panel * Tile.Rows, (nint)space.HiddenStride * rows.Step, add: true);

    // 64 neurons of every row, prepared for the down projection; zero beyond the plan's width.
    private void Activate(BiasedMatrix up, int panel, int width, int rows, EncoderMember own)
    {
        var bias = up.Bias.Pointer + panel * Tile.Rows;
        for (var row = 0; row < rows; row++)
            Copy(bias, own.Up + (nint)row * Tile.Rows);
        PanelProduct.Multiply(products, up.Matrix, panel, 0, up.Matrix.Tiles, space.Inputs(0), space.InputStride, rows, own.Up, Tile.Rows, add: true);
        Activation.Apply(FeedForwardKind.Gelu, own.Up, gate: null, (long)rows * Tile.Rows);

        var kept = width - panel * Tile.Rows;
        for (var row = 0; row < rows; row++)
        {
            var values = own.Up + (nint)row * Tile.Rows;
            if (kept < Tile.Rows)
                new Span<float>(values + kept, Tile.Rows - kept).Clear();
            products.Prepare(values, TilesPerPanel, space.Neurons(row) + (nint)panel * TilesPerPanel * products.InputBytes);
        }
    }

    // The vector that stands for a picture, as its embedding and as the classifier's input.
    private void Pool(int image, EncoderMember own)
    {
        var size = config.HiddenSize;
        new Span<float>(own.Row, space.HiddenStride).Clear();
        if (config.Pooling == VisionPooling.ClassToken)
        {
            LayerNorm.Apply(space.Residual(image * config.Positions), weights.Norm.Weight.Pointer, weights.Norm.Bias.Pointer, size, config.NormEpsilon, own.Row);
        }
        else
        {
            for (var position = image * config.Positions; position < (image + 1) * config.Positions; position++)
            {
                var stream = space.Residual(position);
                LayerNorm.Apply(stream, weights.Norm.Weight.Pointer, weights.Norm.Bias.Pointer, size, config.NormEpsilon, stream);
                Residual.Add(own.Row, stream, size);
            }

            for (var i = 0; i < size; i++)
                own.Row[i] /= config.Positions;
        }

        if (call.Embeddings != null)
            new ReadOnlySpan<float>(own.Row, size).CopyTo(new Span<float>(call.Embeddings + (nint)image * size, size));
        if (call.Logits != null)
            endProducts.Prepare(own.Row, weights.Classifier.Matrix.Tiles, space.Inputs(image));
    }

    // 64 scores of every picture.
    private void Classify(int panel, EncoderMember own)
    {
        var (classifier, first) = (weights.Classifier, panel * Tile.Rows);
        for (var image = 0; image < call.Count; image++)
            Copy(classifier.Bias.Pointer + first, own.Up + (nint)image * Tile.Rows);
        PanelProduct.Multiply(endProducts, classifier.Matrix, panel, 0, classifier.Matrix.Tiles, space.Inputs(0), space.InputStride, call.Count, own.Up, Tile.Rows, add: true);
        var count = Math.Min(Tile.Rows, config.Classes - first);
        for (var image = 0; image < call.Count; image++)
            new ReadOnlySpan<float>(own.Up + (nint)image * Tile.Rows, count).CopyTo(new Span<float>(call.Logits + (nint)image * config.Classes + first, count));
    }

    private static void CopyPanel(float* from, float* to, int panel) => Copy(from + panel * Tile.Rows, to + panel * Tile.Rows);

    private static void Copy(float* from, float* to)
    {
        for (var i = 0; i < Tile.Rows; i += Vectors.Lanes)
            Vector512.Load(from + i).Store(to + i);
    }

    private EncoderSpace NewSpace(int images) => new(config, images, Math.Max(products.InputBytes, endProducts.InputBytes), threads);
}
