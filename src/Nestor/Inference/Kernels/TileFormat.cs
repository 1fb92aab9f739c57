namespace Nestor.Inference.Kernels;

/// <summary>Turns blocks of weights into tiles of one type and back.</summary>
internal abstract unsafe class TileFormat
{
    /// <summary>The type it packs.</summary>
    public abstract WeightType Type { get; }

    /// <summary>Packs one block.</summary>
    /// <param name="block">(64, 32) row-major; rows and columns the matrix does not have are zero.</param>
    /// <param name="tile">Receives <see cref="Tile.Bytes"/> bytes.</param>
    public abstract void Pack(float* block, byte* tile);

    /// <summary>The weights a tile stands for.</summary>
    /// <param name="tile">The packed tile.</param>
    /// <param name="block">(64, 32) row-major, receives the values as the kernels use them.</param>
    public abstract void Unpack(byte* tile, float* block);
}
