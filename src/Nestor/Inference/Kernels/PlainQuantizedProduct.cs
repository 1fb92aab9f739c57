namespace Nestor.Inference.Kernels;

/// <summary>The specification of products with quantised weights: an exact integer sum and one fused multiply-add per tile.</summary>
internal sealed unsafe class PlainQuantizedProduct(WeightType type) : ProductKernel
{
    public override WeightType Type => type;

    public override string Name => "plain";

    /// <inheritdoc/>
    /// <remarks>32 integers of 8 bits, then the scale.</remarks>
    public override int InputBytes => Tile.Columns + sizeof(float);

    public override void Prepare(float* values, int tiles, byte* inputs)
    {
        for (; tiles > 0; tiles--, values += Tile.Columns, inputs += InputBytes)
            *(float*)(inputs + Tile.Columns) = QuantizedInputs.Quantize(values, (sbyte*)inputs);
    }

    public override void Multiply(in PanelTiles tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        var tile = tiles.Start;
        for (var count = tiles.Count; count > 0; count--, tile += tiles.Stride, inputs += InputBytes, add = true)
        {
            for (nint row = 0; row < rows; row++)
                MultiplyTile(tile, (sbyte*)(inputs + row * inputStride), output + row * outputStride, add);
        }
    }

    private void MultiplyTile(byte* tile, sbyte* input, float* output, bool add)
    {
        var inputScale = *(float*)(input + Tile.Columns);
        for (var lane = 0; lane < Tile.Rows; lane++)
        {
            var sum = 0;
            for (var column = 0; column < Tile.Columns; column++)
                sum += input[column] * (type == WeightType.Q8 ? Q8Tiles.Weight(tile, lane, column) : Q4Tiles.Weight(tile, lane, column));
            var scale = inputScale * (type == WeightType.Q8 ? Q8Tiles.Scale(tile, lane) : Q4Tiles.Scale(tile, lane));
            output[lane] = MathF.FusedMultiplyAdd(sum, scale, add ? output[lane] : 0);
        }
    }
}
