using Nestor.Models;

namespace Nestor.Formats;

/// <summary>What a model becomes as a GGUF file.</summary>
public sealed record GgufExportOptions
{
    /// <summary>Type of the matrices; norms stay 32-bit floats.</summary>
    public GgufType Type { get; init; } = GgufType.F32;

    /// <summary>Type of the token embedding and the output head; if not given, that of the matrices, but <see cref="GgufType.Q8"/> with <see cref="GgufType.Q4"/>.</summary>
    public GgufType? EmbeddingType { get; init; }

    /// <summary>Feed-forward neurons of each layer; everything the model has if not given.</summary>
    public WidthPlan? Plan { get; init; }

    /// <summary>Whether a file of the name may be replaced.</summary>
    public bool Overwrite { get; init; }
}
