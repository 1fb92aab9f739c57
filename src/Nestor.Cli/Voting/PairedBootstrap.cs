namespace Nestor.Cli.Voting;

/// <summary>How sure a difference of two defences is that were tried on the same images, of several seeds.</summary>
/// <param name="Difference">The mean over seeds of the difference of their shares.</param>
/// <param name="Low">Below it lie 2.5 % of the differences of drawn images.</param>
/// <param name="High">Above it lie as many.</param>
/// <param name="NotAbove">The share of draws whose difference is 0 or less: the one-sided p of a gain.</param>
/// <param name="NotBelow">The share of draws whose difference is 0 or more.</param>
internal sealed record PairedBootstrap(double Difference, double Low, double High, double NotAbove, double NotBelow)
{
    private const int Draws = 10_000;

    /// <summary>The two-sided p of any difference.</summary>
    public double TwoSided => Math.Min(1, 2 * Math.Min(NotAbove, NotBelow));

    /// <summary>Draws images with replacement, those of each seed for themselves, 10,000 times.</summary>
    /// <param name="seeds">Flags of the one defence and of the other, image by image, for each seed.</param>
    public static PairedBootstrap Of(IReadOnlyList<(IReadOnlyList<bool> One, IReadOnlyList<bool> Other)> seeds)
    {
        var steps = seeds.Select(seed => seed.One.Zip(seed.Other, (one, other) => (one ? 1 : 0) - (other ? 1 : 0)).ToArray()).ToList();
        var random = new Random(1);
        var drawn = Enumerable.Range(0, Draws).Select(_ => steps.Average(values => Drawn(values, random))).Order().ToArray();
        return new PairedBootstrap(
            steps.Average(values => values.Average()), drawn[(int)(0.025 * Draws)], drawn[(int)(0.975 * Draws)], Share(difference => difference <= 0), Share(difference => difference >= 0));

        double Share(Func<double, bool> condition) => drawn.Count(condition) / (double)Draws;
    }

    private static double Drawn(int[] values, Random random)
    {
        var sum = 0;
        for (var i = 0; i < values.Length; i++)
            sum += values[random.Next(values.Length)];
        return sum / (double)values.Length;
    }
}
