using Nestor.Inference;

namespace Nestor.Training.Sensing;

/// <summary>A float64 vector as long as a padded measurement, on whole cache lines; zero to begin with.</summary>
internal sealed unsafe class PaddedVector
{
    private readonly AlignedMemory memory;
    private readonly int length;

    /// <summary>Allocates a vector of <paramref name="length"/> entries, padding included.</summary>
    public PaddedVector(int length)
    {
        this.length = length;
        memory = new AlignedMemory((long)length * sizeof(double), "A pass over measurements");
        Span.Clear();
    }

    public double* Start => (double*)memory.Start;

    public Span<double> Span => new(Start, length);
}
