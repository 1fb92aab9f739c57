using Nestor.Inference.Cache;
using Nestor.Inference.Kernels;
using Nestor.Inference.Threads;
using Nestor.Inference.Weights;
using Nestor.Models;

namespace Nestor.Inference.Network;

/// <summary>The network, once over a block of rows: Llama's blocks (RMSNorm, rotary positions, grouped-query attention, gated neurons), with what its relatives add to attention, at each row's own width.</summary>
/// <remarks>
/// Every member of the team runs this code. A phase's items are handed out one by one, and a phase begins when all have finished the
/// one before. What an item computes depends on nothing but the rows, so results do not depend on the threads.
/// </remarks>
internal sealed unsafe class NetworkPass : TeamJob
{
    private const int PhasesOfLayer = 9, PhasesOfHead = 2;

    // Panels of a down projection whose tiles lie side by side.
    private const int PanelsTogether = 4;

    private readonly ModelConfig config;
    private readonly DecoderWeights weights;
    private readonly RotaryPositions positions;
    private readonly ProductKernel products, headProducts;
    private readonly AttentionKernel attention;
    private readonly Shares shares = new();
    private readonly int threads;
    private readonly List<(int Run, int Head, int First, int End)> attentionItems = [];
    private readonly List<int> predicted = [];
    private Workspace space;

    public NetworkPass(ModelConfig config, DecoderWeights weights, KernelChoice kernels, int threads)
    {
        (this.config, this.weights, this.threads) = (config, weights, threads);
        products = kernels.Products(weights.Layers[0].Up.Type);
        headProducts = kernels.Products(weights.Head.Type);
        attention = kernels.Attention;
        positions = new RotaryPositions(config.HeadSize, config.RopeTheta, config.RopeScaling);
        Block = new RowBlock(config.Layers);
        space = NewSpace(1);
    }

    /// <summary>The rows of the next pass.</summary>
    public RowBlock Block { get; }

    /// <summary>Runs the block's rows through the network: keys and values into the caches, scores to where they are wanted.</summary>
    public void Execute()
    {
        if (space.Rows < Block.Count)
            space = NewSpace((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Block.Count));
        Block.Sort();
        ListAttention();
        predicted.Clear();
        for (var row = 0; row < Block.Count; row++)
        {
            if (Block.Logits(row) != null)
                predicted.Add(row);
        }

        shares.Reset(1 + PhasesOfLayer * config.Layers + PhasesOfHead);
        Team.Shared.Run(this, threads);
    }

    protected override void Work(int member)
    {
        var own = space.Member(member);
        var phase = 0;

        for (int row; (row = shares.Next(phase)) < Block.Count;)
            Embed(row);
        Next();

        for (var layer = 0; layer < config.Layers; layer++)
        {
            var weight = weights.Layers[layer];

            for (int row; (row = shares.Next(phase)) < Block.Count;)
                Normalize(row, weight.AttentionNorm, products, space.Inputs(row), own);
            Next();
            for (int panel; (panel = shares.Next(phase)) < weight.Query.Panels + weight.Key.Panels + weight.Value.Panels;)
                ProjectAttentionInputs(weight, panel);
            Next();
            for (int row; (row = shares.Next(phase)) < Block.Count;)
                Store(layer, row);
            Next();
            for (int item; (item = shares.Next(phase)) < attentionItems.Count;)
                Attend(layer, item, own);
            Next();
            for (int row; (row = shares.Next(phase)) < Block.Count;)
                products.Prepare(space.Mixed(row), weight.Output.Tiles, space.Inputs(row));
            Next();
            for (int panel; (panel = shares.Next(phase)) < weight.Output.Panels;)
                ProjectAttention(weight.Output, panel);
            Next();

            for (int row; (row = shares.Next(phase)) < Block.Count;)
                Normalize(row, weight.FeedForwardNorm, products, space.Inputs(Block.Rank(layer, row)), own);
            Next();
            for (int panel; (panel = shares.Next(phase)) < PackedMatrix.PanelsOf(Block.Width(layer, 0));)
                NestedFeedForward.Activate(products, config.FeedForward, weight, layer, panel, Block, space, own);
            Next();
            var together = Members == 1 ? weight.Down.Panels : PanelsTogether;
            for (int share; (share = shares.Next(phase) * together) < weight.Down.Panels;)
                ProjectNeurons(weight.Down, layer, share, Math.Min(share + together, weight.Down.Panels));
            Next();
        }

        for (int i; (i = shares.Next(phase)) < predicted.Count;)
            Normalize(predicted[i], weights.Norm, headProducts, space.Inputs(i), own);
        Next();
        for (int panel; predicted.Count > 0 && (panel = shares.Next(phase)) < weights.Head.Panels;)
            Predict(panel, own);

        void Next()
        {
            phase++;
            Meet();
        }
    }

    private void Embed(int row)
    {
        weights.Embedding.ReadRow(Block.Token(row), space.Residual(row));
        positions.Turns(Block.Position(row), 1, space.Cosines(row), space.Sines(row));
    }

    // inputs = prepared(norm(residual))
    private void Normalize(int row, float* norm, ProductKernel kernel, byte* inputs, MemberSpace own)
    {
        RmsNorm.Apply(space.Residual(row), 1, norm, config.HiddenSize, config.NormEpsilon, own.Row);
        new Span<float>(own.Row + config.HiddenSize, space.HiddenStride - config.HiddenSize).Clear();
        kernel.Prepare(own.Row, PackedMatrix.TilesOf(config.HiddenSize), inputs);
    }

    // The panels of query, key and value are one row of items.
    private void ProjectAttentionInputs(LayerWeights weight, int panel)
    {
        if (panel < weight.Query.Panels)
            Multiply(weight.Query, panel, space.Query(0), space.QueryStride);
        else if ((panel -= weight.Query.Panels) < weight.Key.Panels)
            Multiply(weight.Key, panel, space.Key(0), space.KeyStride);
        else
            Multiply(weight.Value, panel - weight.Key.Panels, space.Value(0), space.KeyStride);
    }

    // Finishes and rotates a row's queries and keys and puts keys and values into its cache.
    private void Store(int layer, int row)
    {
        int headSize = config.HeadSize, position = Block.Position(row), slot = position % KvLayout.PageTokens;
        HeadAdapter.Finish(config, weights.Layers[layer], space.Query(row), space.Key(row), space.Value(row));
        positions.Rotate(space.Query(row), 1, config.Heads, space.Cosines(row), space.Sines(row));
        positions.Rotate(space.Key(row), 1, config.KeyValueHeads, space.Cosines(row), space.Sines(row));
        var page = Block.Cache(row).Page(position / KvLayout.PageTokens);
        for (var head = 0; head < config.KeyValueHeads; head++)
        {
            float* key = space.Key(row) + head * headSize, keys = page.Keys(layer, head) + slot;
            for (var i = 0; i < headSize; i++)
                keys[(nint)i * KvLayout.PageTokens] = key[i];
            var values = page.Values(layer, head) + (nint)slot * Block.Cache(row).Layout.ValueStride;
            new ReadOnlySpan<float>(space.Value(row) + head * headSize, headSize).CopyTo(new Span<float>(values, headSize));
        }
    }

    private void Attend(int layer, int item, MemberSpace own)
    {
        var (run, head, first, end) = attentionItems[item];
        CachedAttention.Mix(attention, config, layer, head, Block.Runs[run], first, end, space, own);
    }

    private void ProjectAttention(PackedMatrix output, int panel)
    {
        Multiply(output, panel, space.Projected(0), space.HiddenStride);
        for (var row = 0; row < Block.Count; row++)
            AddPanel(space.Residual(row), space.Projected(row), panel);
    }

    private void ProjectNeurons(PackedMatrix down, int layer, int firstPanel, int endPanel)
    {
        NestedFeedForward.Project(products, down, layer, firstPanel, endPanel, Block, space);
        for (var row = 0; row < Block.Count; row++)
        {
            for (var panel = firstPanel; panel < endPanel; panel++)
                AddPanel(space.Residual(row), space.Projected(Block.Rank(layer, row)), panel);
        }
    }

    // 64 scores of every row that wants them.
    private void Predict(int panel, MemberSpace own)
    {
        PanelProduct.Multiply(headProducts, weights.Head, panel, 0, weights.Head.Tiles, space.Inputs(0), space.InputStride, predicted.Count, own.Up, Tile.Rows, add: false);
        var first = panel * Tile.Rows;
        var count = Math.Min(Tile.Rows, config.VocabularySize - first);
        for (var i = 0; i < predicted.Count; i++)
            new ReadOnlySpan<float>(own.Up + (nint)i * Tile.Rows, count).CopyTo(new Span<float>(Block.Logits(predicted[i]) + first, count));
    }

    private void Multiply(PackedMatrix matrix, int panel, float* output, int stride) =>
        PanelProduct.Multiply(products, matrix, panel, 0, matrix.Tiles, space.Inputs(0), space.InputStride, Block.Count, output + panel * Tile.Rows, stride, add: false);

    private static void AddPanel(float* stream, float* addition, int panel) =>
        Residual.Add(stream + panel * Tile.Rows, addition + panel * Tile.Rows, Tile.Rows);

    private void ListAttention()
    {
        attentionItems.Clear();
        for (var i = 0; i < Block.Runs.Count; i++)
        {
            var run = Block.Runs[i];
            var together = CachedAttention.TokensTogether(run);
            for (var head = 0; head < config.KeyValueHeads; head++)
            {
                for (var first = 0; first < run.Count; first += together)
                    attentionItems.Add((i, head, first, Math.Min(first + together, run.Count)));
            }
        }
    }

    private Workspace NewSpace(int rows) => new(config, rows, Math.Max(products.InputBytes, headProducts.InputBytes), threads);
}
