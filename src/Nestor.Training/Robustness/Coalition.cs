using System.Collections.Immutable;

namespace Nestor.Training.Robustness;

/// <summary>A smallest set of members that breaks a vote when all of it is wrong at once: some agree on one wrong class, the others may answer any.</summary>
/// <param name="Agreeing">Members that answer the same wrong class; none, or two and more.</param>
/// <param name="Wrong">Members that answer any wrong class.</param>
public sealed record Coalition(ImmutableArray<int> Agreeing, ImmutableArray<int> Wrong)
{
    /// <summary>All of them, those that agree first.</summary>
    public ImmutableArray<int> Members => [.. Agreeing, .. Wrong];

    /// <summary>Whether they are the same.</summary>
    public bool Equals(Coalition? other) => other is not null && Agreeing.AsSpan().SequenceEqual(other.Agreeing.AsSpan()) && Wrong.AsSpan().SequenceEqual(other.Wrong.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Members.Aggregate(Agreeing.Length, HashCode.Combine);

    /// <summary>The members, such as <c>0=3 1</c> where 0 and 3 agree.</summary>
    public override string ToString() => string.Join(' ', [.. Agreeing.IsEmpty ? Array.Empty<string>() : [string.Join('=', Agreeing)], .. Wrong.Select(member => $"{member}")]);
}
