using Nestor.Models;

namespace Nestor.Formats;

/// <summary>An architecture of GGUF files that computes what Nestor's models compute.</summary>
/// <remarks>All of them have RMSNorm, rotary positions of neighbouring elements, grouped-query attention and no biases; they differ in the feed-forward blocks.</remarks>
/// <param name="Name">What a file calls it.</param>
/// <param name="FeedForward">The feed-forward block.</param>
/// <param name="MixedWidths">Whether each layer may have a width of its own.</param>
internal sealed record GgufArchitecture(string Name, FeedForwardKind FeedForward, bool MixedWidths)
{
    /// <summary>The architectures, the widest known first.</summary>
    public static IReadOnlyList<GgufArchitecture> All { get; } =
    [
        new("llama", FeedForwardKind.SwiGlu, MixedWidths: false),
        new("deci", FeedForwardKind.SwiGlu, MixedWidths: true),
        new("arcee", FeedForwardKind.SquaredRelu, MixedWidths: false),
    ];

    /// <summary>The names, for messages.</summary>
    public static string Names => string.Join(", ", All.Select(architecture => architecture.Name));

    /// <summary>The architecture that holds a model at a plan.</summary>
    /// <exception cref="NestorException">There is none.</exception>
    public static GgufArchitecture Of(ModelConfig config, WidthPlan plan)
    {
        var fitting = All.Where(architecture => architecture.FeedForward == config.FeedForward).ToList();
        if (fitting.Count == 0)
            throw new NestorException($"GGUF has no architecture with feed-forward blocks of the kind {config.FeedForward}; export this model as ONNX.");
        return fitting.Find(architecture => architecture.MixedWidths || plan.IsUniform)
            ?? throw new NestorException($"GGUF's {fitting[0].Name}, the architecture for {config.FeedForward}, has one feed-forward width for all layers, the plan {WidthPlanText.Print(plan, config.Granularities)} has several; choose a uniform plan, or export as ONNX.");
    }

    /// <summary>The architecture of a name, or null.</summary>
    public static GgufArchitecture? Find(string name) => All.FirstOrDefault(architecture => architecture.Name == name);
}
