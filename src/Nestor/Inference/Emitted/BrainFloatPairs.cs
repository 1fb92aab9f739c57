using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Inputs for instructions that multiply pairs of BF16: the first column is the upper half of a pair.</summary>
internal static unsafe class BrainFloatPairs
{
    /// <summary>Bytes of 32 inputs.</summary>
    public const int InputBytes = Tile.Columns * sizeof(ushort);

    /// <summary>Rounds inputs as <see cref="BrainFloat.Round(float)"/> does.</summary>
    /// <param name="values">(32 * tiles)</param>
    /// <param name="tiles">Blocks of 32.</param>
    /// <param name="inputs">Receives <c>tiles * InputBytes</c> bytes.</param>
    [MethodImpl(InnerLoop.Options)]
    public static void Prepare(float* values, int tiles, byte* inputs)
    {
        for (; tiles > 0; tiles--, values += Tile.Columns, inputs += InputBytes)
        {
            var first = Pairs(Vector512.LoadUnsafe(ref *(uint*)values));
            var second = Pairs(Vector512.LoadUnsafe(ref *(uint*)values, (nuint)Vector512<uint>.Count));
            Vector512.Narrow(first, second).Store((uint*)inputs);
        }
    }

    /// <summary>16 floats to 8 pairs of BF16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Pairs(Vector512<uint> floats)
    {
        var rounded = floats + Vector512.Create(0x7FFFu) + ((floats >>> 16) & Vector512<uint>.One);
        var isNumber = Vector512.LessThanOrEqual(floats & Vector512.Create(0x7FFFFFFFu), Vector512.Create(0x7F800000u));
        var pairs = Vector512.ConditionalSelect(isNumber, rounded, floats | Vector512.Create(0x400000u)).AsUInt64();
        return (pairs & Vector512.Create(0xFFFF0000ul)) | (pairs >>> 48);
    }
}
