using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>A BF16 is the upper half of a float: one column is the word without its lower half, the other the lower half moved up.</summary>
internal readonly unsafe struct BF16Weights : IWeights
{
    public static int Columns => 2;

    public static int RowsToConvertFor => int.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T First<T>(byte* step)
        where T : struct, ILanes<T> => T.LoadUpperHalves(step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Second<T>(byte* step)
        where T : struct, ILanes<T> => T.LoadLowerHalves(step);
}
