using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Resuming;

/// <summary>What one attack did to some images that were attacked together.</summary>
/// <param name="Attacked">How many they were.</param>
/// <param name="Fallen">Which of them fell: their places among all images of the evaluation.</param>
/// <param name="Moved">(fallen, channels, height, width): what these became.</param>
/// <param name="Cost">Gradients and queries.</param>
/// <param name="FlatGradients">Images, per gradient, of which no value had any slope.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record AttackedBatch(int Attacked, ImmutableArray<int> Fallen, Tensor Moved, AttackCost Cost, long FlatGradients, double Seconds);
