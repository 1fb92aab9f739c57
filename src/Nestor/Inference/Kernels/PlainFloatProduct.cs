namespace Nestor.Inference.Kernels;

/// <summary>The specification of products with weights that are floats: one fused multiply-add per column, in one order or the other.</summary>
internal sealed unsafe class PlainFloatProduct(WeightType type, SumOrder order = SumOrder.Columns) : ProductKernel
{
    private readonly TileFormat format = TileFormat.Of(type);

    public override WeightType Type => type;

    public override string Name => "plain";

    public override SumOrder Order => order;

    public override int InputBytes => Tile.Columns * sizeof(float);

    public override void Prepare(float* values, int tiles, byte* inputs)
    {
        for (nint i = 0; i < (nint)tiles * Tile.Columns; i++)
            ((float*)inputs)[i] = type == WeightType.BF16 ? BrainFloat.Value(BrainFloat.Round(values[i])) : values[i];
    }

    public override void Multiply(in PanelTiles tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        var block = stackalloc float[Tile.Rows * Tile.Columns];
        var tile = tiles.Start;
        for (var count = tiles.Count; count > 0; count--, tile += tiles.Stride, inputs += InputBytes, add = true)
        {
            format.Unpack(tile, block);
            for (nint row = 0; row < rows; row++)
                MultiplyTile(block, (float*)(inputs + row * inputStride), output + row * outputStride, add);
        }
    }

    private void MultiplyTile(float* block, float* input, float* output, bool add)
    {
        for (var lane = 0; lane < Tile.Rows; lane++, block += Tile.Columns)
        {
            var y = add ? output[lane] : 0;
            output[lane] = order == SumOrder.Columns ? Chain(y, block, input, 0, 1) : y + (Chain(0, block, input, 0, 2) + Chain(0, block, input, 1, 2));
        }
    }

    private static float Chain(float sum, float* weights, float* inputs, int first, int step)
    {
        for (var column = first; column < Tile.Columns; column += step)
            sum = MathF.FusedMultiplyAdd(weights[column], inputs[column], sum);
        return sum;
    }
}
