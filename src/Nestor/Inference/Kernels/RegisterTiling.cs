namespace Nestor.Inference.Kernels;

/// <summary>Splits rows of activations and lanes of outputs into register tiles.</summary>
internal static unsafe class RegisterTiling
{
    /// <summary>All lanes of all rows, added to what the outputs hold.</summary>
    public static void Multiply<T, TWeights>(
        in WeightStream weights, int lanes, float* input, nint inputStride, int rows, float* output, nint outputStride)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        for (int some; rows > 0; rows -= some, input += some * inputStride, output += some * outputStride)
        {
            some = RowSplit.Next(rows);
            if (some == 1)
                OneRow<T, TWeights>(weights, lanes, input, output);
            else
                SomeRows<T, TWeights>(weights, lanes, input, inputStride, some, output, outputStride);
        }
    }

    private static void OneRow<T, TWeights>(in WeightStream weights, int lanes, float* input, float* output)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        var lane = 0;
        for (; lane + Quad<T>.Count <= lanes; lane += Quad<T>.Count)
            RegisterTile.OneQuad<T, TWeights>(weights, lane, input, output);
        for (; lane < lanes; lane += T.Count)
            RegisterTile.One<T, TWeights>(weights, lane, input, output);
    }

    // 64 outputs of six rows fit into 32 registers of 512 bits; where they do not, 16 outputs do.
    private static void SomeRows<T, TWeights>(
        in WeightStream weights, int lanes, float* input, nint inputStride, int rows, float* output, nint outputStride)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        var first = 0;
        if (T.Registers == 1 && lanes >= Quad<T>.Count)
        {
            first = lanes - lanes % Quad<T>.Count;
            SomeRows<Quad<T>, TWeights>(weights, 0, first, input, inputStride, rows, output, outputStride);
        }
        else if (T.Registers == 2 && rows == 2)
        {
            first = lanes - lanes % (2 * T.Count);
            for (var lane = 0; lane < first; lane += 2 * T.Count)
                RegisterTile.TwoPair<T, TWeights>(weights, lane, input, inputStride, output, outputStride);
        }

        if (first < lanes)
            SomeRows<T, TWeights>(weights, first, lanes, input, inputStride, rows, output, outputStride);
    }

    private static void SomeRows<T, TWeights>(
        in WeightStream weights, int first, int end, float* input, nint inputStride, int rows, float* output, nint outputStride)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        for (var lane = first; lane < end; lane += T.Count)
        {
            switch (rows)
            {
                case 2:
                    RegisterTile.Two<T, TWeights>(weights, lane, input, inputStride, output, outputStride);
                    break;
                case 3:
                    RegisterTile.Three<T, TWeights>(weights, lane, input, inputStride, output, outputStride);
                    break;
                case 4:
                    RegisterTile.Four<T, TWeights>(weights, lane, input, inputStride, output, outputStride);
                    break;
                case 5:
                    RegisterTile.Five<T, TWeights>(weights, lane, input, inputStride, output, outputStride);
                    break;
                default:
                    RegisterTile.Six<T, TWeights>(weights, lane, input, inputStride, output, outputStride);
                    break;
            }
        }
    }
}
