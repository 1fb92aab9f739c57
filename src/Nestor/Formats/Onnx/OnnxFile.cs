namespace Nestor.Formats.Onnx;

/// <summary>Writes a graph as a model's file, or, with the weights in a file beside it, as two.</summary>
internal static class OnnxFile
{
    // The oldest version of the format that knows operator set 18.
    private const int FormatVersion = 8, OperatorSet = 18;

    // Fields of ModelProto, OperatorSetIdProto and StringStringEntryProto.
    private const int IrVersion = 1, ProducerName = 2, Graph = 7, OpsetImport = 8, MetadataProps = 14, Domain = 1, Version = 2, Key = 1, Value = 2;

    /// <summary>Most bytes of weights in the model's own file; the graph takes the rest of 2 GiB.</summary>
    public const long MostInside = 2_000_000_000;

    /// <summary>Weights in a file of their own begin at a page, so that readers can map them.</summary>
    private const int Alignment = 4096;

    /// <summary>Writes a graph.</summary>
    /// <param name="graph">The finished graph.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="path">The model's file.</param>
    /// <param name="options">Whether the weights lie beside it even where they would fit into it, and whether files may be replaced.</param>
    /// <param name="mostInside">Most bytes of weights in the model's own file.</param>
    /// <exception cref="NestorException">A file exists and may not be replaced, or cannot be written.</exception>
    public static void Write(OnnxGraph graph, string name, string path, OnnxExportOptions options, long mostInside)
    {
        if (options.ExternalData || graph.Weights.Sum(tensor => tensor.ByteCount) > mostInside)
            WriteTwoFiles(graph, name, path, options.Overwrite);
        else
            AtomicFile.Write(path, Model(graph, name, tensor => tensor.Inline()).WriteTo);
    }

    private static void WriteTwoFiles(OnnxGraph graph, string name, string path, bool overwrite)
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

        var model = Model(graph, name, tensor => tensor.Outside(Path.GetFileName(data), offsets[tensor.Name]));
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

    private static ProtoMessage Model(OnnxGraph graph, string name, Func<OnnxTensor, ProtoMessage> weight)
    {
        var model = new ProtoMessage()
            .Add(IrVersion, FormatVersion)
            .Add(ProducerName, "Nestor")
            .Add(Graph, graph.Finish(name, weight))
            .Add(OpsetImport, new ProtoMessage().Add(Domain, "").Add(Version, OperatorSet));
        foreach (var (key, value) in graph.Metadata)
            model.Add(MetadataProps, new ProtoMessage().Add(Key, key).Add(Value, value));
        return model;
    }

    private static long Aligned(long length) => (length + Alignment - 1) / Alignment * Alignment;
}
