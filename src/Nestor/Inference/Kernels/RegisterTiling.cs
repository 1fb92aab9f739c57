namespace Nestor.Inference.Kernels;

/// <summary>Splits rows of activations and lanes of outputs into register tiles.</summary>
internal static unsafe class RegisterTiling
{
    /// <summary>All lanes of all rows.</summary>
    public static void Multiply<T, TWeights>(
        WeightStream weights, int lanes, float* input, nint inputStride, int rows, float* output, nint outputStride, bool add)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        for (; lanes >= Quad<T>.Count; lanes -= Quad<T>.Count, output += Quad<T>.Count)
        {
            MultiplyQuad<T, TWeights>(weights, input, inputStride, rows, output, outputStride, add);
            weights = weights.From(Quad<T>.Count);
        }

        for (; lanes > 0; lanes -= T.Count, output += T.Count)
        {
            MultiplyOne<T, TWeights>(weights, input, inputStride, rows, output, outputStride, add);
            weights = weights.From(T.Count);
        }
    }

    // 64 outputs of up to six rows fit into 32 registers of 512 bits; where they do not, 16 outputs of six rows do.
    private static void MultiplyQuad<T, TWeights>(
        in WeightStream weights, float* input, nint inputStride, int rows, float* output, nint outputStride, bool add)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        if (T.Registers == 1)
        {
            for (; rows >= 6; rows -= 6, input += 6 * inputStride, output += 6 * outputStride)
                RegisterTile.Six<Quad<T>, TWeights>(weights, input, inputStride, output, outputStride, add);
            if (rows >= 4)
            {
                RegisterTile.Four<Quad<T>, TWeights>(weights, input, inputStride, output, outputStride, add);
                rows -= 4;
                input += 4 * inputStride;
                output += 4 * outputStride;
            }

            if (rows >= 2)
            {
                RegisterTile.Two<Quad<T>, TWeights>(weights, input, inputStride, output, outputStride, add);
                rows -= 2;
                input += 2 * inputStride;
                output += 2 * outputStride;
            }
        }
        else
        {
            for (; rows >= 6; rows -= 6, input += 6 * inputStride, output += 6 * outputStride)
            {
                for (var lane = 0; lane < Quad<T>.Count; lane += T.Count)
                    RegisterTile.Six<T, TWeights>(weights.From(lane), input, inputStride, output + lane, outputStride, add);
            }

            if (rows >= 4)
            {
                for (var lane = 0; lane < Quad<T>.Count; lane += T.Count)
                    RegisterTile.Four<T, TWeights>(weights.From(lane), input, inputStride, output + lane, outputStride, add);
                rows -= 4;
                input += 4 * inputStride;
                output += 4 * outputStride;
            }
        }

        for (; rows > 0; rows--, input += inputStride, output += outputStride)
            RegisterTile.OneQuad<T, TWeights>(weights, input, output, add);
    }

    private static void MultiplyOne<T, TWeights>(
        in WeightStream weights, float* input, nint inputStride, int rows, float* output, nint outputStride, bool add)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        for (; rows >= 6; rows -= 6, input += 6 * inputStride, output += 6 * outputStride)
            RegisterTile.Six<T, TWeights>(weights, input, inputStride, output, outputStride, add);
        for (; rows >= 4; rows -= 4, input += 4 * inputStride, output += 4 * outputStride)
            RegisterTile.Four<T, TWeights>(weights, input, inputStride, output, outputStride, add);
        for (; rows > 0; rows--, input += inputStride, output += outputStride)
            RegisterTile.One<T, TWeights>(weights, input, output, add);
    }
}
