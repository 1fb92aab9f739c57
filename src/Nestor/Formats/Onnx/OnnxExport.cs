using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Formats.Onnx;

/// <summary>Writes a model at a width plan as an ONNX model, for ONNX Runtime and its relatives.</summary>
/// <remarks>
/// Weights are 32-bit floats, (outputs, inputs) as they lie in the model folder. Up to 2 GB they are in the model's file, the format's
/// limit; larger ones are in a file beside it, <c>FILE.data</c>, which the model names: the two stay together.
/// </remarks>
public static class OnnxExport
{
    /// <summary>Writes the file, or the two; weights are streamed from the model's mapping, so memory does not grow with the model.</summary>
    /// <param name="checkpoint">The open model folder.</param>
    /// <param name="path">The file to create, most often <c>.onnx</c>.</param>
    /// <param name="options">Widths and inputs; the defaults if not given.</param>
    /// <exception cref="NestorException">
    /// A file exists and may not be replaced, the folder is packed, the plan does not fit, the model has tensors that the exported network
    /// does not compute with, or a file cannot be written.
    /// </exception>
    public static void Write(Checkpoint checkpoint, string path, OnnxExportOptions? options = null) => Write(checkpoint, path, options ?? new OnnxExportOptions(), OnnxFile.MostInside);

    /// <summary>Writes the file, or the two where there are more bytes of weights than <paramref name="mostInside"/>.</summary>
    internal static void Write(Checkpoint checkpoint, string path, OnnxExportOptions options, long mostInside)
    {
        checkpoint.ThrowIfPacked("to export");
        var plan = options.Plan ?? checkpoint.Config.FullWidths;
        WidthPlanText.Validate(plan, checkpoint.Config);
        OutputFile.ThrowIfTaken(path, options.Overwrite);

        var config = checkpoint.Config with { FullWidths = plan, Granularities = [] };
        var shapes = TensorNames.All(config).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal);
        var graph = OnnxDecoder.Graph(config, options.Cache, name => Weight(checkpoint.Tensors, name, shapes[name]));
        if (shapes.Keys.Except(graph.Weights.Select(tensor => tensor.Name)).FirstOrDefault() is { } unused)
            throw new NestorException($"The exported network does not compute with the tensor '{unused}' of '{checkpoint.Folder}'; a model of this family cannot be exported as ONNX.");

        OnnxFile.Write(graph, "decoder", path, options, mostInside);
    }

    /// <summary>Writes a vision model: pictures in as <c>pixel_values</c>, (batch, channels, height, width), normalised; <c>logits</c> and <c>embeddings</c> out.</summary>
    /// <param name="checkpoint">The open model folder.</param>
    /// <param name="path">The file to create, most often <c>.onnx</c>.</param>
    /// <param name="options">Widths; the defaults if not given.</param>
    /// <exception cref="NestorException">A file exists and may not be replaced, the plan does not fit, a cache is asked for, or a file cannot be written.</exception>
    public static void Write(VisionCheckpoint checkpoint, string path, OnnxExportOptions? options = null)
    {
        options ??= new OnnxExportOptions();
        if (options.Cache)
            throw new NestorException($"The model '{checkpoint.Folder}' reads pictures and has no keys and values to keep from call to call; leave the cache out.");
        var plan = options.Plan ?? checkpoint.Config.FullWidths;
        WidthPlanText.Validate(plan, checkpoint.Config);
        OutputFile.ThrowIfTaken(path, options.Overwrite);

        var config = checkpoint.Config with { FullWidths = plan, Granularities = [] };
        var shapes = VisionTensorNames.All(config).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal);
        OnnxFile.Write(OnnxEncoder.Graph(config, name => Weight(checkpoint.Tensors, name, shapes[name])), "encoder", path, options, OnnxFile.MostInside);
    }

    private static OnnxTensor Weight(TensorStore tensors, string name, ImmutableArray<long> shape)
    {
        var source = tensors.Get(name);
        return new OnnxTensor(name, OnnxType.Float, shape, stream => Write(source, shape, stream));
    }

    /// <summary>The first rows, or the first columns, of a tensor as 32-bit floats.</summary>
    private static void Write(TensorView source, ImmutableArray<long> shape, Stream stream)
    {
        const int chunk = 1 << 18;
        var rows = shape.Length == 1 ? 1 : shape[0];
        var (columns, stored) = ((int)(Count(shape) / rows), (int)(source.Count / (shape.Length == 1 ? 1 : source.Shape[0])));
        var step = Math.Max(1, chunk / stored);
        var values = new float[Math.Min(step, rows) * stored];
        for (long row = 0; row < rows; row += step)
        {
            var count = (int)Math.Min(step, rows - row);
            (shape.Length == 1 ? source : source.Rows(row, count)).CopyTo(values);
            if (columns == stored)
                stream.Write(MemoryMarshal.AsBytes(values.AsSpan(0, count * stored)));
            for (var i = 0; columns < stored && i < count; i++)
                stream.Write(MemoryMarshal.AsBytes(values.AsSpan(i * stored, columns)));
        }
    }

    private static long Count(ImmutableArray<long> shape) => shape.Aggregate(1L, (count, size) => checked(count * size));
}
