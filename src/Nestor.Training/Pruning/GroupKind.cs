using System.Text.Json.Serialization;

namespace Nestor.Training.Pruning;

/// <summary>What one unit of a <see cref="UnitGroups"/> is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GroupKind>))]
public enum GroupKind
{
    /// <summary>A feed-forward neuron: its rows of gate and up, its biases, its column of down.</summary>
    FeedForwardNeuron,

    /// <summary>An attention head: a key-value head with all query heads that read it, and their columns of the output.</summary>
    AttentionHead,

    /// <summary>A channel of a convolution: its filter, its normalisation, and what its consumers read of it.</summary>
    ConvolutionChannel,
}
