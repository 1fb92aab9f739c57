using Nestor.Inference;
using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Symmetric measurement matrices <c>A_1 … A_m</c>, each packed into one row of d(d+1)/2 entries: an observation of <c>X</c> is <c>⟨A_i, X⟩</c>.</summary>
/// <remarks>
/// Only the symmetric part of a measurement matters, so a row holds its upper triangle with off-diagonal entries times √2: half the memory of a
/// matrix, and the inner product of two rows is that of their matrices. The memory lies outside the garbage collector's heap.
/// </remarks>
public sealed unsafe class PackedMeasurements
{
    // Rows are padded with zeros to whole cache lines of either precision: passes need no remainder.
    private const int EntriesTogether = 16;

    private readonly AlignedMemory memory;

    private PackedMeasurements(int dimension, int count, MeasurementPrecision precision)
    {
        if (dimension < 1)
            throw new NestorException($"Measurements of {dimension} dimensions were asked for; at least 1 is wanted.");
        if (count < 1)
            throw new NestorException($"{count} measurements were asked for; at least 1 is wanted.");
        (Dimension, Count, Precision) = (dimension, count, precision);
        RowLength = SymmetricVector.Length(dimension);
        Stride = checked(RowLength + EntriesTogether - 1) / EntriesTogether * EntriesTogether;
        var bytes = Bytes;
        try
        {
            if (bytes > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
                throw new OutOfMemoryException();
            memory = new AlignedMemory(bytes, "Measurements");
        }
        catch (Exception error) when (error is OutOfMemoryException or NestorException)
        {
            throw new NestorException($"{count} measurements of dimension {dimension} need {bytes / (double)(1 << 20):N0} MiB, more than the system has; take fewer, or store them in single precision.", error);
        }
    }

    /// <summary>Rows and columns of a measurement.</summary>
    public int Dimension { get; }

    /// <summary>Number of measurements, m.</summary>
    public int Count { get; }

    /// <summary>Entries of a packed measurement: d(d+1)/2.</summary>
    public int RowLength { get; }

    /// <summary>How entries are stored.</summary>
    public MeasurementPrecision Precision { get; }

    /// <summary>Bytes of all rows, which a pass reads.</summary>
    public long Bytes => (long)Count * Stride * EntryBytes;

    /// <summary>Entries from a row to the next, padding included.</summary>
    internal int Stride { get; }

    /// <summary>The first row.</summary>
    internal byte* Start => memory.Start;

    private int EntryBytes => Precision == MeasurementPrecision.Single ? sizeof(float) : sizeof(double);

    /// <summary>Matrices with independent standard normal entries of the packed rows: E⟨A, X⟩² = ‖X‖².</summary>
    /// <remarks>The symmetric part of a matrix of independent N(0, 1) entries has exactly this law.</remarks>
    /// <exception cref="NestorException">A number is below 1, or the system lacks the memory.</exception>
    public static PackedMeasurements Gaussian(int dimension, int count, ulong seed, MeasurementPrecision precision = MeasurementPrecision.Double)
    {
        var measurements = new PackedMeasurements(dimension, count, precision);
        measurements.Fill((row, packed) => GaussianNumbers.Fill(packed, seed, GaussianStream.Measurements, row));
        return measurements;
    }

    /// <summary>Rank-one measurements A_i = x_i x_iᵀ with standard normal x_i: what a network y = Σ_j (u_j·x)² sees of UUᵀ.</summary>
    /// <remarks>Rajaraman et al. 2023 (arXiv 2303.11453), two-layer networks with quadratic activations. E⟨A, X⟩² = 2‖X‖² + (tr X)².</remarks>
    /// <exception cref="NestorException">A number is below 1, or the system lacks the memory.</exception>
    public static PackedMeasurements QuadraticNetwork(int dimension, int count, ulong seed, MeasurementPrecision precision = MeasurementPrecision.Double)
    {
        var measurements = new PackedMeasurements(dimension, count, precision);
        measurements.Fill((row, packed) =>
        {
            Span<double> input = dimension <= 1024 ? stackalloc double[dimension] : new double[dimension];
            GaussianNumbers.Fill(input, seed, GaussianStream.Measurements, row);
            var at = 0;
            for (var i = 0; i < input.Length; i++)
            {
                packed[at++] = input[i] * input[i];
                for (var j = i + 1; j < input.Length; j++)
                    packed[at++] = Math.Sqrt(2) * input[i] * input[j];
            }
        });
        return measurements;
    }

    /// <summary>The symmetric parts of given matrices.</summary>
    /// <param name="matrices">(m, d, d), of any floating type.</param>
    /// <param name="precision">How to store them.</param>
    /// <exception cref="NestorException">The shape is another, or an entry is not finite.</exception>
    public static PackedMeasurements Of(Tensor matrices, MeasurementPrecision precision = MeasurementPrecision.Double)
    {
        if (matrices.dim() != 3 || matrices.shape[1] != matrices.shape[2])
            throw new NestorException($"Measurements of shape ({string.Join(", ", matrices.shape)}) were given; (count, dimension, dimension) is wanted.");
        using var scope = NewDisposeScope();
        var all = matrices.detach().cpu().to(ScalarType.Float64).contiguous();
        var measurements = new PackedMeasurements((int)all.shape[1], (int)all.shape[0], precision);
        measurements.Fill((row, packed) =>
        {
            var size = measurements.Dimension * measurements.Dimension;
            SymmetricVector.Pack(TensorMemory.Doubles(all).Slice(row * size, size), measurements.Dimension, packed);
        });
        return measurements;
    }

    /// <summary>Copies a packed row, without its padding.</summary>
    public void CopyRow(int row, Span<double> packed)
    {
        if (Precision == MeasurementPrecision.Double)
        {
            Entries<double>(row)[..RowLength].CopyTo(packed);
            return;
        }

        var entries = Entries<float>(row);
        for (var i = 0; i < RowLength; i++)
            packed[i] = entries[i];
        GC.KeepAlive(this);
    }

    /// <summary>Observes a symmetric matrix: <c>⟨A_i, X⟩</c> for every i.</summary>
    /// <param name="x">(dimension, dimension), float64.</param>
    /// <param name="values">Count numbers, overwritten.</param>
    public void Apply(Tensor x, Span<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, Count);
        var packed = new PaddedVector(Stride);
        SymmetricVector.Pack(TensorMemory.Doubles(x), Dimension, packed.Span);
        fixed (double* first = values)
            MeasurementPass.Dots(this, packed.Start, first);
        GC.KeepAlive(packed);
    }

    /// <summary>The adjoint of <see cref="Apply"/>: <c>Σ_i w_i A_i</c>.</summary>
    /// <param name="weights">Count numbers.</param>
    /// <param name="sum">(dimension, dimension), float64, overwritten.</param>
    public void Combine(ReadOnlySpan<double> weights, Tensor sum)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, Count);
        var packed = new PaddedVector(Stride);
        fixed (double* first = weights)
            MeasurementPass.Add(this, first, packed.Start);
        SymmetricVector.Unpack(packed.Span, Dimension, 1, TensorMemory.Doubles(sum));
        GC.KeepAlive(packed);
    }

    private Span<T> Entries<T>(int row)
        where T : unmanaged => new((T*)Start + (long)row * Stride, Stride);

    private void Fill(RowFill fill)
    {
        try
        {
            Parallel.For(0, Count, () => new double[Stride], (row, _, packed) =>
            {
                fill(row, packed.AsSpan(0, RowLength));
                Store(row, packed);
                return packed;
            }, _ => { });
        }
        catch (AggregateException error) when (error.InnerExceptions.OfType<NestorException>().FirstOrDefault() is { } failure)
        {
            throw failure;
        }
    }

    private void Store(int row, ReadOnlySpan<double> packed)
    {
        foreach (var value in packed)
        {
            if (!double.IsFinite(value))
                throw new NestorException($"Measurement {row} has an entry that is {value}; finite numbers are wanted.");
        }

        if (Precision == MeasurementPrecision.Double)
        {
            packed.CopyTo(Entries<double>(row));
            return;
        }

        var entries = Entries<float>(row);
        for (var i = 0; i < packed.Length; i++)
            entries[i] = (float)packed[i];
    }

    private delegate void RowFill(int row, Span<double> packed);
}
