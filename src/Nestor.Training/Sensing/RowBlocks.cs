using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Nestor.Training.Sensing;

/// <summary>Rows in blocks of four, each read from memory once and then used from the cache.</summary>
/// <remarks>
/// The gradient needs a row twice: for its residual, and times the residual in the sum. A block of four stays in the second-level cache between the two, and
/// while it is worked on, the next block is fetched there: memory has something to do all the time.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
/// <typeparam name="TLanes">The vector register.</typeparam>
internal static unsafe class RowBlocks<T, TLanes>
    where T : unmanaged
    where TLanes : struct, IEntryLanes<TLanes>
{
    private const int Together = 4, CacheLine = 64;

    /// <summary>Residuals of rows; see <see cref="MeasurementPass.Residuals"/>.</summary>
    public static double Residuals(T* rows, int stride, int count, double* x, double* observations, double* sum)
    {
        var squares = 0.0;
        var errors = stackalloc double[Together];
        for (var row = 0; row < count; row += Together)
        {
            var at = rows + (long)row * stride;
            var together = Math.Min(Together, count - row);
            Dots(at, stride, together, x, errors);
            for (var i = 0; i < together; i++)
            {
                errors[i] -= observations[row + i];
                squares += errors[i] * errors[i];
            }

            Add(at, stride, together, errors, sum);
        }

        return squares;
    }

    /// <summary><c>⟨a_i, x⟩</c> of rows.</summary>
    public static void Dots(T* rows, int stride, int count, double* x, double* values)
    {
        var row = 0;
        for (; row + Together <= count; row += Together)
            DotFour(rows + (long)row * stride, stride, x, values + row);
        for (; row < count; row++)
            values[row] = Dot(rows + (long)row * stride, stride, x);
    }

    /// <summary>Adds <c>Σ w_i a_i</c> of rows.</summary>
    public static void Add(T* rows, int stride, int count, double* weights, double* sum)
    {
        var row = 0;
        for (; row + Together <= count; row += Together)
            AddFour(rows + (long)row * stride, stride, weights + row, sum);
        for (; row < count; row++)
            AddOne(rows + (long)row * stride, stride, weights[row], sum);
    }

    /// <summary>Four dots; fetches the first two rows of the next block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DotFour(T* a, int stride, double* x, double* dots)
    {
        T* b = a + stride, c = b + stride, d = c + stride, next = d + stride;
        TLanes sa = default, sb = default, sc = default, sd = default;
        for (var i = 0; i < stride; i += TLanes.Count)
        {
            Fetch(next + i, i);
            Fetch(next + stride + i, i);
            var at = TLanes.Load(x + i);
            sa = TLanes.MultiplyAdd(TLanes.Load(a + i), at, sa);
            sb = TLanes.MultiplyAdd(TLanes.Load(b + i), at, sb);
            sc = TLanes.MultiplyAdd(TLanes.Load(c + i), at, sc);
            sd = TLanes.MultiplyAdd(TLanes.Load(d + i), at, sd);
        }

        (dots[0], dots[1], dots[2], dots[3]) = (TLanes.Sum(sa), TLanes.Sum(sb), TLanes.Sum(sc), TLanes.Sum(sd));
    }

    /// <summary>Adds multiples of four rows; fetches the last two rows of the next block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddFour(T* a, int stride, double* weights, double* sum)
    {
        T* b = a + stride, c = b + stride, d = c + stride, next = d + 3L * stride;
        var (wa, wb, wc, wd) = (TLanes.All(weights[0]), TLanes.All(weights[1]), TLanes.All(weights[2]), TLanes.All(weights[3]));
        for (var i = 0; i < stride; i += TLanes.Count)
        {
            Fetch(next + i, i);
            Fetch(next + stride + i, i);
            var total = TLanes.MultiplyAdd(TLanes.Load(a + i), wa, TLanes.Load(sum + i));
            total = TLanes.MultiplyAdd(TLanes.Load(b + i), wb, total);
            total = TLanes.MultiplyAdd(TLanes.Load(c + i), wc, total);
            TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(d + i), wd, total), sum + i);
        }
    }

    private static double Dot(T* row, int stride, double* x)
    {
        TLanes sum = default;
        for (var i = 0; i < stride; i += TLanes.Count)
            sum = TLanes.MultiplyAdd(TLanes.Load(row + i), TLanes.Load(x + i), sum);
        return TLanes.Sum(sum);
    }

    private static void AddOne(T* row, int stride, double weight, double* sum)
    {
        var factor = TLanes.All(weight);
        for (var i = 0; i < stride; i += TLanes.Count)
            TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(row + i), factor, TLanes.Load(sum + i)), sum + i);
    }

    /// <summary>Asks for a cache line, once for each; beyond the last row the request is dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(T* from, int i)
    {
        if (Sse.IsSupported && i * sizeof(T) % CacheLine == 0)
            Sse.Prefetch1(from);
    }
}
