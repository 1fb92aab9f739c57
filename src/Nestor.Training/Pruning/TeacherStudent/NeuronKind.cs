using System.Text.Json.Serialization;

namespace Nestor.Training.Pruning.TeacherStudent;

/// <summary>What a neuron of a <see cref="Student"/> computes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NeuronKind>))]
public enum NeuronKind
{
    /// <summary>relu(w · x + b).</summary>
    Relu,

    /// <summary>silu(g · x) · (w · x), without biases.</summary>
    SwiGlu,

    /// <summary>relu(normalised over the batch(w · x) + b): the length of w does not matter.</summary>
    BatchNormRelu,
}
