namespace Nestor.Voting;

/// <summary>The class with the most votes wins; a tie for the most is no answer.</summary>
/// <remarks>Of three members it is the absolute majority; of five and more it survives wrong votes that do not agree.</remarks>
public sealed record StrictPlurality : VotePolicy
{
    private protected override int? Answer(ReadOnlySpan<int> votes)
    {
        var (leader, first, second) = (Abstain, 0, 0);
        for (var i = 0; i < votes.Length; i++)
        {
            if (votes[i] == Open || votes[..i].Contains(votes[i]))
                continue;
            var count = votes.Count(votes[i]);
            if (count > first)
                (leader, first, second) = (votes[i], count, first);
            else
                second = Math.Max(second, count);
        }

        var open = votes.Count(Open);
        if (first > second + open)
            return leader;
        return open == 0 ? Abstain : null;
    }
}
