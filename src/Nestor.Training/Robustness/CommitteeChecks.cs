using System.Globalization;

namespace Nestor.Training.Robustness;

/// <summary>What checks of the attacks on a committee found, on some of the images.</summary>
/// <param name="Images">How many, the first ones.</param>
/// <param name="Vote">The share of them at which the vote withstood everything.</param>
/// <param name="Surrogate">The share at which it withstood an attack on the members' average alone.</param>
/// <param name="Repeated">What a member withstood by itself and in a vote with itself.</param>
public sealed record CommitteeChecks(int Images, double Vote, double Surrogate, RepeatedMember Repeated)
{
    private const double MuchWeaker = 0.05, StandardErrors = 2;

    internal IEnumerable<RobustnessWarning> Warnings()
    {
        if (Surrogate - Vote > MuchWeaker)
        {
            yield return new("NST108", string.Create(
                CultureInfo.InvariantCulture, $"An attack on the average of the members alone would have shown {100 * (Surrogate - Vote):0.#} points too much; figures of other votes that rest on it are too high."));
        }

        var (member, other, _, _, held, lost) = Repeated;
        if (Math.Abs(held - lost) > StandardErrors * Math.Sqrt(held + lost))
        {
            yield return new("NST107", $"{member} with itself and {other} in a vote should withstand what it withstands alone; the vote withstood {held} images at which it fell, and fell at {lost} that it withstood: "
                + (held > lost ? "the attacks on the vote are too weak." : "the attacks on the member are too weak."));
        }
    }
}

/// <summary>A vote of a member, another one, and the first again is that member; attacks as strong as those on the member find the same.</summary>
/// <param name="Member">The member that votes twice.</param>
/// <param name="Other">The other one.</param>
/// <param name="Alone">The share of images that the member withstands by itself.</param>
/// <param name="Voting">The share that the vote withstands.</param>
/// <param name="OnlyVoting">Images that only the vote withstands.</param>
/// <param name="OnlyAlone">Images that only the member withstands.</param>
public sealed record RepeatedMember(string Member, string Other, double Alone, double Voting, int OnlyVoting, int OnlyAlone)
{
    internal static RepeatedMember Of(string member, string other, IReadOnlyList<bool> alone, IReadOnlyList<bool> voting) => new(
        member,
        other,
        alone.Count(flag => flag) / (double)alone.Count,
        voting.Count(flag => flag) / (double)voting.Count,
        alone.Zip(voting).Count(pair => !pair.First && pair.Second),
        alone.Zip(voting).Count(pair => pair.First && !pair.Second));
}
