using Nestor.Models;

namespace Nestor.Inference.Cache;

/// <summary>Where keys and values lie in a page of 64 positions, so that attention reads each as one panel.</summary>
/// <remarks>
/// <code>
/// page    [layers][key-value heads] of
/// keys    [head size][64 positions]     lanes are positions: the panel of scores
/// values  [64 positions][value stride]  lanes are elements: the panel of mixing; the stride is the head size in whole vectors of 16
/// </code>
/// All are 32-bit floats, and every part begins at a multiple of a cache line.
/// </remarks>
internal sealed record KvLayout
{
    /// <summary>Positions of a page.</summary>
    public const int PageTokens = 64;

    public KvLayout(ModelConfig config)
    {
        config.Validate();
        (Layers, Heads, HeadSize) = (config.Layers, config.KeyValueHeads, config.HeadSize);
    }

    public int Layers { get; }

    /// <summary>Key-value heads.</summary>
    public int Heads { get; }

    /// <summary>Elements of a head.</summary>
    public int HeadSize { get; }

    /// <summary>Floats from one position's values to the next's.</summary>
    public int ValueStride => (int)Vectors.Count(HeadSize) * Vectors.Lanes;

    /// <summary>Floats of a page.</summary>
    public long PageLength => HeadLength * Heads * Layers;

    /// <summary>Bytes of a page.</summary>
    public long PageBytes => PageLength * sizeof(float);

    private long HeadLength => (long)PageTokens * (HeadSize + ValueStride);

    /// <summary>Whether a model's keys and values have this layout.</summary>
    public bool IsOf(ModelConfig config) => (Layers, Heads, HeadSize) == (config.Layers, config.KeyValueHeads, config.HeadSize);

    /// <summary>Pages that hold a number of positions.</summary>
    public static int PagesOf(int tokens) => (tokens + PageTokens - 1) / PageTokens;

    /// <summary>Floats before the keys of a head.</summary>
    public nint KeysAt(int layer, int head) => (nint)(((long)layer * Heads + head) * HeadLength);

    /// <summary>Floats before the values of a head.</summary>
    public nint ValuesAt(int layer, int head) => KeysAt(layer, head) + (nint)PageTokens * HeadSize;
}
