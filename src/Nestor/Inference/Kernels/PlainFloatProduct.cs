namespace Nestor.Inference.Kernels;

/// <summary>The specification of products with weights that are floats: one fused multiply-add per column.</summary>
internal sealed unsafe class PlainFloatProduct(WeightType type) : ProductKernel
{
    private readonly TileFormat format = TileFormat.Of(type);

    public override WeightType Type => type;

    public override string Name => "plain";

    public override int InputBytes => Tile.Columns * sizeof(float);

    public override void Prepare(float* values, int tiles, byte* inputs)
    {
        for (nint i = 0; i < (nint)tiles * Tile.Columns; i++)
            ((float*)inputs)[i] = type == WeightType.BF16 ? BrainFloat.Value(BrainFloat.Round(values[i])) : values[i];
    }

    public override void Multiply(byte* tiles, nint tileStride, int count, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        var block = stackalloc float[Tile.Rows * Tile.Columns];
        for (var tile = 0; tile < count; tile++, tiles += tileStride, inputs += InputBytes, add = true)
        {
            format.Unpack(tiles, block);
            for (nint row = 0; row < rows; row++)
                MultiplyTile(block, (float*)(inputs + row * inputStride), output + row * outputStride, add);
        }
    }

    private static void MultiplyTile(float* block, float* input, float* output, bool add)
    {
        for (var lane = 0; lane < Tile.Rows; lane++, block += Tile.Columns)
        {
            var y = add ? output[lane] : 0;
            for (var column = 0; column < Tile.Columns; column++)
                y = MathF.FusedMultiplyAdd(block[column], input[column], y);
            output[lane] = y;
        }
    }
}
