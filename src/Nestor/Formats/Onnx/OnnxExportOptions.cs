using Nestor.Models;

namespace Nestor.Formats.Onnx;

/// <summary>What a model becomes as an ONNX file.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>Feed-forward neurons of each layer; everything the model has if not given.</summary>
    public WidthPlan? Plan { get; init; }

    /// <summary>Whether keys and values of earlier calls are inputs, and those of all calls so far outputs, so that text is written token by token.</summary>
    public bool Cache { get; init; }

    /// <summary>Whether the weights lie in a file beside the model's even where they would fit into it.</summary>
    public bool ExternalData { get; init; }

    /// <summary>Whether files of the names may be replaced.</summary>
    public bool Overwrite { get; init; }
}
