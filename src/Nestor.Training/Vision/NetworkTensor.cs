using Nestor.Training.Nested;

namespace Nestor.Training.Vision;

/// <summary>A tensor of a network before it has values.</summary>
/// <param name="Name">The name in a model folder.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="IsTrained">Whether training changes it by gradients.</param>
/// <param name="Neurons">Where nested neurons lie; null where none do.</param>
internal sealed record NetworkTensor(string Name, long[] Shape, bool IsTrained = true, NeuronAxis? Neurons = null);
