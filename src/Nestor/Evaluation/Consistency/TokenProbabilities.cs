using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Nestor.Inference;

namespace Nestor.Evaluation.Consistency;

/// <summary>The softmax of a model's scores at a temperature, in double precision, with its logarithms. Reused from token to token.</summary>
internal sealed class TokenProbabilities
{
    // What fills the last vector: a probability of 0, and a logarithm whose difference to another's is 0.
    private const double Impossible = -1e300;

    private readonly double[] probabilities, logarithms;    // (vocabulary, rounded up to whole vectors)

    public TokenProbabilities(int vocabulary)
    {
        var length = (vocabulary + Vector512<double>.Count - 1) / Vector512<double>.Count * Vector512<double>.Count;
        (probabilities, logarithms) = (new double[length], new double[length]);
        Array.Fill(logarithms, Impossible);
    }

    private Span<Vector512<double>> Probabilities => MemoryMarshal.Cast<double, Vector512<double>>(probabilities.AsSpan());

    private Span<Vector512<double>> Logarithms => MemoryMarshal.Cast<double, Vector512<double>>(logarithms.AsSpan());

    /// <summary>Takes over scores.</summary>
    /// <param name="scores">(vocabulary)</param>
    /// <param name="temperature">What scores are divided by; above 0.</param>
    /// <exception cref="NestorException">A score is not a number or positive infinity.</exception>
    public void Set(ReadOnlySpan<float> scores, double temperature)
    {
        double largest = scores[Scores.MostProbable(scores)];
        for (var i = 0; i < scores.Length; i++)
            logarithms[i] = Math.Max((scores[i] - largest) / temperature, Impossible);

        var sums = Vector512<double>.Zero;
        for (var i = 0; i < Logarithms.Length; i++)
            sums += Probabilities[i] = Vector512.Exp(Logarithms[i]);
        var sum = Vectors.Sum(sums);
        var logarithm = Vector512.Create(Math.Log(sum));
        for (var i = 0; i < Logarithms.Length; i++)
        {
            Probabilities[i] /= Vector512.Create(sum);
            Logarithms[i] -= logarithm;
        }
    }

    /// <summary>The Kullback-Leibler divergence KL(p‖q) = Σ p log(p / q), in nats: what is lost by taking q for p. 0 where they are equal.</summary>
    /// <remarks>Summed as Σ p log(p / q) - p + q, of which no term is negative, so that rounding makes no small divergence negative.</remarks>
    public static double Divergence(TokenProbabilities p, TokenProbabilities q)
    {
        var sums = Vector512<double>.Zero;
        for (var i = 0; i < p.Probabilities.Length; i++)
            sums += Vector512.Max(p.Probabilities[i] * (p.Logarithms[i] - q.Logarithms[i]) - p.Probabilities[i] + q.Probabilities[i], Vector512<double>.Zero);
        return Vectors.Sum(sums);
    }

    /// <summary>Σ min(p, q): the probability that a token drawn from q stays as one of p's (Leviathan et al. 2023, arXiv 2211.17192, §3.2). 1 where they are equal.</summary>
    public static double Overlap(TokenProbabilities p, TokenProbabilities q)
    {
        var sums = Vector512<double>.Zero;
        for (var i = 0; i < p.Probabilities.Length; i++)
            sums += Vector512.Min(p.Probabilities[i], q.Probabilities[i]);
        return Vectors.Sum(sums);
    }
}
