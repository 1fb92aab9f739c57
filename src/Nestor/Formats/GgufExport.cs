using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Nestor.Models;

namespace Nestor.Formats;

/// <summary>Writes a model at a width plan as a GGUF file, for llama.cpp and its relatives.</summary>
/// <remarks>
/// Of the architectures there, <c>llama</c>, <c>qwen2</c> and <c>qwen3</c> hold gated blocks of one width, <c>deci</c> gated blocks of a
/// width for each layer, and <c>arcee</c> squared-ReLU blocks of one width. Where rotary positions turn neighbours (all but Qwen's),
/// the rows of query and key projections change their order. A tokenizer goes with the model.
/// </remarks>
public static class GgufExport
{
    /// <summary>Writes the file; tensors are streamed from the model's mapping, converted row by row.</summary>
    /// <param name="checkpoint">The open model folder.</param>
    /// <param name="path">The file to create.</param>
    /// <param name="options">Types and widths; the defaults if not given.</param>
    /// <exception cref="NestorException">
    /// The file exists and may not be replaced, the folder is packed, the plan does not fit, no architecture has such feed-forward
    /// blocks, widths or attention, a row is not whole blocks of the type, a weight is beyond the range of the type, or the file cannot be written.
    /// All but the last two are found before anything is written, and nothing is left behind after those.
    /// </exception>
    public static void Write(Checkpoint checkpoint, string path, GgufExportOptions? options = null)
    {
        options ??= new GgufExportOptions();
        checkpoint.ThrowIfPacked("to export");
        var config = checkpoint.Config;
        var plan = options.Plan ?? config.FullWidths;
        WidthPlanText.Validate(plan, config);
        var architecture = GgufArchitecture.Of(config, plan);
        OutputFile.ThrowIfTaken(path, options.Overwrite);

        config = config with { FullWidths = plan, Granularities = [] };
        var embedding = options.EmbeddingType ?? (options.Type == GgufType.Q4 ? GgufType.Q8 : options.Type);
        var tensors = TensorNames.All(config).Select(tensor => Tensor(checkpoint, config, architecture, tensor.Name, tensor.Shape, TypeOf(tensor.Name, tensor.Shape))).ToList();
        if (config.RopeScaling is { } scaling)
            tensors.Add(GgufRope.Tensor(config, scaling));
        GgufWriter.Write(path, Metadata(checkpoint, config, architecture, options.Type), tensors);

        GgufType TypeOf(string name, ImmutableArray<long> shape) =>
            shape.Length == 1 ? GgufType.F32 : name is TensorNames.Embedding or TensorNames.Head ? embedding : options.Type;
    }

    private static GgufMetadata Metadata(Checkpoint checkpoint, ModelConfig config, GgufArchitecture architecture, GgufType type)
    {
        var metadata = new GgufMetadata();
        metadata.Add("general.architecture", architecture.Name);
        metadata.Add("general.name", Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(checkpoint.Folder))));
        metadata.Add("general.file_type", type.FileNumber);
        metadata.Add("general.quantization_version", 2u);
        Add("vocab_size", config.VocabularySize);
        Add("context_length", config.ContextLength);
        Add("embedding_length", config.HiddenSize);
        Add("block_count", config.Layers);
        AddOfLayers("feed_forward_length", config.FullWidths.AsSpan().ToArray());
        AddOfLayers("attention.head_count", Enumerable.Repeat(config.Heads, config.Layers));
        AddOfLayers("attention.head_count_kv", Enumerable.Repeat(config.KeyValueHeads, config.Layers));
        Add("attention.key_length", config.HeadSize);
        Add("attention.value_length", config.HeadSize);
        metadata.Add(Key("attention.layer_norm_rms_epsilon"), config.NormEpsilon);
        Add("rope.dimension_count", config.HeadSize);
        metadata.Add(Key("rope.freq_base"), config.RopeTheta);
        if (config.RopeScaling is { } scaling)
            GgufRope.Add(metadata, scaling);
        GgufTokenizer.Add(metadata, checkpoint.HasTokenizer ? checkpoint.Tokenizer : null, config);
        return metadata;

        string Key(string name) => $"{architecture.Name}.{name}";

        void Add(string name, int value) => metadata.Add(Key(name), (uint)value);

        // Readers take lists only as 32-bit signed integers, and single numbers only as unsigned ones.
        void AddOfLayers(string name, IEnumerable<int> values)
        {
            if (architecture.MixedWidths)
                metadata.Add(Key(name), [.. values]);
            else
                Add(name, values.First());
        }
    }

    private static GgufTensor Tensor(Checkpoint checkpoint, ModelConfig config, GgufArchitecture architecture, string name, ImmutableArray<long> shape, GgufType type)
    {
        if (shape[^1] % type.BlockElements != 0)
            throw new NestorException($"The rows of tensor '{name}' have {shape[^1]} elements, {type.GgufName} wants whole blocks of {type.BlockElements}; choose a width or a type that fits.");
        var source = checkpoint.Tensors.Get(name);
        var reorders = architecture.Reorders(name);
        return new GgufTensor(GgufTensorName.Of(name), type, shape, stream =>
        {
            var values = new float[source.Shape[^1]];
            if (shape.Length == 1)
            {
                source.CopyTo(values);
                var ordered = reorders ? Array.ConvertAll(NeighbourRows.Order(values.Length, config.HeadSize), row => values[row]) : values;
                stream.Write(MemoryMarshal.AsBytes(ordered.AsSpan()));
                return;
            }

            var bytes = new byte[shape[^1] / type.BlockElements * type.BlockBytes];
            for (long row = 0; row < shape[0]; row++)
            {
                source.Rows(reorders ? NeighbourRows.InHalves(row, config.HeadSize) : row, 1).CopyTo(values);
                if (!GgufBlocks.Encode(type, values.AsSpan(0, (int)shape[^1]), bytes))
                    throw new NestorException($"Row {row} of tensor '{name}' holds numbers that {type.GgufName} cannot hold; choose BF16 or F32.");
                stream.Write(bytes);
            }
        });
    }
}
