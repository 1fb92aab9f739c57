namespace Nestor.Voting;

/// <summary>How hard votes become one answer. Every policy also knows when votes that are still open cannot change the answer any more.</summary>
/// <remarks>
/// Voting over classifiers that were made robust one by one is the idea of Devvrit et al. 2020 (arXiv 2011.14031); its abstract leaves the rule for
/// ties open, so the rules here are our own. An answer that open votes cannot change serves twice: a committee may stop asking members
/// (<see cref="Committee{TInput}"/>), and members whose answer cannot be changed certify the committee's (<see cref="VoteCertificate"/>).
/// </remarks>
public abstract record VotePolicy
{
    /// <summary>The answer of a committee that gives none.</summary>
    public const int Abstain = -1;

    /// <summary>A vote that is not known: it may still become any class.</summary>
    public const int Open = -2;

    /// <summary>The committee's answer.</summary>
    /// <param name="votes">The class that each member votes for, the most trusted member first.</param>
    /// <returns>A class, or <see cref="Abstain"/>.</returns>
    /// <exception cref="ArgumentException">A vote is open or no class.</exception>
    /// <exception cref="NestorException">The policy is not for so many members.</exception>
    public int Decide(ReadOnlySpan<int> votes) => votes.Contains(Open)
        ? throw new ArgumentException("A vote is still open; ask what is settled instead.", nameof(votes))
        : Settled(votes)!.Value;

    /// <summary>The answer that holds however the open votes turn out, of two classes or more.</summary>
    /// <param name="votes">The class that each member votes for, or <see cref="Open"/>; the most trusted member first.</param>
    /// <returns>A class, <see cref="Abstain"/>, or null where open votes still matter.</returns>
    /// <exception cref="ArgumentException">A vote is no class.</exception>
    /// <exception cref="NestorException">The policy is not for so many members.</exception>
    public int? Settled(ReadOnlySpan<int> votes)
    {
        Validate(votes.Length);
        foreach (var vote in votes)
        {
            if (vote is < 0 and not Open)
                throw new ArgumentException($"{vote} is no class.", nameof(votes));
        }

        return Answer(votes);
    }

    /// <summary>Checks that a committee of so many members can vote so.</summary>
    /// <exception cref="NestorException">It cannot.</exception>
    public virtual void Validate(int members)
    {
        if (members < 1)
            throw new NestorException("A committee needs at least one member.");
    }

    private protected abstract int? Answer(ReadOnlySpan<int> votes);
}
