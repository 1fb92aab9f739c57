using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>Half floats are converted, exactly: .NET does not expose the instruction.</summary>
internal readonly unsafe struct F16Weights : IWeights
{
    public static int Columns => 2;

    public static int RowsToConvertFor => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T First<T>(byte* step)
        where T : struct, ILanes<T> => T.FromHalf(T.LoadUpperHalves(step));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Second<T>(byte* step)
        where T : struct, ILanes<T> => T.FromHalf(T.LoadLowerHalves(step));
}
