namespace Nestor.Inference.Speculation;

/// <summary>Chooses how many tokens to draft: as many as yield most tokens for their cost.</summary>
/// <remarks>
/// Leviathan et al. 2023, §3: with acceptance α a draft of γ tokens yields <c>(1 - α^(γ+1)) / (1 - α)</c> tokens on average and costs
/// <c>γ c + v(γ + 1)</c>, where c is a drafted token and v what the verifier reads at once. α is an exponential average over tokens that were
/// put to the test, of which the first count for more. A drafter that was not chosen for a while gets one token as a probe, and another as long as they are accepted and
/// more acceptance would make it pay; after a probe that failed the next one takes twice as long to come, up to a bound.
/// </remarks>
/// <param name="most">Most tokens of a draft.</param>
/// <param name="adaptive">Whether to choose; otherwise the length is always <paramref name="most"/>.</param>
internal sealed class DraftLength(int most, bool adaptive)
{
    /// <summary>Decisions after which a drafter that was not chosen is tried again, at first and at most.</summary>
    public const int Patience = 32, MostPatience = 256;

    private const double NewestShare = 1.0 / 16;

    // What the hope at first weighs, in tokens that were tested.
    private const int HopeWeight = 4;

    private int unused, tested, patience = Patience;
    private bool probing, promising;

    /// <summary>The estimate of α, hopeful at first.</summary>
    public double Acceptance { get; private set; } = 0.8;

    /// <summary>The tokens to draft now, and what that yields per cost; none if drafting does not pay.</summary>
    /// <param name="draftCost">Cost of one drafted token, c.</param>
    /// <param name="reading">Costs of the verifier, v.</param>
    /// <param name="room">Most tokens there is room for.</param>
    public (int Length, double Yield) Decide(double draftCost, ReadingCost reading, int room)
    {
        var length = Math.Min(room, most);
        if (!adaptive)
            return (length, double.PositiveInfinity);
        var decision = Best(Acceptance, draftCost, reading, length);
        probing = decision.Length == 0 && ++unused > patience && length > 0;
        promising = probing && Best(1, draftCost, reading, length).Length > 0;
        return probing ? (1, double.PositiveInfinity) : decision;
    }

    /// <summary>Takes note of what became of a draft.</summary>
    public void Learn(int drafted, int accepted)
    {
        for (var i = 0; i < accepted; i++)
            Learn(accepted: 1.0);
        if (accepted < drafted)
            Learn(accepted: 0.0);
        if (!probing)
            patience = Patience;
        else if (!promising || accepted < drafted)
            patience = Math.Min(2 * patience, MostPatience);
        unused = promising && accepted == drafted ? patience : 0;
    }

    private void Learn(double accepted) =>
        Acceptance += Math.Max(NewestShare, 1.0 / (++tested + HopeWeight)) * (accepted - Acceptance);

    /// <summary>The length from 0 to <paramref name="most"/> with the highest yield, tokens per cost; of equal ones, the shortest.</summary>
    public static (int Length, double Yield) Best(double acceptance, double draftCost, ReadingCost reading, int most)
    {
        var best = (Length: 0, Yield: 1 / reading.Of(1));
        double tokens = 1, power = 1;
        for (var length = 1; length <= Math.Min(most, reading.Longest); length++)
        {
            power *= acceptance;
            tokens += power;
            var yield = tokens / (length * draftCost + reading.Of(length + 1));
            if (yield > best.Yield)
                best = (length, yield);
        }

        return best;
    }
}
