namespace Nestor.Inference.Emitted;

/// <summary>A vector register of 256 bits: the lower half of the <see cref="Zmm"/> of that number.</summary>
/// <param name="Number">0 to 31.</param>
internal readonly record struct Ymm(int Number);
