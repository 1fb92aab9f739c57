namespace Nestor.Models.Vision;

/// <summary>The shape of a vision transformer whose feed-forward neurons are nested: MatViT (MatFormer, arXiv 2310.07707, §4.2).</summary>
/// <remarks>
/// Square patches become vectors by one matrix, learned positions are added; pre-norm blocks of bidirectional attention and exact GELU,
/// all matrices with biases, LayerNorm throughout: the ViT of Dosovitskiy et al. 2021, as HuggingFace's <c>vit</c> has it. Everything but
/// the feed-forward blocks is full-size in every granularity.
/// </remarks>
public sealed record VisionConfig : IImageConfig
{
    private const int LargestImage = 1 << 14, MostChannels = 1 << 10, MostPatches = 1 << 16;

    /// <summary>Height and width of a picture, in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Height and width of a patch, in pixels; divides <see cref="ImageSize"/>.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Numbers of a pixel: 3 for colour, 1 for grey.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Size of the residual stream, and of an embedding.</summary>
    public required int HiddenSize { get; init; }

    /// <inheritdoc/>
    public required WidthPlan FullWidths { get; init; }

    /// <summary>Attention heads; their number divides <see cref="HiddenSize"/>.</summary>
    public required int Heads { get; init; }

    /// <summary>Classes the classifier knows.</summary>
    public required int Classes { get; init; }

    /// <summary>The classes' names, in order; empty where they have none.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Which vector stands for the whole picture.</summary>
    public VisionPooling Pooling { get; init; } = VisionPooling.ClassToken;

    /// <summary>Added to the variance before the root in LayerNorm.</summary>
    public float NormEpsilon { get; init; } = 1e-6f;

    /// <summary>Subtracted from a channel's values, which run from 0 to 1; one for each channel.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <summary>Divides a channel's values after that; one for each channel.</summary>
    public IReadOnlyList<float> StandardDeviation { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <inheritdoc/>
    public IReadOnlyList<Granularity> Granularities { get; init; } = [];

    /// <summary>Number of layers.</summary>
    public int Layers => FullWidths.Layers;

    /// <summary>Size of one head.</summary>
    public int HeadSize => HiddenSize / Heads;

    /// <summary>Patches in a row, and rows of patches.</summary>
    public int PatchesPerSide => ImageSize / PatchSize;

    /// <summary>Patches of a picture.</summary>
    public int Patches => PatchesPerSide * PatchesPerSide;

    /// <summary>Vectors that pass through the network for one picture: its patches, and the class token where there is one, first.</summary>
    public int Positions => Patches + (Pooling == VisionPooling.ClassToken ? 1 : 0);

    /// <summary>Numbers of one picture: (channels, height, width).</summary>
    public int ImageLength => Channels * ImageSize * ImageSize;

    /// <summary>Attention and feed-forward of each layer.</summary>
    public int ResidualBlocks => 2 * Layers;

    /// <summary>The name of a class, or its number where it has none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public string Label(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Classes);
        return Labels.Count > 0 ? Labels[index] : VisionConfigJson.UnnamedLabel(index);
    }

    /// <summary>Refuses pictures that the model cannot read.</summary>
    /// <exception cref="NestorException">The picture has another size or another number of channels.</exception>
    public void CheckPicture(int channels, int height, int width)
    {
        if ((channels, height, width) != (Channels, ImageSize, ImageSize))
            throw new NestorException($"The picture is {channels} x {height} x {width} (channels, height, width), the model reads {Channels} x {ImageSize} x {ImageSize}; bring pictures to the model's size and channels first.");
    }

    /// <summary>Bytes of pixels as the model's inputs: values from 0 to 1, less the channel's mean, by its deviation.</summary>
    /// <param name="pixels">(n, channels, height, width).</param>
    /// <param name="images">(n, channels, height, width) receives the inputs.</param>
    /// <exception cref="NestorException">The bytes are not those of whole pictures of the model's size.</exception>
    /// <exception cref="ArgumentException">There is room for another number of values.</exception>
    public void Normalize(ReadOnlySpan<byte> pixels, Span<float> images) => PixelScale.Apply(this, pixels, images);

    /// <summary>Throws one error that lists every problem of this shape.</summary>
    /// <exception cref="NestorException">Some size is impossible or does not fit another.</exception>
    public void Validate()
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
            throw new NestorException("The vision model's configuration cannot be built: " + string.Join("; ", problems) + ".");
    }

    /// <summary>Whether two configurations have the same shape, value by value.</summary>
    public bool Equals(VisionConfig? other) =>
        other is not null
        && (ImageSize, PatchSize, Channels, HiddenSize, Heads, Classes) == (other.ImageSize, other.PatchSize, other.Channels, other.HiddenSize, other.Heads, other.Classes)
        && (Pooling, NormEpsilon) == (other.Pooling, other.NormEpsilon)
        && Labels.SequenceEqual(other.Labels, StringComparer.Ordinal)
        && Mean.SequenceEqual(other.Mean)
        && StandardDeviation.SequenceEqual(other.StandardDeviation)
        && FullWidths.Equals(other.FullWidths)
        && Granularities.SequenceEqual(other.Granularities);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ImageSize, PatchSize, Channels, HiddenSize, Heads, Classes, FullWidths);

    private IEnumerable<string> Problems()
    {
        foreach (var (name, value, most) in new[]
        {
            ("image size", ImageSize, LargestImage), ("patch size", PatchSize, LargestImage), ("number of channels", Channels, MostChannels),
            ("hidden size", HiddenSize, int.MaxValue), ("number of heads", Heads, int.MaxValue), ("number of classes", Classes, int.MaxValue),
        })
        {
            if (value <= 0 || value > most)
                yield return $"the {name} is {value} and must be {(value <= 0 ? "positive" : $"at most {most}")}";
        }

        if ((long)Channels * ImageSize * ImageSize > int.MaxValue)
            yield return $"a picture of {Channels} x {ImageSize} x {ImageSize} values is too large";
        if (PatchSize > 0 && ImageSize % PatchSize != 0)
            yield return $"patches of {PatchSize} pixels do not divide a picture of {ImageSize} evenly";
        else if (PatchSize > 0 && (long)PatchesPerSide * PatchesPerSide > MostPatches)
            yield return $"a picture of {PatchesPerSide} x {PatchesPerSide} patches has more than {MostPatches}";
        if (Heads > 0 && HiddenSize % Heads != 0)
            yield return $"{Heads} heads do not divide the hidden size {HiddenSize} evenly";
        if (!(NormEpsilon > 0) || !float.IsFinite(NormEpsilon))
            yield return $"the norm epsilon is {NormEpsilon} and must be positive";
        if (!Enum.IsDefined(Pooling))
            yield return $"the pooling {Pooling} is not one of {string.Join(", ", Enum.GetNames<VisionPooling>())}";
        if (Labels.Count > 0 && Labels.Count != Classes)
            yield return $"there are {Labels.Count} labels for {Classes} classes";
        if (Mean.Count != Channels || StandardDeviation.Count != Channels)
            yield return $"there are {Mean.Count} means and {StandardDeviation.Count} standard deviations for {Channels} channels";
        if (!Mean.All(float.IsFinite) || !StandardDeviation.All(value => value > 0 && float.IsFinite(value)))
            yield return "means must be finite and standard deviations positive";
        foreach (var problem in Granularity.Problems(Granularities, FullWidths))
            yield return problem;
    }
}
