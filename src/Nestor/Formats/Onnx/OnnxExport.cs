using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Nestor.Models;

namespace Nestor.Formats.Onnx;

/// <summary>Writes a model at a width plan as an ONNX model, for ONNX Runtime and its relatives.</summary>
/// <remarks>
/// Weights are 32-bit floats, (outputs, inputs) as they lie in the model folder. Up to 2 GB they are in the model's file, the format's
/// limit; larger ones are in a file beside it, <c>FILE.data</c>, which the model names: the two stay together.
/// </remarks>
public static class OnnxExport
{
    // The oldest version of the format that knows operator set 18.
    private const int FormatVersion = 8, OperatorSet = 18;

    // Fields of ModelProto and OperatorSetIdProto.
    private const int IrVersion = 1, ProducerName = 2, Graph = 7, OpsetImport = 8, Domain = 1, Version = 2;

    /// <summary>Most bytes of weights in the model's own file; the graph takes the rest of 2 GiB.</summary>
    private const long MostInside = 2_000_000_000;

    /// <summary>Weights in a file of their own begin at a page, so that readers can map them.</summary>
    private const int Alignment = 4096;

    /// <summary>Writes the file, or the two; weights are streamed from the model's mapping, so memory does not grow with the model.</summary>
    /// <param name="checkpoint">The open model folder.</param>
    /// <param name="path">The file to create, most often <c>.onnx</c>.</param>
    /// <param name="options">Widths and inputs; the defaults if not given.</param>
    /// <exception cref="NestorException">
    /// A file exists and may not be replaced, the folder is packed, the plan does not fit, the model has tensors that the exported network
    /// does not compute with, or a file cannot be written.
    /// </exception>
    public static void Write(Checkpoint checkpoint, string path, OnnxExportOptions? options = null)
    {
        options ??= new OnnxExportOptions();
        checkpoint.ThrowIfPacked("to export");
        var plan = options.Plan ?? checkpoint.Config.FullWidths;
        WidthPlanText.Validate(plan, checkpoint.Config);
        OutputFile.ThrowIfTaken(path, options.Overwrite);

        var config = checkpoint.Config with { FullWidths = plan, Granularities = [] };
        var shapes = TensorNames.All(config).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal);
        var graph = OnnxDecoder.Graph(config, options.Cache, name => Weight(checkpoint, name, shapes[name]));
        if (shapes.Keys.Except(graph.Weights.Select(tensor => tensor.Name)).FirstOrDefault() is { } unused)
            throw new NestorException($"The exported network does not compute with the tensor '{unused}' of '{checkpoint.Folder}'; a model of this family cannot be exported as ONNX.");

        if (options.ExternalData || graph.Weights.Sum(tensor => tensor.ByteCount) > MostInside)
            WriteTwoFiles(graph, path, options.Overwrite);
        else
            AtomicFile.Write(path, Model(graph, tensor => tensor.Inline()).WriteTo);
    }

    private static void WriteTwoFiles(OnnxGraph graph, string path, bool overwrite)
    {
        var data = path + ".data";
        OutputFile.ThrowIfTaken(data, overwrite);
        var offsets = new Dictionary<string, long>(StringComparer.Ordinal);
        long end = 0;
        foreach (var tensor in graph.Weights)
        {
            offsets.Add(tensor.Name, end);
            end = Aligned(end + tensor.ByteCount);
        }

        var model = Model(graph, tensor => tensor.Outside(Path.GetFileName(data), offsets[tensor.Name]));
        Remove(path);
        AtomicFile.Write(data, stream =>
        {
            foreach (var tensor in graph.Weights)
            {
                stream.Write(new byte[offsets[tensor.Name] - stream.Position]);
                tensor.Write(stream);
            }
        });
        AtomicFile.Write(path, model.WriteTo);
    }

    /// <summary>A model that is about to be replaced goes first, so that no moment shows one model's graph with another's weights.</summary>
    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Writing(path, error);
        }
    }

    private static ProtoMessage Model(OnnxGraph graph, Func<OnnxTensor, ProtoMessage> weight) => new ProtoMessage()
        .Add(IrVersion, FormatVersion)
        .Add(ProducerName, "Nestor")
        .Add(Graph, graph.Finish("decoder", weight))
        .Add(OpsetImport, new ProtoMessage().Add(Domain, "").Add(Version, OperatorSet));

    private static OnnxTensor Weight(Checkpoint checkpoint, string name, ImmutableArray<long> shape)
    {
        var source = checkpoint.Tensors.Get(name);
        return new OnnxTensor(name, OnnxType.Float, shape, stream => Write(source, shape, stream));
    }

    /// <summary>The first rows, or the first columns, of a tensor as 32-bit floats.</summary>
    private static void Write(TensorView source, ImmutableArray<long> shape, Stream stream)
    {
        const int chunk = 1 << 18;
        var (columns, stored) = ((int)shape[^1], (int)source.Shape[^1]);
        var rows = shape.Length == 1 ? 1 : shape[0];
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

    private static long Aligned(long length) => (length + Alignment - 1) / Alignment * Alignment;
}
