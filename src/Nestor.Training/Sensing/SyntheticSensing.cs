using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>What is measured of the hidden matrix.</summary>
public enum MeasurementKind
{
    /// <summary>Independent normal entries.</summary>
    Gaussian,

    /// <summary>A_i = x_i x_iᵀ: a two-layer network with quadratic activations at the inputs x_i.</summary>
    QuadraticNetwork,
}

/// <summary>A seeded problem with a known answer: <c>M = U*U*ᵀ</c>, <c>U* = Q diag(s)</c> with random orthonormal columns Q, <c>y = A(M) + noise</c>.</summary>
public sealed record SyntheticSensing
{
    /// <summary>Rows of the hidden matrix, d.</summary>
    public int Dimension { get; init; } = 50;

    /// <summary>Singular values of the hidden factor, one for each of its columns: M has their squares as eigenvalues.</summary>
    public IReadOnlyList<double> SingularValues { get; init; } = [1, 0.9, 0.8];

    /// <summary>Number of measurements, m; without it five for each entry of the factor.</summary>
    public int? Measurements { get; init; }

    /// <summary>Standard deviation of the normal noise of an observation.</summary>
    public double Noise { get; init; } = 0.1;

    /// <summary>What is measured.</summary>
    public MeasurementKind Kind { get; init; }

    /// <summary>How measurements are stored; observations are of the stored ones.</summary>
    public MeasurementPrecision Precision { get; init; } = MeasurementPrecision.Double;

    /// <summary>Seed of truth, measurements and noise.</summary>
    public ulong Seed { get; init; }

    /// <summary>Rank of the hidden matrix, r.</summary>
    public int Rank => SingularValues.Count;

    /// <summary>Number of measurements that are made.</summary>
    public int Count => Measurements ?? checked(5 * Dimension * Rank);

    /// <summary>Evenly spaced singular values.</summary>
    public static IReadOnlyList<double> Even(int rank, double first, double last) =>
        [.. Enumerable.Range(0, rank).Select(i => rank == 1 ? first : first + (last - first) * i / (rank - 1))];

    /// <summary>Checks everything.</summary>
    /// <exception cref="NestorException">Something is out of its range; the message lists all of it.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        if (Dimension < 1)
            problems.Add($"dimension {Dimension}, at least 1 is wanted");
        if (Rank < 1)
            problems.Add("no singular values, at least one is wanted");
        if (SingularValues.Any(value => !double.IsFinite(value) || value <= 0))
            problems.Add($"singular values {string.Join(", ", SingularValues)}, positive finite numbers are wanted");
        if (!double.IsFinite(Noise) || Noise < 0)
            problems.Add($"noise {Noise}, a finite number of at least 0 is wanted");
        if (problems.Count > 0)
            throw new NestorException($"The sensing problem cannot be made: {string.Join("; ", problems)}.");
        SensingProblem.CheckRank(Dimension, Count, Rank);
    }

    /// <summary>Makes the problem.</summary>
    /// <exception cref="NestorException">The settings are impossible, or the system lacks the memory.</exception>
    public SyntheticProblem Create()
    {
        Validate();
        using var scope = NewDisposeScope();
        var factor = Factor();
        var truth = factor.mm(factor.t());
        var measurements = Kind == MeasurementKind.Gaussian
            ? PackedMeasurements.Gaussian(Dimension, Count, Seed, Precision)
            : PackedMeasurements.QuadraticNetwork(Dimension, Count, Seed, Precision);
        var (observations, noise) = (new double[Count], new double[Count]);
        measurements.Apply(truth, observations);
        GaussianNumbers.Fill(noise, Seed, GaussianStream.Noise);
        for (var i = 0; i < noise.Length; i++)
            observations[i] += Noise * noise[i];
        return new SyntheticProblem(new SensingProblem(measurements, observations), factor.MoveToOuterDisposeScope(), truth.MoveToOuterDisposeScope());
    }

    /// <summary>The hidden factor alone, (dimension, rank), float64: enough for a <see cref="PopulationLoss"/>.</summary>
    public Tensor Factor()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var columns = new double[Dimension * Rank];
        GaussianNumbers.Fill(columns, Seed, GaussianStream.Truth);
        var orthonormal = linalg.qr(tensor(columns, Dimension, Rank)).Q;
        return orthonormal.mul(tensor(SingularValues.ToArray())).contiguous().MoveToOuterDisposeScope();
    }
}

/// <summary>A problem and its answer.</summary>
/// <param name="Problem">What a method is given.</param>
/// <param name="Factor">U*: (dimension, rank), float64, orthogonal columns.</param>
/// <param name="Truth">M = U*U*ᵀ: (dimension, dimension), float64.</param>
public sealed record SyntheticProblem(SensingProblem Problem, Tensor Factor, Tensor Truth) : IDisposable
{
    /// <summary>Frees the answer.</summary>
    public void Dispose()
    {
        Factor.Dispose();
        Truth.Dispose();
    }
}
