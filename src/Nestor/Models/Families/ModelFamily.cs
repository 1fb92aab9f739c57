using System.Collections.Immutable;
using System.Text.Json;
using Nestor.Formats;

namespace Nestor.Models.Families;

/// <summary>A family of decoders that share Llama's blocks and differ in attention's tensors and in the keys of <c>config.json</c>.</summary>
/// <remarks>
/// Everything that sets a family apart stands in its adapter. What the families share, names of tensors included, is in
/// <see cref="TensorNames"/> and in the reader of <c>config.json</c>.
/// </remarks>
public abstract class ModelFamily
{
    private protected ModelFamily(string name, string architecture) => (Name, Architecture) = (name, architecture);

    /// <summary>Llama 1 to 3.3, SmolLM and everything else in Llama's format.</summary>
    public static ModelFamily Llama { get; } = new LlamaFamily();

    /// <summary>Mistral 7B and its relatives: Llama with a window of attention, where one is set.</summary>
    public static ModelFamily Mistral { get; } = new MistralFamily();

    /// <summary>Qwen 2 and 2.5: Llama with biases on queries, keys and values.</summary>
    public static ModelFamily Qwen2 { get; } = new Qwen2Family();

    /// <summary>Qwen 3, the dense models: Llama with a norm of each query and key head.</summary>
    public static ModelFamily Qwen3 { get; } = new Qwen3Family();

    /// <summary>Every family that Nestor reads, runs and writes.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } = [Llama, Mistral, Qwen2, Qwen3];

    /// <summary>The <c>model_type</c> in <c>config.json</c>.</summary>
    public string Name { get; }

    /// <summary>The class that loads it in HuggingFace's library.</summary>
    public string Architecture { get; }

    /// <summary>Whether its models may have an attention window.</summary>
    internal virtual bool HasWindow => false;

    /// <summary>Whether the family's tokenizers put the begin token before a text.</summary>
    internal virtual bool BeginsTexts => true;

    /// <summary>The names of all families, for errors.</summary>
    internal static string Names => string.Join(", ", All.Select(family => family.Name));

    /// <summary>The family of a <c>model_type</c>; null if Nestor has none of the name.</summary>
    public static ModelFamily? Find(string name) => All.FirstOrDefault(family => family.Name == name);

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>Reads what the family's own keys say, and what missing keys mean in it.</summary>
    /// <param name="fields">The file.</param>
    /// <param name="config">What the shared keys say, with Llama's defaults.</param>
    /// <exception cref="NestorException">A key says something that Nestor would compute wrongly.</exception>
    internal abstract ModelConfig Complete(ConfigFields fields, ModelConfig config);

    /// <summary>Writes the family's own keys so that <see cref="Complete"/> reads them back.</summary>
    internal abstract void WriteKeys(Utf8JsonWriter json, ModelConfig config);

    /// <summary>The tensors of a layer's attention beside its four matrices.</summary>
    internal virtual IEnumerable<(string Name, ImmutableArray<long> Shape)> AttentionTensors(ModelConfig config, int layer) => [];
}
