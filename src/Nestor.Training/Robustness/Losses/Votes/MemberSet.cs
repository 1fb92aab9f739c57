using System.Collections.Immutable;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>Some members of a committee, or all of them.</summary>
public sealed record MemberSet
{
    private readonly ImmutableArray<int> members;

    /// <summary>Some members.</summary>
    /// <param name="members">Their places in the committee, first 0.</param>
    public MemberSet(ImmutableArray<int> members) => this.members = members;

    /// <summary>Every member, however many there are.</summary>
    public static MemberSet All { get; } = new([]);

    /// <summary>Whether they are the same.</summary>
    public bool Equals(MemberSet? other) => other is not null && members.AsSpan().SequenceEqual(other.members.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => members.Aggregate(members.Length, HashCode.Combine);

    /// <summary>Their places, or <c>all</c>.</summary>
    public override string ToString() => members.IsEmpty ? "all" : string.Join(' ', members);

    /// <summary>Their places in a committee of so many.</summary>
    internal IEnumerable<int> Of(int committee) => members.IsEmpty ? Enumerable.Range(0, committee) : members;
}
