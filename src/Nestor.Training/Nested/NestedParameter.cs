using TorchSharp.Modules;

namespace Nestor.Training.Nested;

/// <summary>A trained weight, its name in a model folder, and where its feed-forward neurons lie, if it has any.</summary>
/// <param name="Name">The name in a model folder.</param>
/// <param name="Weight">The weight; a vector, a matrix, or a matrix in the shape of a convolution.</param>
/// <param name="Neurons">The dimension that counts feed-forward neurons; null where no dimension does.</param>
public sealed record NestedParameter(string Name, Parameter Weight, NeuronAxis? Neurons = null);

/// <summary>The dimension of a weight that counts the feed-forward neurons of a layer.</summary>
/// <param name="Layer">The layer, first 0.</param>
/// <param name="Dimension">0 where each row is a neuron, 1 where each column is.</param>
public readonly record struct NeuronAxis(int Layer, int Dimension);
