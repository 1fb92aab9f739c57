using CsCheck;
using Nestor.Evaluation.Consistency;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Evaluation.Consistency;

public sealed class TokenProbabilitiesTests
{
    private static readonly Gen<(float[] P, float[] Q, double Temperature)> Pairs =
        from vocabulary in Gen.Int[1, 40]
        from p in Gen.Float[-20, 20].Array[vocabulary]
        from q in Gen.Float[-20, 20].Array[vocabulary]
        from temperature in Gen.Double[0.1, 3]
        select (p, q, temperature);

    [Fact]
    public void Divergence_and_overlap_are_those_of_their_formulas() => Pairs.Sample(pair =>
    {
        var (p, q) = (Softmax(pair.P, pair.Temperature), Softmax(pair.Q, pair.Temperature));
        var divergence = p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum();
        Assert.Equal(divergence, TokenProbabilities.Divergence(Of(pair.P, pair.Temperature), Of(pair.Q, pair.Temperature)), 1e-9 * (1 + divergence));
        Assert.Equal(p.Zip(q, Math.Min).Sum(), TokenProbabilities.Overlap(Of(pair.P, pair.Temperature), Of(pair.Q, pair.Temperature)), 1e-12);
    });

    [Fact]
    public void A_divergence_is_never_negative_and_zero_from_itself() => Pairs.Sample(pair =>
    {
        var p = Of(pair.P, pair.Temperature);
        Assert.True(TokenProbabilities.Divergence(p, Of(pair.Q, pair.Temperature)) >= 0);
        Assert.Equal(0, TokenProbabilities.Divergence(p, Of(pair.P, pair.Temperature)));
        var near = pair.P.Select(score => MathF.BitIncrement(score)).ToArray();
        Assert.InRange(TokenProbabilities.Divergence(p, Of(near, pair.Temperature)), 0, 1e-8);
    });

    [Fact]
    public void An_overlap_is_symmetric_and_one_with_itself() => Pairs.Sample(pair =>
    {
        var (p, q) = (Of(pair.P, pair.Temperature), Of(pair.Q, pair.Temperature));
        Assert.Equal(TokenProbabilities.Overlap(p, q), TokenProbabilities.Overlap(q, p));
        Assert.InRange(TokenProbabilities.Overlap(p, q), 0, 1 + 1e-12);
        Assert.Equal(1, TokenProbabilities.Overlap(p, p), 1e-12);
    });

    [Fact]
    public void Few_drafts_are_lost_where_the_divergence_is_small() => Pairs.Sample(pair =>
    {
        // Pinsker: the total variation, 1 - overlap, is at most sqrt(KL / 2).
        var (p, q) = (Of(pair.P, pair.Temperature), Of(pair.Q, pair.Temperature));
        Assert.True(1 - TokenProbabilities.Overlap(p, q) <= Math.Sqrt(TokenProbabilities.Divergence(p, q) / 2) + 1e-9);
    });

    [Fact]
    public void Where_both_prefer_the_same_token_drafts_stay_at_least_as_often_as_the_less_sure_one_is_sure() => Pairs.Sample(pair =>
    {
        var (p, q) = (Softmax(pair.P, pair.Temperature), Softmax(pair.Q, pair.Temperature));
        var same = Array.IndexOf(p, p.Max()) == Array.IndexOf(q, q.Max());
        var overlap = TokenProbabilities.Overlap(Of(pair.P, pair.Temperature), Of(pair.Q, pair.Temperature));
        if (same)
            Assert.True(overlap >= Math.Min(p.Max(), q.Max()) - 1e-12);
        else
            Assert.True(overlap <= 2 - p.Max() - q.Max() + p[Array.IndexOf(q, q.Max())] + q[Array.IndexOf(p, p.Max())] + 1e-12);
    });

    [Fact]
    public void A_token_without_a_chance_has_none_and_a_score_that_is_no_number_is_refused()
    {
        float[] scores = [1, float.NegativeInfinity, 0];
        Assert.Equal(0, TokenProbabilities.Divergence(Of(scores, 1), Of(scores, 1)));
        Assert.True(TokenProbabilities.Divergence(Of([1, 0, 0], 1), Of(scores, 1)) > 1e6);
        Assert.Equal(Softmax([1, 0], 1)[0], TokenProbabilities.Overlap(Of(scores, 1), Of([1, -1e9f, -1e9f], 1)), 1e-12);
        Errors.AreOneLineWith(() => Of([1, float.NaN], 1), "damaged");
    }

    private static TokenProbabilities Of(float[] scores, double temperature)
    {
        var probabilities = new TokenProbabilities(scores.Length);
        probabilities.Set(scores, temperature);
        return probabilities;
    }

    private static double[] Softmax(float[] scores, double temperature)
    {
        var powers = scores.Select(score => Math.Exp(((double)score - scores.Max()) / temperature)).ToArray();
        return [.. powers.Select(power => power / powers.Sum())];
    }
}
