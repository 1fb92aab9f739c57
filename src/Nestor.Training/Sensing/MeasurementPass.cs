using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Training.Sensing;

/// <summary>Passes over packed measurements that read each row from memory once; <see cref="PlainMeasurementPass"/> says what they compute.</summary>
/// <remarks>
/// The gradient needs a row twice: for its residual, then, times the residual, in the sum. Four rows go together, and while their multiples are
/// added from the cache, the dots of the next four keep memory busy.
/// </remarks>
internal static unsafe class MeasurementPass
{
    private const int Together = 4;

    /// <summary>Residuals <c>e_i = ⟨a_i, x⟩ − y_i</c> of some rows: adds <c>Σ e_i a_i</c> to <paramref name="sum"/> and returns <c>Σ e_i²</c>.</summary>
    /// <param name="measurements">The rows.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="x">A packed matrix of <see cref="PackedMeasurements.Stride"/> entries.</param>
    /// <param name="observations">y, of all rows.</param>
    /// <param name="sum">A packed matrix.</param>
    public static double Residuals(PackedMeasurements measurements, int first, int count, double* x, double* observations, double* sum)
    {
        var squares = measurements.Precision == MeasurementPrecision.Single
            ? Residuals((float*)measurements.Start + (long)first * measurements.Stride, measurements.Stride, count, x, observations + first, sum)
            : Residuals((double*)measurements.Start + (long)first * measurements.Stride, measurements.Stride, count, x, observations + first, sum);
        GC.KeepAlive(measurements);
        return squares;
    }

    /// <summary><c>⟨a_i, x⟩</c> of some rows.</summary>
    public static void Dots(PackedMeasurements measurements, int first, int count, double* x, double* values)
    {
        if (measurements.Precision == MeasurementPrecision.Single)
            Dots((float*)measurements.Start + (long)first * measurements.Stride, measurements.Stride, count, x, values);
        else
            Dots((double*)measurements.Start + (long)first * measurements.Stride, measurements.Stride, count, x, values);
        GC.KeepAlive(measurements);
    }

    /// <summary>Adds <c>Σ w_i a_i</c> of some rows to <paramref name="sum"/>.</summary>
    public static void Add(PackedMeasurements measurements, int first, int count, double* weights, double* sum)
    {
        if (measurements.Precision == MeasurementPrecision.Single)
            Add((float*)measurements.Start + (long)first * measurements.Stride, measurements.Stride, count, weights, sum);
        else
            Add((double*)measurements.Start + (long)first * measurements.Stride, measurements.Stride, count, weights, sum);
        GC.KeepAlive(measurements);
    }

    private static double Residuals<T>(T* rows, int stride, int count, double* x, double* observations, double* sum)
        where T : unmanaged
    {
        var squares = 0.0;
        var errors = stackalloc double[Together];
        var following = stackalloc double[Together];
        var whole = count - count % Together;
        Dots(rows, stride, Math.Min(Together, whole), x, following);
        for (var row = 0; row < whole; row += Together)
        {
            for (var i = 0; i < Together; i++)
            {
                errors[i] = following[i] - observations[row + i];
                squares += errors[i] * errors[i];
            }

            var at = rows + (long)row * stride;
            if (row + Together < whole)
                AddAndDots(at, stride, errors, sum, x, following);
            else
                AddFour(at, stride, errors, sum);
        }

        for (var row = whole; row < count; row++)
        {
            var at = rows + (long)row * stride;
            var error = Dot(at, stride, x) - observations[row];
            squares += error * error;
            AddOne(at, stride, error, sum);
        }

        return squares;
    }

    private static void Dots<T>(T* rows, int stride, int count, double* x, double* values)
        where T : unmanaged
    {
        var row = 0;
        for (; row + Together <= count; row += Together)
            DotFour(rows + (long)row * stride, stride, x, values + row);
        for (; row < count; row++)
            values[row] = Dot(rows + (long)row * stride, stride, x);
    }

    private static void Add<T>(T* rows, int stride, int count, double* weights, double* sum)
        where T : unmanaged
    {
        var row = 0;
        for (; row + Together <= count; row += Together)
            AddFour(rows + (long)row * stride, stride, weights + row, sum);
        for (; row < count; row++)
            AddOne(rows + (long)row * stride, stride, weights[row], sum);
    }

    /// <summary>Adds multiples of four rows, and takes the dots of the four after them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddAndDots<T>(T* rows, int stride, double* weights, double* sum, double* x, double* dots)
        where T : unmanaged
    {
        T* a = rows, b = a + stride, c = b + stride, d = c + stride, e = d + stride, f = e + stride, g = f + stride, h = g + stride;
        var (wa, wb, wc, wd) = (Vector256.Create(weights[0]), Vector256.Create(weights[1]), Vector256.Create(weights[2]), Vector256.Create(weights[3]));
        Vector256<double> se = default, sf = default, sg = default, sh = default;
        for (var i = 0; i < stride; i += Vector256<double>.Count)
        {
            var at = Vector256.Load(x + i);
            se = Vector256.FusedMultiplyAdd(Load(e + i), at, se);
            sf = Vector256.FusedMultiplyAdd(Load(f + i), at, sf);
            sg = Vector256.FusedMultiplyAdd(Load(g + i), at, sg);
            sh = Vector256.FusedMultiplyAdd(Load(h + i), at, sh);
            var total = Vector256.FusedMultiplyAdd(Load(a + i), wa, Vector256.Load(sum + i));
            total = Vector256.FusedMultiplyAdd(Load(b + i), wb, total);
            total = Vector256.FusedMultiplyAdd(Load(c + i), wc, total);
            Vector256.FusedMultiplyAdd(Load(d + i), wd, total).Store(sum + i);
        }

        (dots[0], dots[1], dots[2], dots[3]) = (Vector256.Sum(se), Vector256.Sum(sf), Vector256.Sum(sg), Vector256.Sum(sh));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DotFour<T>(T* rows, int stride, double* x, double* dots)
        where T : unmanaged
    {
        T* e = rows, f = e + stride, g = f + stride, h = g + stride;
        Vector256<double> se = default, sf = default, sg = default, sh = default;
        for (var i = 0; i < stride; i += Vector256<double>.Count)
        {
            var at = Vector256.Load(x + i);
            se = Vector256.FusedMultiplyAdd(Load(e + i), at, se);
            sf = Vector256.FusedMultiplyAdd(Load(f + i), at, sf);
            sg = Vector256.FusedMultiplyAdd(Load(g + i), at, sg);
            sh = Vector256.FusedMultiplyAdd(Load(h + i), at, sh);
        }

        (dots[0], dots[1], dots[2], dots[3]) = (Vector256.Sum(se), Vector256.Sum(sf), Vector256.Sum(sg), Vector256.Sum(sh));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddFour<T>(T* rows, int stride, double* weights, double* sum)
        where T : unmanaged
    {
        T* a = rows, b = a + stride, c = b + stride, d = c + stride;
        var (wa, wb, wc, wd) = (Vector256.Create(weights[0]), Vector256.Create(weights[1]), Vector256.Create(weights[2]), Vector256.Create(weights[3]));
        for (var i = 0; i < stride; i += Vector256<double>.Count)
        {
            var total = Vector256.FusedMultiplyAdd(Load(a + i), wa, Vector256.Load(sum + i));
            total = Vector256.FusedMultiplyAdd(Load(b + i), wb, total);
            total = Vector256.FusedMultiplyAdd(Load(c + i), wc, total);
            Vector256.FusedMultiplyAdd(Load(d + i), wd, total).Store(sum + i);
        }
    }

    private static double Dot<T>(T* row, int stride, double* x)
        where T : unmanaged
    {
        Vector256<double> sum = default;
        for (var i = 0; i < stride; i += Vector256<double>.Count)
            sum = Vector256.FusedMultiplyAdd(Load(row + i), Vector256.Load(x + i), sum);
        return Vector256.Sum(sum);
    }

    private static void AddOne<T>(T* row, int stride, double weight, double* sum)
        where T : unmanaged
    {
        var factor = Vector256.Create(weight);
        for (var i = 0; i < stride; i += Vector256<double>.Count)
            Vector256.FusedMultiplyAdd(Load(row + i), factor, Vector256.Load(sum + i)).Store(sum + i);
    }

    /// <summary>Four entries as float64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Load<T>(T* from)
        where T : unmanaged => typeof(T) == typeof(float)
        ? Vector256.WidenLower(Vector128.Load((float*)from).ToVector256Unsafe())
        : Vector256.Load((double*)from);
}
