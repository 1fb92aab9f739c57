using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted.Matrices;

/// <summary>Products with BF16 tiles in matrix registers; a lone row's in vectors, with the same bits. Subnormals count as zeros, in inputs, weights and sums.</summary>
/// <param name="loneRow">Multiplies with one row.</param>
/// <param name="matrices">Multiplies with several.</param>
internal sealed unsafe class MatrixProduct(RowKernels loneRow, MatrixKernels matrices) : EmittedVectorProduct(WeightType.BF16, loneRow)
{
    public override string Name => "emitted AMX";

    public override SumOrder Order => SumOrder.Pairs;

    public override int InputBytes => BrainFloatPairs.InputBytes;

    public override void Prepare(float* values, int tiles, byte* inputs) => BrainFloatPairs.Prepare(values, tiles, inputs);

    public override void Multiply(in PanelTiles tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        if (rows == 1)
            base.Multiply(tiles, inputs, inputStride, rows, output, outputStride, add);
        else
            matrices.Multiply(tiles, inputs, inputStride, rows, output, outputStride, add);
    }
}
