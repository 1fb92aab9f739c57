using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Matrix sensing: find a positive semidefinite <c>M</c> of small rank from <c>y_i ≈ ⟨A_i, M⟩</c>.</summary>
public sealed class SensingProblem
{
    private readonly double[] observations;

    /// <summary>Joins measurements and what was observed.</summary>
    /// <param name="measurements">A_i.</param>
    /// <param name="observations">y_i, one for each measurement.</param>
    /// <exception cref="NestorException">Their numbers differ, or an observation is not finite.</exception>
    public SensingProblem(PackedMeasurements measurements, ReadOnlySpan<double> observations)
    {
        if (observations.Length != measurements.Count)
            throw new NestorException($"{observations.Length} observations were given for {measurements.Count} measurements; one for each is wanted.");
        for (var i = 0; i < observations.Length; i++)
        {
            if (!double.IsFinite(observations[i]))
                throw new NestorException($"Observation {i} is {observations[i]}; finite numbers are wanted.");
        }

        (Measurements, this.observations) = (measurements, observations.ToArray());
    }

    /// <summary>A_i.</summary>
    public PackedMeasurements Measurements { get; }

    /// <summary>y_i.</summary>
    public ReadOnlyMemory<double> Observations => observations;

    /// <summary>Rows of the hidden matrix.</summary>
    public int Dimension => Measurements.Dimension;

    /// <summary>Number of measurements, m.</summary>
    public int Count => Measurements.Count;

    /// <summary>Free numbers of a matrix of a rank: dr − r(r−1)/2; fewer measurements cannot determine it.</summary>
    public static long DegreesOfFreedom(int dimension, int rank) => (long)dimension * rank - (long)rank * (rank - 1) / 2;

    /// <summary>Checks that a rank can be found in this problem.</summary>
    /// <exception cref="NestorException">It is below 1, above the dimension, or needs more measurements.</exception>
    public void CheckRank(int rank) => CheckRank(Dimension, Count, rank);

    /// <summary>Checks that a rank can be found at all: what a command does before it makes measurements.</summary>
    /// <exception cref="NestorException">It is below 1, above the dimension, or needs more measurements.</exception>
    public static void CheckRank(int dimension, int count, int rank)
    {
        if (rank < 1 || rank > dimension)
            throw new NestorException($"Rank {rank} was asked for in dimension {dimension}; a rank from 1 to {dimension} is wanted.");
        if (count < DegreesOfFreedom(dimension, rank))
            throw new NestorException($"{count} measurements were given; rank {rank} in dimension {dimension} has {DegreesOfFreedom(dimension, rank)} free numbers and needs at least as many: take more measurements or a smaller rank.");
    }

    /// <summary>A new symmetric matrix from observations, <c>1/m Σ_i y_i A_i</c>: for Gaussian measurements its expectation is the hidden one.</summary>
    /// <returns>(dimension, dimension), float64.</returns>
    public Tensor BackProjection()
    {
        var sum = zeros(Dimension, Dimension, ScalarType.Float64);
        Measurements.Combine(observations, sum);
        return sum.div_(Count);
    }
}
