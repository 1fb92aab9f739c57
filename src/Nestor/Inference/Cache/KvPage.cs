namespace Nestor.Inference.Cache;

/// <summary>Keys and values of 64 positions, of all layers and heads, in one piece of memory; see <see cref="KvLayout"/>.</summary>
internal sealed unsafe class KvPage(KvLayout layout)
{
    private readonly FloatBuffer memory = new(layout.PageLength);

    /// <summary>Caches and indexes that hold the page. Only the pool changes it, and only the pool's lock guards it.</summary>
    public int References { get; set; }

    /// <summary>Keys of a head: (head size, 64 positions).</summary>
    public float* Keys(int layer, int head) => memory.Pointer + layout.KeysAt(layer, head);

    /// <summary>Values of a head: (64 positions, <see cref="KvLayout.ValueStride"/>), zeros behind the head's elements.</summary>
    public float* Values(int layer, int head) => memory.Pointer + layout.ValuesAt(layer, head);

    public void Clear() => Span.Clear();

    public void CopyFrom(KvPage other) => other.Span.CopyTo(Span);

    private Span<float> Span => new(memory.Pointer, (int)memory.Length);
}
