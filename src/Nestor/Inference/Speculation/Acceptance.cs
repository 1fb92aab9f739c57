namespace Nestor.Inference.Speculation;

/// <summary>Decides which drafted tokens stay, so that the text has the verifying plan's distribution whatever was drafted.</summary>
/// <remarks>
/// Leviathan et al. 2023 (arXiv 2211.17192), §2.3: a token x drawn from q stays with probability <c>min(1, p(x) / q(x))</c>; otherwise
/// its place is drawn anew from <c>(p - q)+</c>. Where q is certain this is: x stays with probability p(x). Where both are certain
/// (temperature 0): x stays if it is the verifier's token.
/// </remarks>
/// <param name="random">The random numbers.</param>
/// <param name="vocabulary">Number of token ids.</param>
internal sealed class Acceptance(Xoshiro256 random, int vocabulary)
{
    private readonly double[] scratch = new double[vocabulary];
    private readonly TokenDistribution excess = new();

    /// <summary>Whether a drafted token stays.</summary>
    /// <param name="token">The token, drawn from <paramref name="q"/>.</param>
    /// <param name="p">The verifier's distribution at its place.</param>
    /// <param name="q">The drafter's.</param>
    public bool Accepts(int token, TokenDistribution p, TokenDistribution q)
    {
        var (verified, drafted) = (p.Probability(token), q.Probability(token));
        return verified >= drafted || (verified > 0 && random.NextUnit() * drafted < verified);
    }

    /// <summary>Draws the token that takes the place of one that did not stay.</summary>
    public int DrawInstead(TokenDistribution p, TokenDistribution q)
    {
        excess.SetExcess(p, q, scratch);

        // Nothing is left only where p and q differ by rounding.
        return excess.Total > 0 ? excess.Draw(random) : p.Draw(random);
    }
}
