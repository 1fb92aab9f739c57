using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary>How quantised weights meet quantised inputs: integers that one instruction or two multiply and add.</summary>
/// <remarks>
/// One step is 64 rows of 4 bytes. It is multiplied in one or two parts, each with 32 bits of prepared inputs. Stored weights are not
/// negative (q + 128, q + 8); a sum that starts at minus 128 or 8 times the sum of the inputs comes out as if they were signed.
/// </remarks>
internal unsafe interface IDots
{
    /// <summary>Appended to the name of the lanes.</summary>
    static abstract string Suffix { get; }

    /// <summary>Steps of a tile; the scales follow them.</summary>
    static abstract int Steps { get; }

    /// <summary>Parts of a step, 1 or 2.</summary>
    static abstract int Parts { get; }

    /// <summary>Brings a block of inputs into the order of steps and parts.</summary>
    /// <param name="quantized">The block.</param>
    /// <param name="words">Receives <c>Steps * Parts</c> words.</param>
    static abstract void Arrange(Vector256<sbyte> quantized, int* words);

    /// <summary>What every sum of a block starts with.</summary>
    /// <param name="sum">The sum of the block's inputs.</param>
    static abstract int Start(int sum);

    static abstract T First<T>(byte* step)
        where T : struct, IIntegerLanes<T>;

    static abstract T Second<T>(byte* step)
        where T : struct, IIntegerLanes<T>;

    /// <summary>Adds one part to running sums.</summary>
    static abstract T Add<T>(T weights, T inputs, T sums)
        where T : struct, IIntegerLanes<T>;

    /// <summary>Running sums as 32-bit integers.</summary>
    static abstract T Finish<T>(T sums)
        where T : struct, IIntegerLanes<T>;
}
