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

    /// <summary>64 outputs of all rows.</summary>
    public static void MultiplyQuad<T, TWeights>(
        in WeightStream weights, float* input, nint inputStride, int rows, float* output, nint outputStride, bool add)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        for (int some; rows > 0; rows -= some, input += some * inputStride, output += some * outputStride)
        {
            some = RowSplit.Next(rows);
            if (some == 1)
                RegisterTile.OneQuad<T, TWeights>(weights, input, output, add);
            else if (T.Registers == 1)
                SomeRows<Quad<T>, TWeights>(weights, input, inputStride, some, output, outputStride, add);
            else if (some == 2 && T.Registers == 2)
                TwoRows<T, TWeights>(weights, input, inputStride, output, outputStride, add);
            else
                InParts<T, TWeights>(weights, input, inputStride, some, output, outputStride, add);
        }
    }

    private static void MultiplyOne<T, TWeights>(
        in WeightStream weights, float* input, nint inputStride, int rows, float* output, nint outputStride, bool add)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        for (int some; rows > 0; rows -= some, input += some * inputStride, output += some * outputStride)
        {
            some = RowSplit.Next(rows);
            SomeRows<T, TWeights>(weights, input, inputStride, some, output, outputStride, add);
        }
    }

    // 64 outputs of six rows fit into 32 registers of 512 bits; where they do not, 16 outputs do.
    private static void InParts<T, TWeights>(
        in WeightStream weights, float* input, nint inputStride, int rows, float* output, nint outputStride, bool add)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        for (var lane = 0; lane < Quad<T>.Count; lane += T.Count)
            SomeRows<T, TWeights>(weights.From(lane), input, inputStride, rows, output + lane, outputStride, add);
    }

    // Sums of 16 outputs would not keep both multipliers busy.
    private static void TwoRows<T, TWeights>(in WeightStream weights, float* input, nint inputStride, float* output, nint outputStride, bool add)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        for (var lane = 0; lane < Quad<T>.Count; lane += 2 * T.Count)
            RegisterTile.TwoPair<T, TWeights>(weights.From(lane), input, inputStride, output + lane, outputStride, add);
    }

    private static void SomeRows<T, TWeights>(
        in WeightStream weights, float* input, nint inputStride, int rows, float* output, nint outputStride, bool add)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        switch (rows)
        {
            case 1:
                RegisterTile.One<T, TWeights>(weights, input, output, add);
                break;
            case 2:
                RegisterTile.Two<T, TWeights>(weights, input, inputStride, output, outputStride, add);
                break;
            case 3:
                RegisterTile.Three<T, TWeights>(weights, input, inputStride, output, outputStride, add);
                break;
            case 4:
                RegisterTile.Four<T, TWeights>(weights, input, inputStride, output, outputStride, add);
                break;
            default:
                RegisterTile.Six<T, TWeights>(weights, input, inputStride, output, outputStride, add);
                break;
        }
    }
}
