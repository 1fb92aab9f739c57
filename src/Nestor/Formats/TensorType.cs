namespace Nestor.Formats;

/// <summary>The type of a tensor's elements, little-endian, named as in a safetensors header.</summary>
public enum TensorType
{
    /// <summary>64-bit float.</summary>
    F64,

    /// <summary>32-bit float.</summary>
    F32,

    /// <summary>16-bit float with 5 exponent bits, IEEE half.</summary>
    F16,

    /// <summary>16-bit float with 8 exponent bits: the upper half of an <see cref="F32"/>.</summary>
    BF16,

    /// <summary>64-bit signed integer.</summary>
    I64,

    /// <summary>32-bit signed integer.</summary>
    I32,

    /// <summary>16-bit signed integer.</summary>
    I16,

    /// <summary>8-bit signed integer.</summary>
    I8,

    /// <summary>8-bit unsigned integer.</summary>
    U8,

    /// <summary>One byte, 0 or 1.</summary>
    Bool,
}

/// <summary>What is known of a <see cref="TensorType"/>.</summary>
public static class TensorTypes
{
    extension(TensorType type)
    {
        /// <summary>Bytes of one element.</summary>
        public int Size => type switch
        {
            TensorType.F64 or TensorType.I64 => 8,
            TensorType.F32 or TensorType.I32 => 4,
            TensorType.F16 or TensorType.BF16 or TensorType.I16 => 2,
            TensorType.I8 or TensorType.U8 or TensorType.Bool => 1,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a tensor type"),
        };

        /// <summary>Whether an element is a real number that <see cref="TensorView.CopyTo"/> converts.</summary>
        public bool IsFloating => type is TensorType.F64 or TensorType.F32 or TensorType.F16 or TensorType.BF16;

        /// <summary>The name in a safetensors header.</summary>
        internal string HeaderName => type == TensorType.Bool ? "BOOL" : type.ToString();
    }

    /// <summary>The type of a name in a safetensors header; null for a type that Nestor does not read.</summary>
    internal static TensorType? Find(string headerName)
    {
        foreach (var type in Enum.GetValues<TensorType>())
        {
            if (type.HeaderName == headerName)
                return type;
        }

        return null;
    }
}
