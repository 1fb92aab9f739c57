namespace Nestor.Inference.Emitted;

/// <summary>A matrix register of AMX: up to 16 rows of 64 bytes.</summary>
/// <param name="Number">0 to 7.</param>
internal readonly record struct Tmm(int Number);
