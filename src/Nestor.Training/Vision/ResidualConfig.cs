using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Training.Vision;

/// <summary>The shape of a residual network of basic blocks for small images.</summary>
/// <remarks>He et al. 2016 (arXiv 1512.03385), in the form that robust models of CIFAR have: a 3x3 filter first and no pooling after it, so that images of 32 pixels keep their detail.</remarks>
public sealed record ResidualConfig : IImageConfig
{
    private const int LargestImage = 1 << 12, MostChannels = 1 << 12, MostBlocks = 1 << 8;

    /// <summary>ResNet-18 for images of 32x32 in ten classes: 11.17 million parameters.</summary>
    public static ResidualConfig ResNet18 { get; } = Of(width: 64);

    /// <inheritdoc/>
    public required int ImageSize { get; init; }

    /// <inheritdoc/>
    public int Channels { get; init; } = 3;

    /// <summary>Channels of the first stage: one width, and the only one that the network runs at. Each stage after it has twice as many as the one before.</summary>
    public required WidthPlan FullWidths { get; init; }

    /// <summary>Basic blocks of each stage; every stage but the first halves height and width.</summary>
    public IReadOnlyList<int> Blocks { get; init; } = [2, 2, 2, 2];

    /// <inheritdoc/>
    public required int Classes { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <inheritdoc/>
    public IReadOnlyList<float> Mean { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <inheritdoc/>
    public IReadOnlyList<float> StandardDeviation { get; init; } = [0.25f, 0.25f, 0.25f];

    /// <summary>Added to a variance before its root.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>How far a batch moves what the network is normalised by in use.</summary>
    public double Momentum { get; init; } = 0.1;

    /// <inheritdoc/>
    public IReadOnlyList<Granularity> Granularities => [new Granularity("XL", FullWidths[0])];

    /// <inheritdoc/>
    public int ImageLength => Channels * ImageSize * ImageSize;

    /// <summary>0: a block of this network cannot be skipped.</summary>
    public int ResidualBlocks => 0;

    /// <summary>Filters, scales, shifts and the classifier; statistics are not counted.</summary>
    public long Parameters => ResidualTensors.All(this).Where(tensor => tensor.IsTrained).Sum(tensor => tensor.Shape.Aggregate(1L, (count, size) => count * size));

    /// <summary>The same network with another number of channels.</summary>
    /// <param name="width">Channels of the first stage.</param>
    public static ResidualConfig Of(int width) => new() { ImageSize = 32, FullWidths = new WidthPlan([width]), Classes = 10 };

    /// <inheritdoc/>
    public void Normalize(ReadOnlySpan<byte> pixels, Span<float> images) => PixelScale.Apply(this, pixels, images);

    /// <summary>Throws one error that lists every problem of this shape.</summary>
    /// <exception cref="NestorException">Some size is impossible or does not fit another.</exception>
    public void Validate()
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
            throw new NestorException("The residual network cannot be built: " + string.Join("; ", problems) + ".");
    }

    /// <summary>Whether two configurations have the same shape, value by value.</summary>
    public bool Equals(ResidualConfig? other) =>
        other is not null
        && (ImageSize, Channels, Classes, NormEpsilon, Momentum) == (other.ImageSize, other.Channels, other.Classes, other.NormEpsilon, other.Momentum)
        && FullWidths.Equals(other.FullWidths)
        && Blocks.SequenceEqual(other.Blocks)
        && Labels.SequenceEqual(other.Labels, StringComparer.Ordinal)
        && Mean.SequenceEqual(other.Mean)
        && StandardDeviation.SequenceEqual(other.StandardDeviation);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ImageSize, Channels, Classes, Blocks.Count, FullWidths);

    /// <summary>Channels of a stage.</summary>
    internal int Width(int stage) => FullWidths[0] << stage;

    private IEnumerable<string> Problems()
    {
        if (ImageSize is < 1 or > LargestImage || Channels is < 1 or > MostChannels)
            yield return $"images of {Channels}x{ImageSize}x{ImageSize} cannot be read; channels must be from 1 to {MostChannels}, sizes from 1 to {LargestImage}";
        if (FullWidths.Layers != 1 || FullWidths[0] > MostChannels)
            yield return $"the widths {FullWidths} were given; one is wanted, the channels of the first stage, at most {MostChannels}";
        else if (Blocks.Count is < 1 or > 8 || Blocks.Any(count => count is < 1 or > MostBlocks))
            yield return $"stages of {string.Join(", ", Blocks)} blocks were given; 1 to 8 stages of 1 to {MostBlocks} blocks each are possible";
        if (Classes < 1)
            yield return $"the number of classes is {Classes} and must be positive";
        if (Labels.Count > 0 && Labels.Count != Classes)
            yield return $"there are {Labels.Count} labels for {Classes} classes";
        if (Mean.Count != Channels || StandardDeviation.Count != Channels || !StandardDeviation.All(value => value > 0))
            yield return $"there are {Mean.Count} means and {StandardDeviation.Count} standard deviations for {Channels} channels; one of each is wanted, deviations above 0";
        if (!(NormEpsilon > 0) || !double.IsFinite(NormEpsilon) || !(Momentum is > 0 and <= 1))
            yield return $"the norm epsilon is {NormEpsilon} and the momentum {Momentum}; above 0, the momentum at most 1, is wanted";
    }
}
