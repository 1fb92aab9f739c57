using Nestor.Cli.Commands;
using Nestor.Images;

namespace Nestor.Cli.Voting;

/// <summary>The images of one seed, in four parts that share none; parts of different seeds share none either where the source is large enough.</summary>
/// <param name="Training">For the models.</param>
/// <param name="Stopping">For the best step of each model.</param>
/// <param name="Selection">For the choice of committees.</param>
/// <param name="Test">For the results.</param>
internal sealed record VotingData(ImageSet Training, ImageSet Stopping, ImageSet Selection, ImageSet Test)
{
    private const int OrderSeed = 1;

    /// <summary>Takes the images of a seed.</summary>
    /// <param name="source">Where they are from.</param>
    /// <param name="path">The files; drawn images need none.</param>
    /// <param name="options">How many.</param>
    /// <param name="seed">From 1.</param>
    /// <exception cref="NestorException">There are too few.</exception>
    public static VotingData Open(VotingSource source, string? path, VotingOptions options, int seed)
    {
        var (training, stopping, selection) = (options.TrainingImages, options.StoppingPoints, options.SelectionPoints);
        var known = Part(source, path, ImageSplit.Train, options.Difficulty, training + stopping + selection, seed);
        return new VotingData(
            known.Pick([.. Enumerable.Range(0, training)]),
            known.Pick([.. Enumerable.Range(training, stopping)]),
            known.Pick([.. Enumerable.Range(training + stopping, selection)]),
            Part(source, path, ImageSplit.Test, options.Difficulty, options.TestPoints, seed));
    }

    private static ImageSet Part(VotingSource source, string? path, ImageSplit split, double difficulty, int count, int seed)
    {
        var from = (seed - 1) * count;
        if (source == VotingSource.Shapes)
            return ShapeImages.Draw(split, difficulty, count: from + count).Pick([.. Enumerable.Range(from, count)]);
        var all = ImageSources.Open(path!, split);
        if (count > all.Count)
            throw new NestorException($"{count} of {all.Count} images of {all.Source} were asked for; ask for fewer.");
        int[] order = [.. Enumerable.Range(0, all.Count)];
        new Random(OrderSeed).Shuffle(order);
        return all.Pick([.. Enumerable.Range(from, count).Select(place => order[place % all.Count])]);
    }
}
