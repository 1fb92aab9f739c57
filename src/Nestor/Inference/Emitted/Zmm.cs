namespace Nestor.Inference.Emitted;

/// <summary>A vector register of 512 bits.</summary>
/// <param name="Number">0 to 31.</param>
internal readonly record struct Zmm(int Number)
{
    /// <summary>The register's lower half.</summary>
    public Ymm Lower => new(Number);
}
