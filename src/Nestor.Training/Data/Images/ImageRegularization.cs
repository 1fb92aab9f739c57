using System.Globalization;

namespace Nestor.Training.Data.Images;

/// <summary>What is random about the images of a batch, so that a model learns more from few of them. The default changes nothing.</summary>
public sealed record ImageRegularization
{
    /// <summary>Images are moved by up to this many pixels each way; what comes in is the mean colour.</summary>
    public int Crop { get; init; }

    /// <summary>Whether half of the images are mirrored left to right.</summary>
    public bool Flip { get; init; }

    /// <summary>Operations of <see cref="RandomOperation"/> applied to each image, N of RandAugment.</summary>
    public int Operations { get; init; }

    /// <summary>Their strength, 0 to 1; M / 10 of RandAugment.</summary>
    public double Magnitude { get; init; } = 0.5;

    /// <summary>Alpha of mixup: images and answers are blended in pairs by a share from Beta(alpha, alpha); 0 for none, at most 1.</summary>
    /// <remarks>Zhang et al., arXiv 1710.09412.</remarks>
    public double Mixup { get; init; }

    /// <summary>Share of the answer that is spread over all classes.</summary>
    /// <remarks>Szegedy et al., arXiv 1512.00567, §7.</remarks>
    public double LabelSmoothing { get; init; }

    /// <summary>Probability that an image skips an attention or feed-forward block: this for the last layer, falling linearly to 0 for the first.</summary>
    /// <remarks>Huang et al., arXiv 1603.09382, §3, with the linear rule.</remarks>
    public double StochasticDepth { get; init; }

    /// <summary>Throws one error that lists every problem.</summary>
    /// <exception cref="NestorException">Some option is impossible.</exception>
    public void Validate()
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
            throw new NestorException("The images cannot be varied so: " + string.Join("; ", problems) + ".");
    }

    /// <summary>What is not the default, such as <c>crop 2, mixup 0.2</c>.</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        if (Crop > 0)
            parts.Add($"crop {Crop}");
        if (Flip)
            parts.Add("flip");
        if (Operations > 0)
            parts.Add($"{Operations} random operation{(Operations == 1 ? "" : "s")} of {Number(Magnitude)}");
        if (Mixup > 0)
            parts.Add($"mixup {Number(Mixup)}");
        if (LabelSmoothing > 0)
            parts.Add($"label smoothing {Number(LabelSmoothing)}");
        if (StochasticDepth > 0)
            parts.Add($"stochastic depth {Number(StochasticDepth)}");
        return parts.Count == 0 ? "unchanged images" : string.Join(", ", parts);
    }

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    private IEnumerable<string> Problems()
    {
        if (Crop is < 0 or > 1024)
            yield return $"a crop of {Crop} pixels is not from 0 to 1024";
        if (Operations is < 0 or > 16)
            yield return $"{Operations} random operations are not from 0 to 16";
        if (Magnitude is not (>= 0 and <= 1))
            yield return $"a magnitude of {Magnitude} is not from 0 to 1";
        if (Mixup is not (0 or (>= 0.01 and <= 1)))
            yield return $"a mixup of {Mixup} is neither 0 nor from 0.01 to 1";
        if (LabelSmoothing is not (>= 0 and < 1))
            yield return $"a label smoothing of {LabelSmoothing} is not from 0 to 1, exclusive";
        if (StochasticDepth is not (>= 0 and < 1))
            yield return $"a stochastic depth of {StochasticDepth} is not from 0 to 1, exclusive";
    }
}
