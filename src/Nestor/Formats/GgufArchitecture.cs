using System.Collections.Immutable;
using Nestor.Models;
using Nestor.Models.Families;

namespace Nestor.Formats;

/// <summary>An architecture of GGUF files that computes what Nestor's models compute.</summary>
/// <param name="Name">What a file calls it.</param>
/// <param name="Families">The families it holds; a file is of the last one whose tensors it has.</param>
/// <param name="FeedForward">The feed-forward block.</param>
/// <param name="MixedWidths">Whether each layer may have a width of its own.</param>
/// <param name="TurnsNeighbours">Whether rotary positions turn neighbours, so that rows change their order, and may be stretched.</param>
internal sealed record GgufArchitecture(string Name, ImmutableArray<ModelFamily> Families, FeedForwardKind FeedForward, bool MixedWidths, bool TurnsNeighbours)
{
    /// <summary>The architectures, the widest known first.</summary>
    public static IReadOnlyList<GgufArchitecture> All { get; } =
    [
        new("llama", [ModelFamily.Llama], FeedForwardKind.SwiGlu, MixedWidths: false, TurnsNeighbours: true),
        new("qwen2", [ModelFamily.Qwen2], FeedForwardKind.SwiGlu, MixedWidths: false, TurnsNeighbours: false),
        new("qwen3", [ModelFamily.Qwen3], FeedForwardKind.SwiGlu, MixedWidths: false, TurnsNeighbours: false),
        new("deci", [ModelFamily.Llama, ModelFamily.Qwen2], FeedForwardKind.SwiGlu, MixedWidths: true, TurnsNeighbours: true),
        new("arcee", [ModelFamily.Llama], FeedForwardKind.SquaredRelu, MixedWidths: false, TurnsNeighbours: true),
    ];

    /// <summary>The names, for messages.</summary>
    public static string Names => string.Join(", ", All.Select(architecture => architecture.Name));

    /// <summary>The architecture that holds a model at a plan.</summary>
    /// <exception cref="NestorException">There is none.</exception>
    public static GgufArchitecture Of(ModelConfig config, WidthPlan plan)
    {
        if (config.SlidingWindow < config.ContextLength)
            throw new NestorException($"GGUF has no architecture for this model, whose tokens see a window of {config.SlidingWindow} positions; export it as ONNX.");

        // Without a window, Mistral is Llama under another name.
        var family = config.Family == ModelFamily.Mistral ? ModelFamily.Llama : config.Family;
        var fitting = All.Where(architecture => architecture.FeedForward == config.FeedForward && architecture.Families.Contains(family)).ToList();
        if (fitting.Count == 0)
            throw new NestorException($"GGUF has no architecture of the family {config.Family} with feed-forward blocks of the kind {config.FeedForward}; export this model as ONNX.");
        var found = fitting.Find(architecture => architecture.MixedWidths || plan.IsUniform)
            ?? throw new NestorException($"GGUF's {fitting[0].Name}, the architecture for {config.Family} with {config.FeedForward}, has one feed-forward width for all layers, the plan {WidthPlanText.Print(plan, config.Granularities)} has several; choose a uniform plan, or export as ONNX.");
        return found.TurnsNeighbours || config.RopeScaling is null
            ? found
            : throw new NestorException($"GGUF's {found.Name}, the architecture for {config.Family}, does not stretch rotary positions as this model does; export it as ONNX.");
    }

    /// <summary>The architecture of a name, or null.</summary>
    public static GgufArchitecture? Find(string name) => All.FirstOrDefault(architecture => architecture.Name == name);

    /// <summary>Whether the rows of a tensor are those of heads that turn with the position, in another order than HuggingFace's.</summary>
    public bool Reorders(string name) => TurnsNeighbours && name.Split('.') is [.., "q_proj" or "k_proj", _];
}
