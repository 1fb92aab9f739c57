using Nestor.Formats;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Bench;

/// <summary>The random Llama models that the engine is measured with, as folders and as GGUF files, written once into a work folder.</summary>
/// <param name="work">The folder; it is created where it does not exist.</param>
internal sealed class EngineModels(string work)
{
    /// <summary>The names: about 79 and 300 million parameters.</summary>
    public static IReadOnlyList<string> Names { get; } = ["s79", "m300"];

    /// <summary>The shape of a name: four times as many neurons as the residual stream is wide, heads of 64, an output head of its own.</summary>
    public static ModelConfig Config(string name) => name switch
    {
        "s79" => Llama(hidden: 512, layers: 11),
        "m300" => Llama(hidden: 1024, layers: 14),
        _ => throw new ArgumentException($"There is no model {name}; choose one of {string.Join(", ", Names)}.", nameof(name)),
    };

    /// <summary>The model folder.</summary>
    public string Folder(string name)
    {
        var folder = Path.Combine(work, name);
        if (!File.Exists(Path.Combine(folder, "config.json")))
            RandomModel.Write(folder, Config(name), BlankTokenizer.Of(Config(name).VocabularySize));
        return folder;
    }

    /// <summary>The model packed for inference.</summary>
    public string Packed(string name, WeightType type)
    {
        var folder = Path.Combine(work, $"{name}-{type}".ToLowerInvariant());
        if (!File.Exists(Path.Combine(folder, "config.json")))
        {
            using var checkpoint = Checkpoint.Open(Folder(name));
            checkpoint.Pack(type).Save(folder);
        }

        return folder;
    }

    /// <summary>The model as a GGUF file.</summary>
    public string Gguf(string name, GgufType type)
    {
        var file = Path.Combine(work, $"{name}-{type}.gguf".ToLowerInvariant());
        if (!File.Exists(file))
        {
            using var checkpoint = Checkpoint.Open(Folder(name));
            GgufExport.Write(checkpoint, file, new GgufExportOptions { Type = type });
        }

        return file;
    }

    private static ModelConfig Llama(int hidden, int layers) => new()
    {
        VocabularySize = 32_000,
        HiddenSize = hidden,
        FullWidths = WidthPlan.Uniform(4 * hidden, layers),
        Heads = hidden / 64,
        KeyValueHeads = hidden / 64,
        HeadSize = 64,
        ContextLength = 2048,
        TieEmbeddings = false,
        BeginToken = 1,
        EndToken = 2,
        Granularities = Granularity.Paper(4 * hidden),
    };
}
