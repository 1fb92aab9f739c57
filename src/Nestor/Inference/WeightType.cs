namespace Nestor.Inference;

/// <summary>How the engine holds a matrix of weights.</summary>
public enum WeightType
{
    /// <summary>32-bit floats.</summary>
    F32,

    /// <summary>The upper halves of 32-bit floats; activations are rounded to the same type before they are multiplied.</summary>
    BF16,

    /// <summary>IEEE half floats; activations stay 32-bit floats.</summary>
    F16,

    /// <summary>8-bit integers in blocks of 32 columns with one BF16 scale: 8.5 bits per weight. Activations are 8-bit in the same blocks.</summary>
    Q8,

    /// <summary>4-bit integers in blocks of 32 columns with one BF16 scale: 4.5 bits per weight. Activations are 8-bit in the same blocks.</summary>
    Q4,
}
