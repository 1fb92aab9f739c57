using System.Collections.Immutable;
using System.Globalization;

namespace Nestor.Voting;

/// <summary>The votes for a class must weigh more than half of all; otherwise the committee abstains.</summary>
/// <param name="Weights">The weight of each member's vote, positive and finite.</param>
public sealed record WeightedMajority(ImmutableArray<double> Weights) : VotePolicy
{
    /// <inheritdoc/>
    /// <exception cref="NestorException">There is another number of weights, or one is not positive.</exception>
    public override void Validate(int members)
    {
        base.Validate(members);
        if (Weights.Length != members)
            throw new NestorException($"{Weights.Length} weights were given for {members} members; give one for each.");
        foreach (var weight in Weights)
        {
            if (!(weight > 0 && double.IsFinite(weight)))
                throw new NestorException($"A vote cannot weigh {weight}; weights are positive and finite.");
        }
    }

    /// <summary>Whether the weights are the same.</summary>
    public bool Equals(WeightedMajority? other) => other is not null && Weights.AsSpan().SequenceEqual(other.Weights.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Weights.Length, Weights.FirstOrDefault());

    /// <summary>The policy and its weights.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{nameof(WeightedMajority)} {{ Weights = {string.Join(' ', Weights.Select(weight => weight.ToString(CultureInfo.InvariantCulture)))} }}");

    private protected override int? Answer(ReadOnlySpan<int> votes)
    {
        var (half, open, most) = (Weights.Sum() / 2, Weight(votes, Open), 0.0);
        foreach (var vote in votes)
        {
            if (vote == Open)
                continue;
            var weight = Weight(votes, vote);
            if (weight > half)
                return vote;
            most = Math.Max(most, weight);
        }

        return most + open <= half ? Abstain : null;
    }

    private double Weight(ReadOnlySpan<int> votes, int label)
    {
        var sum = 0.0;
        for (var i = 0; i < votes.Length; i++)
            sum += votes[i] == label ? Weights[i] : 0;
        return sum;
    }
}
