using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Training.Vision;

/// <summary>The shape of a small network without normalisation: convolutions, the largest of each 2x2 pixels if wanted, a hidden layer whose neurons are nested, a classifier.</summary>
public sealed record PlainNetConfig : IImageConfig
{
    /// <inheritdoc/>
    public required int ImageSize { get; init; }

    /// <inheritdoc/>
    public int Channels { get; init; } = 3;

    /// <summary>The convolutions, from the image on.</summary>
    public required IReadOnlyList<PlainConvolution> Convolutions { get; init; }

    /// <summary>Whether the largest of each 2x2 pixels is taken after the last convolution.</summary>
    public bool Pool { get; init; }

    /// <summary>Neurons of the hidden layer: one width.</summary>
    public required WidthPlan FullWidths { get; init; }

    /// <inheritdoc/>
    public required int Classes { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <inheritdoc/>
    public IReadOnlyList<float> Mean { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <inheritdoc/>
    public IReadOnlyList<float> StandardDeviation { get; init; } = [0.25f, 0.25f, 0.25f];

    /// <inheritdoc/>
    public IReadOnlyList<Granularity> Granularities { get; init; } = [];

    /// <inheritdoc/>
    public int ImageLength => Channels * ImageSize * ImageSize;

    /// <inheritdoc/>
    public int ResidualBlocks => 0;

    /// <summary>Numbers that the hidden layer reads.</summary>
    internal int Features
    {
        get
        {
            var side = Convolutions.Aggregate(ImageSize, (size, convolution) => convolution.Side(size));
            side = Pool ? side / 2 : side;
            return (Convolutions is [.., var last] ? last.Channels : Channels) * side * side;
        }
    }

    /// <inheritdoc/>
    public void Normalize(ReadOnlySpan<byte> pixels, Span<float> images) => PixelScale.Apply(this, pixels, images);

    /// <summary>Throws one error that lists every problem of this shape.</summary>
    /// <exception cref="NestorException">Some size is impossible or does not fit another.</exception>
    public void Validate()
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
            throw new NestorException("The network cannot be built: " + string.Join("; ", problems) + ".");
    }

    /// <summary>Whether two configurations have the same shape, value by value.</summary>
    public bool Equals(PlainNetConfig? other) =>
        other is not null
        && (ImageSize, Channels, Pool, Classes) == (other.ImageSize, other.Channels, other.Pool, other.Classes)
        && Convolutions.SequenceEqual(other.Convolutions)
        && Labels.SequenceEqual(other.Labels, StringComparer.Ordinal)
        && Mean.SequenceEqual(other.Mean)
        && StandardDeviation.SequenceEqual(other.StandardDeviation)
        && FullWidths.Equals(other.FullWidths)
        && Granularities.SequenceEqual(other.Granularities);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ImageSize, Channels, Classes, Convolutions.Count, FullWidths);

    private IEnumerable<string> Problems()
    {
        const int LargestImage = 1 << 12, MostChannels = 1 << 14;
        if (ImageSize is < 1 or > LargestImage || Channels is < 1 or > MostChannels)
            yield return $"images of {Channels}x{ImageSize}x{ImageSize} cannot be read; channels must be from 1 to {MostChannels}, sizes from 1 to {LargestImage}";
        else if (Convolutions.Any(convolution => convolution.Channels is < 1 or > MostChannels || convolution.Kernel is < 1 or > LargestImage || convolution.Stride is < 1 or > LargestImage))
            yield return "a convolution has channels, a filter or a stride below 1 or far too large";
        else if (Features < 1)
            yield return $"nothing is left of images of {ImageSize} pixels after the convolutions; use larger images or fewer strides";
        if (FullWidths.Layers != 1)
            yield return $"{FullWidths.Layers} hidden widths were given; there is one hidden layer";
        if (Classes < 1)
            yield return $"the number of classes is {Classes} and must be positive";
        if (Labels.Count > 0 && Labels.Count != Classes)
            yield return $"there are {Labels.Count} labels for {Classes} classes";
        if (Mean.Count != Channels || StandardDeviation.Count != Channels || !StandardDeviation.All(value => value > 0))
            yield return $"there are {Mean.Count} means and {StandardDeviation.Count} standard deviations for {Channels} channels; one of each is wanted, deviations above 0";
        foreach (var problem in Granularity.Problems(Granularities, FullWidths))
            yield return problem;
    }
}
