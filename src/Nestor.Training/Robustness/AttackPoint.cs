using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>What an attack learns at one point of each image's ball.</summary>
/// <param name="Loss">(survivors).</param>
/// <param name="Gradient">(survivors, channels, height, width).</param>
/// <param name="Correct">(survivors), bool: whether the defence still answers rightly.</param>
internal readonly record struct AttackPoint(Tensor Loss, Tensor Gradient, Tensor Correct);
