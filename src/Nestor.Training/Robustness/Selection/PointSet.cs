using System.Numerics;

namespace Nestor.Training.Robustness.Selection;

/// <summary>Some of the points of a data set, one bit for each.</summary>
public sealed class PointSet
{
    private readonly ulong[] words;

    private PointSet(int points, ulong[] words) => (Points, this.words) = (points, words);

    /// <summary>Points of the data set.</summary>
    public int Points { get; }

    /// <summary>How many are in the set.</summary>
    public int Count => words.Sum(BitOperations.PopCount);

    /// <summary>Whether a point is in the set.</summary>
    public bool this[int point] => (words[point / 64] >> (point % 64) & 1) != 0;

    /// <summary>The points that are flagged.</summary>
    public static PointSet Of(IReadOnlyList<bool> flags)
    {
        var words = new ulong[(flags.Count + 63) / 64];
        for (var i = 0; i < flags.Count; i++)
            words[i / 64] |= (flags[i] ? 1UL : 0) << (i % 64);
        return new PointSet(flags.Count, words);
    }

    /// <summary>The points that are in either set.</summary>
    /// <exception cref="ArgumentException">The sets are of different data.</exception>
    public PointSet Or(PointSet other) => other.Points == Points
        ? new PointSet(Points, [.. words.Zip(other.words, (one, two) => one | two)])
        : throw new ArgumentException($"A set of {other.Points} points cannot be joined with one of {Points}.", nameof(other));
}
