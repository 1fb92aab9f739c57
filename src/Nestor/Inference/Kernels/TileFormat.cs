namespace Nestor.Inference.Kernels;

/// <summary>Turns blocks of weights into tiles of one type and back.</summary>
internal abstract unsafe class TileFormat
{
    /// <summary>The type it packs.</summary>
    public abstract WeightType Type { get; }

    /// <summary>The format of a type; it has no state, every caller gets the same one.</summary>
    public static TileFormat Of(WeightType type) => type switch
    {
        WeightType.F32 => F32Tiles.Instance,
        WeightType.BF16 => HalfTiles.BF16,
        WeightType.F16 => HalfTiles.F16,
        WeightType.Q8 => Q8Tiles.Instance,
        WeightType.Q4 => Q4Tiles.Instance,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a weight type"),
    };

    /// <summary>Packs one block.</summary>
    /// <param name="block">(64, 32) row-major; rows and columns the matrix does not have are zero.</param>
    /// <param name="tile">Receives <see cref="Tile.Bytes"/> bytes.</param>
    /// <exception cref="NestorException">A weight that the type cannot hold: too large for BF16 or F16, or not finite for Q8 or Q4.</exception>
    public abstract void Pack(float* block, byte* tile);

    /// <summary>The weights a tile stands for.</summary>
    /// <param name="tile">The packed tile.</param>
    /// <param name="block">(64, 32) row-major, receives the values as the kernels use them.</param>
    public abstract void Unpack(byte* tile, float* block);
}
