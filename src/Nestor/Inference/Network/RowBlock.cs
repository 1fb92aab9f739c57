using Nestor.Models;

namespace Nestor.Inference.Network;

/// <summary>The rows that pass through the network together: each a token of some sequence, at the sequence's own plan.</summary>
/// <remarks>
/// In feed-forward blocks rows stand in the order of their widths, widest first, so that the rows which reach a neuron are always the
/// first ones and each band of neurons is read and computed once for all of them.
/// </remarks>
internal sealed unsafe class RowBlock(int layers)
{
    private readonly List<RowRun> runs = [];
    private readonly int[][] ranks = NewRows(layers);
    private readonly int[][] widths = NewRows(layers);
    private int[] tokens = new int[1];
    private int[] runOfRow = new int[1];
    private int[] byWidth = [];
    private nint[] logits = new nint[1];

    /// <summary>Number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Rows whose scores are wanted.</summary>
    public int Predicted { get; private set; }

    /// <summary>The sequences' parts, in the order of rows.</summary>
    public List<RowRun> Runs => runs;

    /// <summary>Empties the block.</summary>
    public void Clear()
    {
        runs.Clear();
        (Count, Predicted) = (0, 0);
    }

    /// <summary>Adds consecutive tokens of a sequence.</summary>
    /// <param name="cache">The sequence's cache.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="position">Position of the first token.</param>
    /// <param name="ids">The tokens.</param>
    /// <param name="firstPredicted">The first of them whose scores are wanted; their number if none.</param>
    /// <param name="scores">(tokens - firstPredicted, vocabulary) receives the scores.</param>
    /// <param name="vocabulary">Length of one token's scores.</param>
    public void Add(KvCache cache, WidthPlan plan, int position, ReadOnlySpan<int> ids, int firstPredicted, float* scores, int vocabulary)
    {
        EnsureRoom(Count + ids.Length);
        ids.CopyTo(tokens.AsSpan(Count));
        runOfRow.AsSpan(Count, ids.Length).Fill(runs.Count);
        runs.Add(new RowRun(cache, plan, Count, ids.Length, position));
        for (var i = 0; i < ids.Length; i++)
            logits[Count + i] = i < firstPredicted ? 0 : (nint)(scores + (nint)(i - firstPredicted) * vocabulary);
        Count += ids.Length;
        Predicted += ids.Length - firstPredicted;
    }

    public int Token(int row) => tokens[row];

    public int Position(int row) => runs[runOfRow[row]].Position + row - runs[runOfRow[row]].First;

    public KvCache Cache(int row) => runs[runOfRow[row]].Cache;

    /// <summary>Where a row's scores go; null where they are not wanted.</summary>
    public float* Logits(int row) => (float*)logits[row];

    /// <summary>Place of a row among the layer's rows by width, widest first.</summary>
    public int Rank(int layer, int row) => ranks[layer][row];

    /// <summary>Feed-forward neurons of the row at a place.</summary>
    public int Width(int layer, int rank) => widths[layer][rank];

    /// <summary>How many of the first places have a neuron.</summary>
    public int Reaching(int layer, int neuron)
    {
        var reaching = Count;
        while (reaching > 0 && widths[layer][reaching - 1] <= neuron)
            reaching--;
        return reaching;
    }

    /// <summary>Sorts the rows of every layer; called when all have been added.</summary>
    public void Sort()
    {
        if (byWidth.Length < runs.Count)
            byWidth = new int[runs.Count];
        for (var layer = 0; layer < layers; layer++)
        {
            SortRuns(layer);
            var rank = 0;
            for (var i = 0; i < runs.Count; i++)
            {
                var run = runs[byWidth[i]];
                widths[layer].AsSpan(rank, run.Count).Fill(run.Plan[layer]);
                for (var row = run.First; row < run.First + run.Count; row++)
                    ranks[layer][row] = rank++;
            }
        }
    }

    // By insertion: few runs, mostly of one width.
    private void SortRuns(int layer)
    {
        for (var i = 0; i < runs.Count; i++)
        {
            var at = i;
            for (; at > 0 && runs[byWidth[at - 1]].Plan[layer] < runs[i].Plan[layer]; at--)
                byWidth[at] = byWidth[at - 1];
            byWidth[at] = i;
        }
    }

    private void EnsureRoom(int rows)
    {
        if (rows <= tokens.Length)
            return;
        rows = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)rows);
        Array.Resize(ref tokens, rows);
        Array.Resize(ref runOfRow, rows);
        Array.Resize(ref logits, rows);
        for (var layer = 0; layer < layers; layer++)
        {
            Array.Resize(ref ranks[layer], rows);
            Array.Resize(ref widths[layer], rows);
        }
    }

    private static int[][] NewRows(int layers) => [.. Enumerable.Range(0, layers).Select(_ => new int[1])];
}
