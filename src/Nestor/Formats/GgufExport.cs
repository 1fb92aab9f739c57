using System.Collections.Immutable;
using Nestor.Models;

namespace Nestor.Formats;

/// <summary>Writes a model at one width as a GGUF file of the architecture <c>llama</c>, for llama.cpp and its relatives.</summary>
/// <remarks>
/// Their rotary positions turn neighbouring elements of a head together, HuggingFace's turn halves: row <c>2 i + j</c> of a head of
/// query and key projections is HuggingFace's row <c>j * size / 2 + i</c>.
/// </remarks>
public static class GgufExport
{
    /// <summary>Writes the file; tensors are streamed from the model's mapping, converted row by row.</summary>
    /// <param name="checkpoint">The open model folder.</param>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="options">Types and width; the defaults if not given.</param>
    /// <exception cref="NestorException">
    /// The folder is packed, the plan is mixed or does not fit, the feed-forward block is not gated, a row is not whole blocks of the type, a weight is beyond
    /// the range of the type, or the file cannot be written.
    /// </exception>
    public static void Write(Checkpoint checkpoint, string path, GgufExportOptions? options = null)
    {
        options ??= new GgufExportOptions();
        checkpoint.ThrowIfPacked("to export");
        var config = checkpoint.Config;
        var plan = options.Plan ?? config.FullWidths;
        WidthPlanText.Validate(plan, config);
        if (!plan.IsUniform)
            throw new NestorException($"GGUF's Llama has one feed-forward width for all layers, the plan {WidthPlanText.Print(plan, config.Granularities)} has several; choose a uniform plan.");
        if (config.FeedForward != FeedForwardKind.SwiGlu)
            throw new NestorException($"GGUF's Llama has gated feed-forward blocks, this model's are {config.FeedForward}; it cannot be exported.");

        if (!config.HasPlainAttention)
            throw new NestorException($"GGUF's Llama has no biases, norms of heads, attention windows or stretched rotary positions, this model of the family {config.Family} has some; it cannot be exported.");

        config = config with { FullWidths = plan, Granularities = [] };
        var embedding = options.EmbeddingType ?? (options.Type == GgufType.Q4 ? GgufType.Q8 : options.Type);
        var tensors = TensorNames.All(config).Select(tensor => Tensor(checkpoint, config, tensor.Name, tensor.Shape, TypeOf(tensor.Name, tensor.Shape))).ToList();
        GgufWriter.Write(path, Metadata(checkpoint, config, options.Type), tensors);

        GgufType TypeOf(string name, ImmutableArray<long> shape) =>
            shape.Length == 1 ? GgufType.F32 : name is TensorNames.Embedding or TensorNames.Head ? embedding : options.Type;
    }

    private static GgufMetadata Metadata(Checkpoint checkpoint, ModelConfig config, GgufType type)
    {
        var metadata = new GgufMetadata();
        metadata.Add("general.architecture", "llama");
        metadata.Add("general.name", Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(checkpoint.Folder))));
        metadata.Add("general.file_type", type.FileNumber);
        metadata.Add("general.quantization_version", 2u);
        metadata.Add("llama.vocab_size", (uint)config.VocabularySize);
        metadata.Add("llama.context_length", (uint)config.ContextLength);
        metadata.Add("llama.embedding_length", (uint)config.HiddenSize);
        metadata.Add("llama.block_count", (uint)config.Layers);
        metadata.Add("llama.feed_forward_length", (uint)config.FullWidths.Widest);
        metadata.Add("llama.attention.head_count", (uint)config.Heads);
        metadata.Add("llama.attention.head_count_kv", (uint)config.KeyValueHeads);
        metadata.Add("llama.attention.key_length", (uint)config.HeadSize);
        metadata.Add("llama.attention.value_length", (uint)config.HeadSize);
        metadata.Add("llama.attention.layer_norm_rms_epsilon", config.NormEpsilon);
        metadata.Add("llama.rope.dimension_count", (uint)config.HeadSize);
        metadata.Add("llama.rope.freq_base", config.RopeTheta);
        GgufTokenizer.Add(metadata, checkpoint.HasTokenizer ? checkpoint.Tokenizer : null, config);
        return metadata;
    }

    private static GgufTensor Tensor(Checkpoint checkpoint, ModelConfig config, string name, ImmutableArray<long> shape, GgufType type)
    {
        if (shape[^1] % type.BlockElements != 0)
            throw new NestorException($"The rows of tensor '{name}' have {shape[^1]} elements, {type.GgufName} wants whole blocks of {type.BlockElements}; choose a width or a type that fits.");
        var source = checkpoint.Tensors.Get(name);
        var rows = shape.Length == 1 ? 1 : shape[0];
        var rotated = name.EndsWith(".q_proj.weight", StringComparison.Ordinal) || name.EndsWith(".k_proj.weight", StringComparison.Ordinal);
        return new GgufTensor(Name(name), type, shape, stream =>
        {
            var values = new float[source.Shape[^1]];
            var bytes = new byte[shape[^1] / type.BlockElements * type.BlockBytes];
            for (long row = 0; row < rows; row++)
            {
                (shape.Length == 1 ? source : source.Rows(rotated ? HalvedRow(row, config.HeadSize) : row, 1)).CopyTo(values);
                if (!GgufBlocks.Encode(type, values.AsSpan(0, (int)shape[^1]), bytes))
                    throw new NestorException($"Row {row} of tensor '{name}' holds numbers that {type.GgufName} cannot hold; choose BF16 or F32.");
                stream.Write(bytes);
            }
        });
    }

    /// <summary>Where a row of neighbouring pairs lies in HuggingFace's order of halves.</summary>
    private static long HalvedRow(long row, int headSize)
    {
        var (head, element) = Math.DivRem(row, headSize);
        return head * headSize + element % 2 * (headSize / 2) + element / 2;
    }

    private static string Name(string name)
    {
        if (!name.StartsWith("model.layers.", StringComparison.Ordinal))
        {
            return name switch
            {
                TensorNames.Embedding => "token_embd.weight",
                TensorNames.FinalNorm => "output_norm.weight",
                TensorNames.Head => "output.weight",
                _ => throw new ArgumentOutOfRangeException(nameof(name), name, "not a tensor of the model"),
            };
        }

        var parts = name.Split('.');
        return $"blk.{parts[2]}." + parts[^2] switch
        {
            "input_layernorm" => "attn_norm",
            "q_proj" => "attn_q",
            "k_proj" => "attn_k",
            "v_proj" => "attn_v",
            "o_proj" => "attn_output",
            "post_attention_layernorm" => "ffn_norm",
            "gate_proj" => "ffn_gate",
            "up_proj" => "ffn_up",
            "down_proj" => "ffn_down",
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "not a tensor of the model"),
        } + ".weight";
    }
}
