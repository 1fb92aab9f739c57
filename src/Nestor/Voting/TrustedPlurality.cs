namespace Nestor.Voting;

/// <summary>The class with the most votes wins; of tied classes the one that the most trusted of their voters chose. It never abstains.</summary>
/// <remarks>Trust is the order of the members, for instance by robust accuracy on validation data. It never depends on the numbers of the classes.</remarks>
public sealed record TrustedPlurality : VotePolicy
{
    private protected override int? Answer(ReadOnlySpan<int> votes)
    {
        var leader = Leader(votes);
        if (leader == Open)
            return null;

        // The worst that can happen to the leader is that every open vote goes to one rival.
        Span<int> completed = votes.Length <= 64 ? stackalloc int[votes.Length] : new int[votes.Length];
        var unseen = 0;
        foreach (var vote in votes)
            unseen = Math.Max(unseen, vote + 1);
        for (var i = -1; i < votes.Length; i++)
        {
            var rival = i < 0 ? unseen : votes[i];
            if (rival == Open)
                continue;
            votes.Replace(completed, Open, rival);
            if (Leader(completed) != leader)
                return null;
        }

        return leader;
    }

    // Strictly more votes are needed to displace a class that a more trusted member chose.
    private static int Leader(ReadOnlySpan<int> votes)
    {
        var (leader, most) = (Open, 0);
        foreach (var vote in votes)
        {
            if (vote != Open && votes.Count(vote) is var count && count > most)
                (leader, most) = (vote, count);
        }

        return leader;
    }
}
