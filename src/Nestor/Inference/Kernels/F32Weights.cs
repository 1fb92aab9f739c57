using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>32-bit floats are read as they are.</summary>
internal readonly unsafe struct F32Weights : IWeights
{
    public static int Columns => 1;

    public static int RowsToConvertFor => int.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T First<T>(byte* step)
        where T : struct, ILanes<T> => T.Load((float*)step);

    public static T Second<T>(byte* step)
        where T : struct, ILanes<T> => throw new NotSupportedException();
}
