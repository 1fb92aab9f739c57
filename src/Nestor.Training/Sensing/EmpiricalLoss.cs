using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>The mean squared error of matrix sensing: <c>L(X) = 1/m Σ_i (⟨A_i, X⟩ − y_i)²</c>.</summary>
/// <remarks>
/// Rajaraman et al. 2023 (arXiv 2303.11453). ∂L/∂X = 2/m Σ_i e_i A_i with residuals e_i, so ∇_U = 4/m Σ_i e_i A_i U. One pass over the
/// measurements, which several threads share; sums are taken in an order that does not depend on their number.
/// </remarks>
public sealed unsafe class EmpiricalLoss : IMatrixLoss
{
    // Enough work for a thread to be worth its wake-up, and enough parts for as many threads as are likely.
    private const int RowsOfPart = 256, MostParts = 64;

    private readonly SensingProblem problem;
    private readonly int threads;
    private readonly PaddedVector x;
    private readonly PaddedVector observations;
    private readonly PaddedVector[] sums;
    private readonly double[] squares;

    /// <summary>Creates the loss with the buffers of its pass.</summary>
    /// <param name="problem">Measurements and observations.</param>
    /// <param name="threads">Threads of a pass, the calling one included.</param>
    public EmpiricalLoss(SensingProblem problem, int threads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        (this.problem, this.threads) = (problem, threads);
        x = new PaddedVector(problem.Measurements.Stride);
        observations = new PaddedVector(problem.Count);
        problem.Observations.Span.CopyTo(observations.Span);
        sums = [.. Enumerable.Range(0, Math.Clamp(problem.Count / RowsOfPart, 1, MostParts)).Select(_ => new PaddedVector(x.Span.Length))];
        squares = new double[sums.Length];
    }

    /// <inheritdoc/>
    public int Dimension => problem.Dimension;

    /// <summary>Passes over the measurements so far.</summary>
    public long Passes { get; private set; }

    /// <inheritdoc/>
    public double Evaluate(Tensor x, Tensor gradient)
    {
        SymmetricVector.Pack(TensorMemory.Doubles(x), Dimension, this.x.Span);
        if (threads == 1 || sums.Length == 1)
        {
            for (var part = 0; part < sums.Length; part++)
                Pass(part);
        }
        else
        {
            Parallel.For(0, sums.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, Pass);
        }

        Passes++;
        var sum = sums[0].Span;
        foreach (var other in sums.AsSpan(1))
            VectorSum.Add(other.Span, sum);
        SymmetricVector.Unpack(sum, Dimension, 2.0 / problem.Count, TensorMemory.Doubles(gradient));
        return squares.Sum() / problem.Count;
    }

    private void Pass(int part)
    {
        var first = First(part);
        sums[part].Span.Clear();
        squares[part] = MeasurementPass.Residuals(problem.Measurements, first, First(part + 1) - first, x.Start, observations.Start, sums[part].Start);
        GC.KeepAlive(this);
    }

    private int First(int part) => (int)((long)problem.Count * part / sums.Length);
}
