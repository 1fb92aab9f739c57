using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Training.Vision;

/// <summary>The shape of a convolutional network whose channels are its widths.</summary>
/// <remarks>
/// Layers of a 3x3 convolution, a normalisation over the batch (Ioffe and Szegedy, arXiv 1502.03167) and a ReLU; between two layers the largest of each 2x2 pixels; after the last the
/// mean of each channel, and a classifier: a small network in the manner of VGG (Simonyan and Zisserman, arXiv 1409.1556).
/// </remarks>
public sealed record ConvolutionConfig : IImageConfig
{
    private const int LargestImage = 1 << 12, MostChannels = 1 << 14;

    /// <inheritdoc/>
    public required int ImageSize { get; init; }

    /// <inheritdoc/>
    public int Channels { get; init; } = 3;

    /// <summary>Channels of each layer.</summary>
    public required WidthPlan FullWidths { get; init; }

    /// <inheritdoc/>
    public required int Classes { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <inheritdoc/>
    public IReadOnlyList<float> Mean { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <inheritdoc/>
    public IReadOnlyList<float> StandardDeviation { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <summary>Added to the variance before the root.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <inheritdoc/>
    public IReadOnlyList<Granularity> Granularities { get; init; } = [];

    /// <summary>Layers.</summary>
    public int Layers => FullWidths.Layers;

    /// <inheritdoc/>
    public int ImageLength => Channels * ImageSize * ImageSize;

    /// <inheritdoc/>
    public int ResidualBlocks => 0;

    /// <summary>Weights, biases and normalisations of a plan; running statistics are not counted.</summary>
    public long Parameters(WidthPlan plan)
    {
        var (total, inputs) = (0L, Channels);
        foreach (var width in plan.AsSpan())
        {
            total += (9L * inputs + 2) * width;
            inputs = width;
        }

        return total + (inputs + 1L) * Classes;
    }

    /// <summary>Multiplications of a picture at a plan.</summary>
    public long Multiplications(WidthPlan plan)
    {
        var (total, inputs, side) = (0L, Channels, (long)ImageSize);
        foreach (var width in plan.AsSpan())
        {
            total += side * side * 9 * inputs * width;
            (inputs, side) = (width, side / 2);
        }

        return total + (long)inputs * Classes;
    }

    /// <inheritdoc/>
    public void Normalize(ReadOnlySpan<byte> pixels, Span<float> images) => PixelScale.Apply(this, pixels, images);

    /// <summary>Throws one error that lists every problem of this shape.</summary>
    /// <exception cref="NestorException">Some size is impossible or does not fit another.</exception>
    public void Validate()
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
            throw new NestorException("The convolutional network cannot be built: " + string.Join("; ", problems) + ".");
    }

    /// <summary>Whether two configurations have the same shape, value by value.</summary>
    public bool Equals(ConvolutionConfig? other) =>
        other is not null
        && (ImageSize, Channels, Classes, NormEpsilon) == (other.ImageSize, other.Channels, other.Classes, other.NormEpsilon)
        && Labels.SequenceEqual(other.Labels, StringComparer.Ordinal)
        && Mean.SequenceEqual(other.Mean)
        && StandardDeviation.SequenceEqual(other.StandardDeviation)
        && FullWidths.Equals(other.FullWidths)
        && Granularities.SequenceEqual(other.Granularities);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ImageSize, Channels, Classes, FullWidths);

    private IEnumerable<string> Problems()
    {
        if (ImageSize is < 1 or > LargestImage)
            yield return $"the image size is {ImageSize} and must be from 1 to {LargestImage}";
        else if (ImageSize >> (Layers - 1) < 1)
            yield return $"a picture of {ImageSize} pixels cannot be halved {Layers - 1} times; use fewer layers";
        if (Channels is < 1 or > MostChannels || FullWidths.Widest > MostChannels)
            yield return $"{Channels} channels of pictures and {FullWidths.Widest} of a layer were given; 1 to {MostChannels} are possible";
        if (Classes < 1)
            yield return $"the number of classes is {Classes} and must be positive";
        if (Labels.Count > 0 && Labels.Count != Classes)
            yield return $"there are {Labels.Count} labels for {Classes} classes";
        if (Mean.Count != Channels || StandardDeviation.Count != Channels || !StandardDeviation.All(value => value > 0))
            yield return $"there are {Mean.Count} means and {StandardDeviation.Count} standard deviations for {Channels} channels; one of each is wanted, deviations above 0";
        if (!(NormEpsilon > 0) || !double.IsFinite(NormEpsilon))
            yield return $"the norm epsilon is {NormEpsilon} and must be positive";
        foreach (var problem in Granularity.Problems(Granularities, FullWidths))
            yield return problem;
    }
}
