namespace Nestor.Inference.Emitted;

/// <summary>An address: <c>base + index * scale + displacement</c>.</summary>
/// <param name="Base">The register that is added as it is.</param>
/// <param name="Displacement">Bytes from there.</param>
/// <param name="Index">The register that is multiplied, any but <see cref="Register.Rsp"/>; or none.</param>
/// <param name="Scale">1, 2, 4 or 8.</param>
internal readonly record struct Memory(Register Base, int Displacement = 0, Register? Index = null, int Scale = 1);
