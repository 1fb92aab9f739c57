using Nestor.Inference.Cache;
using Nestor.Inference.Kernels;
using Nestor.Models;

namespace Nestor.Inference.Network;

/// <summary>Causal grouped-query attention over the pages of a cache (Ainslie et al. 2023), over all positions or a window of them (Jiang et al. 2023).</summary>
/// <remarks>
/// A page is a small matrix: scores are keys times queries, mixing is values times weights, both by the same kernel and both sums over
/// ascending elements or positions. Positions behind a token's own never enter a sum, so what an earlier text left there cannot matter.
/// </remarks>
internal static unsafe class CachedAttention
{
    // Scores of one head that stay in the second-level cache.
    private const int CachedScores = 1 << 16;

    // Rows that the kernel takes in one go: on the diagonal they share the sums up to the first row's position.
    private const int RowsTogether = 6;

    private const int MostTokens = 16 * RowsTogether;

    /// <summary>Tokens of a run that are computed together.</summary>
    public static int TokensTogether(in RowRun run)
    {
        var positions = run.Position + run.Count;
        return Math.Clamp(CachedScores / positions / RowsTogether, 1, MostTokens / RowsTogether) * RowsTogether;
    }

    /// <summary>Mixes the values for the query heads of one key-value head, for some tokens of a run.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="keyValueHead">Which key-value head.</param>
    /// <param name="run">The run; its keys and values are in the cache.</param>
    /// <param name="firstToken">The first token of the run to compute.</param>
    /// <param name="endToken">Behind the last.</param>
    /// <param name="space">Query in, Mixed out.</param>
    /// <param name="own">Buffers of the thread.</param>
    public static void Mix(
        AttentionKernel kernel, ModelConfig config, int layer, int keyValueHead, in RowRun run, int firstToken, int endToken, Workspace space, MemberSpace own)
    {
        int sharing = config.Heads / config.KeyValueHeads, head = keyValueHead * sharing, headSize = config.HeadSize;
        int tokens = endToken - firstToken, row = run.First + firstToken, first = run.Position + firstToken, window = config.SlidingWindow ?? int.MaxValue;
        if (tokens == 1)
        {
            // The heads that share keys and values are the rows: they have the same positions.
            var query = space.Query(row) + head * headSize;
            Mix(kernel, run.Cache, layer, keyValueHead, query, headSize, sharing, first, stepPerRow: 0, window, own);
            for (var i = 0; i < sharing; i++)
                Copy(own.Mixture + (nint)i * run.Cache.Layout.ValueStride, space.Mixed(row) + (head + i) * headSize, headSize);
            return;
        }

        for (var i = 0; i < sharing; i++)
        {
            var query = space.Query(row) + (head + i) * headSize;
            Mix(kernel, run.Cache, layer, keyValueHead, query, space.QueryStride, tokens, first, stepPerRow: 1, window, own);
            for (var t = 0; t < tokens; t++)
                Copy(own.Mixture + (nint)t * run.Cache.Layout.ValueStride, space.Mixed(row + t) + (head + i) * headSize, headSize);
        }
    }

    // Rows see positions up to first + row * stepPerRow, inclusive, and of these the last ones that the window holds.
    private static void Mix(
        AttentionKernel kernel, KvCache cache, int layer, int head, float* query, nint queryStride, int rows, int first, int stepPerRow, int window, MemberSpace own)
    {
        const int page = KvLayout.PageTokens;
        int headSize = cache.Layout.HeadSize, valueStride = cache.Layout.ValueStride;
        int positions = first + (rows - 1) * stepPerRow + 1, pages = (positions + page - 1) / page;
        int scoreStride = pages * page + Workspace.RowGap, firstPage = Math.Max(0, first - window + 1) / page;
        own.Reserve((long)rows * scoreStride, (long)rows * valueStride);

        for (var i = firstPage; i < pages; i++)
        {
            var blind = stepPerRow == 0 ? 0 : Math.Max(0, i * page - first) / RowsTogether * RowsTogether;
            float* keys = cache.Page(i).Keys(layer, head), scores = own.Scores + (nint)blind * scoreStride + i * page;
            kernel.Multiply(keys, page, LanesOf(Math.Min(page, positions - i * page)), headSize, query + blind * queryStride, queryStride, rows - blind, scores, scoreStride, add: false);
        }

        var scale = 1 / MathF.Sqrt(headSize);
        for (var row = 0; row < rows; row++)
            Weigh(kernel, own.Scores + (nint)row * scoreStride, firstPage * page, first + row * stepPerRow, window, scale);

        new Span<float>(own.Mixture, rows * valueStride).Clear();
        for (var i = firstPage; i < pages; i++)
        {
            float* values = cache.Page(i).Values(layer, head), weights = own.Scores + i * page;
            var seenByAll = Math.Min(page, first + 1 - i * page);
            if (seenByAll == page || stepPerRow == 0)
                kernel.Multiply(values, valueStride, valueStride, seenByAll, weights, scoreStride, rows, own.Mixture, valueStride, add: true);
            else
                MixDiagonal(kernel, values, valueStride, weights, scoreStride, rows, seenByAll, own.Mixture);
        }
    }

    // A number of positions in whole vectors.
    private static int LanesOf(int positions) => (int)Vectors.Count(positions) * Vectors.Lanes;

    // Scores of the positions from "start" on to weights: those before the window weigh nothing. Lanes of the sum are positions modulo 16.
    private static void Weigh(AttentionKernel kernel, float* scores, int start, int position, int window, float scale)
    {
        int seen = Math.Max(0, position - window + 1), whole = seen / Vectors.Lanes * Vectors.Lanes;
        new Span<float>(scores + start, Math.Max(0, whole - start)).Clear();
        new Span<float>(scores + whole, seen - whole).Fill(float.NegativeInfinity);
        kernel.Softmax(scores + whole, position + 1 - whole, scale);
    }

    // A page that later rows see more of than earlier ones.
    private static void MixDiagonal(
        AttentionKernel kernel, float* values, int valueStride, float* weights, nint weightStride, int rows, int seenByFirst, float* mixture)
    {
        for (var row = 0; row < rows; row += RowsTogether)
        {
            var together = Math.Min(RowsTogether, rows - row);
            var seenByAll = Math.Clamp(seenByFirst + row, 0, KvLayout.PageTokens);
            if (seenByAll > 0)
                kernel.Multiply(values, valueStride, valueStride, seenByAll, weights + row * weightStride, weightStride, together, mixture + (nint)row * valueStride, valueStride, add: true);
            for (var i = row + 1; i < row + together; i++)
            {
                var rest = Math.Clamp(seenByFirst + i, 0, KvLayout.PageTokens) - seenByAll;
                if (rest > 0)
                    kernel.Multiply(values + (nint)seenByAll * valueStride, valueStride, valueStride, rest, weights + i * weightStride + seenByAll, weightStride, 1, mixture + (nint)i * valueStride, valueStride, add: true);
            }
        }
    }

    private static void Copy(float* from, float* to, int count) => new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
}
