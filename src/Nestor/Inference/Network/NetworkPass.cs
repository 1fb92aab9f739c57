using Nestor.Inference.Cache;
using Nestor.Inference.Kernels;
using Nestor.Inference.Threads;
using Nestor.Inference.Weights;
using Nestor.Models;

namespace Nestor.Inference.Network;

/// <summary>The network, once over a block of rows: Llama's blocks (RMSNorm, rotary positions, grouped-query attention, gated neurons), with what its relatives add to attention, at each row's own width.</summary>
/// <remarks>
/// Every member of the team runs this code and meets the others where it needs what they computed. What an item computes depends on
/// nothing but the rows, so results do not depend on the threads.
/// </remarks>
internal sealed unsafe class NetworkPass : TeamJob
{
    private const int PhasesOfLayer = 9, PhasesOfHead = 2;

    private const int RowsAhead = 2;

    // To ask for an item waits until what was stored has arrived: not after every row.
    private const int RowsOfItem = 16;

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

        shares.Reset(1 + PhasesOfLayer * config.Layers + PhasesOfHead, threads);
        Team.Shared.Run(this, threads);
    }

    /// <summary>Writes what the head would read: the final norm of a row's residual stream, (hidden), as the last pass left it.</summary>
    public void ReadHidden(int row, float* target) =>
        RmsNorm.Apply(space.Residual(row), 1, weights.Norm, config.HiddenSize, config.NormEpsilon, target);

    protected override void Work(int member)
    {
        var own = space.Member(member);
        var inputs = EachPreparesTheRow ? own.Inputs : space.Inputs(0);
        int phase = 0, taken = 0;

        for (int row; (row = NextItem(Block.Count)) >= 0;)
            Embed(row);
        Meet();

        for (var layer = 0; layer < config.Layers; layer++)
        {
            var weight = weights.Layers[layer];

            for (int row; (row = NextRow(Block.Count)) >= 0;)
                Normalize(row, weight.AttentionNorm, products, inputs + row * (nint)space.InputStride, own);
            MeetAfterRows();
            PanelItems query = Items(weight.Query), key = Items(weight.Key), value = Items(weight.Value);
            for (int item; (item = NextItem(query.Count + key.Count + value.Count)) >= 0;)
            {
                if (item < query.Count)
                    Multiply(weight.Query, query[item], inputs, space.Query(0), space.QueryStride);
                else if ((item -= query.Count) < key.Count)
                    Multiply(weight.Key, key[item], inputs, space.Key(0), space.KeyStride);
                else
                    Multiply(weight.Value, value[item - key.Count], inputs, space.Value(0), space.KeyStride);
            }

            Meet();
            if (Block.Runs.Count < Block.Count)
            {
                var blocks = (Block.Count + RowsOfItem - 1) / RowsOfItem;
                for (int item; (item = NextItem(config.KeyValueHeads * blocks)) >= 0;)
                {
                    var (head, block) = Math.DivRem(item, blocks);
                    for (var row = block * RowsOfItem; row < Math.Min((block + 1) * RowsOfItem, Block.Count); row++)
                    {
                        Fetch(row + RowsAhead, head);
                        Store(layer, row, head);
                    }
                }

                Meet();
            }

            for (int item; (item = NextItem(attentionItems.Count)) >= 0;)
                Attend(layer, item, own);
            Meet();
            for (int row; (row = NextRow(Block.Count)) >= 0;)
                products.Prepare(space.Mixed(row), weight.Output.Tiles, inputs + row * (nint)space.InputStride);
            MeetAfterRows();
            var output = Items(weight.Output);
            for (int item; (item = NextItem(output.Count)) >= 0;)
                ProjectAttention(weight.Output, output[item], inputs);
            Meet();

            for (int row; (row = NextRow(Block.Count)) >= 0;)
                Normalize(row, weight.FeedForwardNorm, products, inputs + Block.Rank(layer, row) * (nint)space.InputStride, own);
            MeetAfterRows();
            var neurons = new PanelItems(weight.Up, PackedMatrix.PanelsOf(Block.Width(layer, 0)), Block.Count, Members);
            for (int item; (item = NextItem(neurons.Count)) >= 0;)
                NestedFeedForward.Activate(products, config.FeedForward, weight, layer, neurons[item], inputs, Block, space, own);
            Meet();
            var down = Items(weight.Down);
            for (int item; (item = NextItem(down.Count)) >= 0;)
                ProjectNeurons(weight.Down, layer, down[item]);
            Meet();
        }

        for (int i; (i = NextRow(predicted.Count)) >= 0;)
            Normalize(predicted[i], weights.Norm, headProducts, inputs + i * (nint)space.InputStride, own);
        MeetAfterRows();
        var scores = new PanelItems(weights.Head, predicted.Count > 0 ? weights.Head.Panels : 0, predicted.Count, Members);
        for (int item; (item = NextItem(scores.Count)) >= 0;)
            Predict(scores[item], inputs, own);

        int NextItem(int count)
        {
            var item = shares.Next(phase, member, Members, count);
            if (item < 0)
                phase++;
            return item;
        }

        int NextRow(int count)
        {
            if (!EachPreparesTheRow)
                return NextItem(count);
            taken = taken < count ? taken + 1 : 0;
            return taken - 1;
        }

        void MeetAfterRows()
        {
            if (!EachPreparesTheRow)
                Meet();
        }
    }

    // One row is sooner prepared by every member for itself than handed on.
    private bool EachPreparesTheRow => Block.Count == 1;

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

    // Asks for what will be stored soon: one head's rows lie too far apart for a processor to foresee them.
    private void Fetch(int row, int head)
    {
        if (row >= Block.Count)
            return;
        int headSize = config.HeadSize, sharing = config.Heads / config.KeyValueHeads;
        Prefetch.Floats(space.Query(row) + head * sharing * headSize, sharing * headSize);
        Prefetch.Floats(space.Key(row) + head * headSize, headSize);
        Prefetch.Floats(space.Value(row) + head * headSize, headSize);
    }

    // Finishes and rotates a row's queries and keys of one key-value head and puts keys and values into the row's cache.
    private void Store(int layer, int row, int head)
    {
        int headSize = config.HeadSize, sharing = config.Heads / config.KeyValueHeads;
        int position = Block.Position(row), slot = position % KvLayout.PageTokens;
        float* query = space.Query(row) + head * sharing * headSize, key = space.Key(row) + head * headSize, value = space.Value(row) + head * headSize;
        HeadAdapter.Finish(config, weights.Layers[layer], head, query, key, value);
        positions.Rotate(query, 1, sharing, space.Cosines(row), space.Sines(row));
        positions.Rotate(key, 1, 1, space.Cosines(row), space.Sines(row));

        var page = Block.Cache(row).Page(position / KvLayout.PageTokens);
        var keys = page.Keys(layer, head) + slot;
        for (var i = 0; i < headSize; i++)
            keys[(nint)i * KvLayout.PageTokens] = key[i];
        var values = page.Values(layer, head) + (nint)slot * Block.Cache(row).Layout.ValueStride;
        new ReadOnlySpan<float>(value, headSize).CopyTo(new Span<float>(values, headSize));
    }

    private void Attend(int layer, int item, MemberSpace own)
    {
        var (run, head, first, end) = attentionItems[item];
        if (Block.Runs.Count == Block.Count)
            Store(layer, Block.Runs[run].First, head);
        CachedAttention.Mix(attention, config, layer, head, Block.Runs[run], first, end, space, own);
    }

    private void ProjectAttention(PackedMatrix output, PanelRange panels, byte* inputs)
    {
        Multiply(output, panels, inputs, space.Projected(0), space.HiddenStride);
        for (var row = 0; row < Block.Count; row++)
            AddPanels(space.Residual(row), space.Projected(row), panels);
    }

    private void ProjectNeurons(PackedMatrix down, int layer, PanelRange panels)
    {
        NestedFeedForward.Project(products, down, layer, panels, Block, space);
        for (var row = 0; row < Block.Count; row++)
            AddPanels(space.Residual(row), space.Projected(Block.Rank(layer, row)), panels);
    }

    // Scores of every row that wants them, 64 a panel.
    private void Predict(PanelRange panels, byte* inputs, MemberSpace own)
    {
        int first = panels.First * Tile.Rows, stride = panels.Count * Tile.Rows;
        PanelProduct.Multiply(headProducts, weights.Head, panels, inputs, space.InputStride, predicted.Count, own.Up, stride);
        var count = Math.Min(stride, config.VocabularySize - first);
        for (var i = 0; i < predicted.Count; i++)
            new ReadOnlySpan<float>(own.Up + (nint)i * stride, count).CopyTo(new Span<float>(Block.Logits(predicted[i]) + first, count));
    }

    private PanelItems Items(PackedMatrix matrix) => new(matrix, matrix.Panels, Block.Count, Members);

    private void Multiply(PackedMatrix matrix, PanelRange panels, byte* inputs, float* output, int stride) =>
        PanelProduct.Multiply(products, matrix, panels, inputs, space.InputStride, Block.Count, output + panels.First * Tile.Rows, stride);

    private static void AddPanels(float* stream, float* addition, PanelRange panels) =>
        Residual.Add(stream + panels.First * Tile.Rows, addition + panels.First * Tile.Rows, panels.Count * Tile.Rows);

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
