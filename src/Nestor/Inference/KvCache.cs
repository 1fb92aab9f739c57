using Nestor.Models;

namespace Nestor.Inference;

/// <summary>Keys and values of the tokens a decoder has read, for every layer.</summary>
/// <remarks>
/// Attention is full-size in every granularity (MatFormer §3.1), so one cache serves every width plan, and a plan may change from
/// token to token. Starts small and grows with the text, up to the context length. Not thread-safe; one cache is one sequence.
/// </remarks>
public sealed class KvCache
{
    private const int FirstCapacity = 64;

    private readonly FloatBuffer[] keys;
    private readonly FloatBuffer[] values;
    private int capacity;

    /// <summary>Creates an empty cache for a model.</summary>
    /// <exception cref="NestorException">The configuration cannot be built.</exception>
    public KvCache(ModelConfig config)
    {
        config.Validate();
        ContextLength = config.ContextLength;
        VectorSize = config.KeyValueHeads * config.HeadSize;
        keys = [.. Enumerable.Range(0, config.Layers).Select(_ => new FloatBuffer(0))];
        values = [.. Enumerable.Range(0, config.Layers).Select(_ => new FloatBuffer(0))];
    }

    /// <summary>Tokens read so far; the next token's position.</summary>
    public int Length { get; private set; }

    /// <summary>Most tokens the cache can hold.</summary>
    public int ContextLength { get; }

    internal int Layers => keys.Length;

    /// <summary>Floats of one position's keys (or values): key-value heads times head size.</summary>
    internal int VectorSize { get; }

    /// <summary>Forgets all tokens after the first <paramref name="length"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or more than <see cref="Length"/>.</exception>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <summary>Keys of a layer: (positions, key-value heads, head size). Valid until the next <see cref="Reserve"/>.</summary>
    internal unsafe float* Keys(int layer) => keys[layer].Pointer;

    /// <summary>Values of a layer: (positions, key-value heads, head size). Valid until the next <see cref="Reserve"/>.</summary>
    internal unsafe float* Values(int layer) => values[layer].Pointer;

    /// <summary>Makes room for tokens after <see cref="Length"/>, without counting them yet.</summary>
    /// <exception cref="NestorException">They do not fit in the context.</exception>
    internal void Reserve(int tokens)
    {
        var needed = (long)Length + tokens;
        if (needed > ContextLength)
            throw new NestorException($"{tokens} more tokens after the {Length} already read do not fit in the model's context of {ContextLength}; shorten the text, or forget some of it.");
        if (needed <= capacity)
            return;

        var room = (int)Math.Min(ContextLength, Math.Max(needed, Math.Max(FirstCapacity, 2L * capacity)));
        for (var layer = 0; layer < Layers; layer++)
        {
            keys[layer] = Grown(keys[layer], room);
            values[layer] = Grown(values[layer], room);
        }

        capacity = room;
    }

    /// <summary>Counts tokens whose keys and values have been written.</summary>
    internal void Advance(int tokens) => Length += tokens;

    private unsafe FloatBuffer Grown(FloatBuffer old, int positions)
    {
        var grown = new FloatBuffer((long)positions * VectorSize);
        var used = (long)Length * VectorSize * sizeof(float);
        Buffer.MemoryCopy(old.Pointer, grown.Pointer, used, used);
        return grown;
    }
}
