namespace Nestor.Formats;

/// <summary>How a GGUF file holds the elements of a tensor. Blocks are 32 elements of one row.</summary>
public enum GgufType
{
    /// <summary>32-bit float.</summary>
    F32,

    /// <summary>16-bit float with 5 exponent bits, IEEE half.</summary>
    F16,

    /// <summary>16-bit float with 8 exponent bits: the upper half of an <see cref="F32"/>, rounded to nearest.</summary>
    BF16,

    /// <summary>GGUF's <c>Q8_0</c>: a half-float scale, then 32 signed bytes. 8.5 bits per element.</summary>
    Q8,

    /// <summary>GGUF's <c>Q4_0</c>: a half-float scale, then 16 bytes, low nibbles elements 0 to 15, high nibbles the others, each 8 more than its value. 4.5 bits per element.</summary>
    Q4,
}

/// <summary>What is known of a <see cref="GgufType"/>.</summary>
internal static class GgufTypes
{
    /// <summary>Elements of a quantised block.</summary>
    public const int QuantizedBlock = 32;

    /// <summary>The type of a number in a file; null for one that Nestor does not read.</summary>
    public static GgufType? Find(uint number)
    {
        foreach (var type in Enum.GetValues<GgufType>())
        {
            if (type.Number == number)
                return type;
        }

        return null;
    }

    extension(GgufType type)
    {
        /// <summary>The number of the type in a file (<c>ggml_type</c>).</summary>
        public uint Number => type switch
        {
            GgufType.F32 => 0,
            GgufType.F16 => 1,
            GgufType.Q4 => 2,
            GgufType.Q8 => 8,
            GgufType.BF16 => 30,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a GGUF type"),
        };

        /// <summary>The number of a file of which most tensors have the type (<c>general.file_type</c>).</summary>
        public uint FileNumber => type switch
        {
            GgufType.F32 => 0,
            GgufType.F16 => 1,
            GgufType.Q4 => 2,
            GgufType.Q8 => 7,
            GgufType.BF16 => 32,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a GGUF type"),
        };

        /// <summary>The name that GGUF's tools use.</summary>
        public string GgufName => type switch
        {
            GgufType.Q8 => "Q8_0",
            GgufType.Q4 => "Q4_0",
            _ => type.ToString(),
        };

        /// <summary>Elements of a block; rows are whole blocks.</summary>
        public int BlockElements => type is GgufType.Q8 or GgufType.Q4 ? QuantizedBlock : 1;

        /// <summary>Bytes of a block.</summary>
        public int BlockBytes => type switch
        {
            GgufType.F32 => sizeof(float),
            GgufType.F16 or GgufType.BF16 => sizeof(ushort),
            GgufType.Q8 => sizeof(ushort) + QuantizedBlock,
            GgufType.Q4 => sizeof(ushort) + QuantizedBlock / 2,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a GGUF type"),
        };
    }
}
