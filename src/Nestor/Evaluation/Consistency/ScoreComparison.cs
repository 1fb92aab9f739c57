using Nestor.Inference;

namespace Nestor.Evaluation.Consistency;

/// <summary>Compares models' scores of the next token with a reference's, prefix by prefix.</summary>
internal sealed class ScoreComparison(int vocabulary, IReadOnlyList<double> temperatures)
{
    private readonly TokenProbabilities p = new(vocabulary), q = new(vocabulary), heatedQ = new(vocabulary);
    private readonly TokenProbabilities[] heated = [.. temperatures.Select(_ => new TokenProbabilities(vocabulary))];
    private int likeliest;

    /// <summary>Takes over the reference's scores after a prefix.</summary>
    public void SetReference(ReadOnlySpan<float> scores)
    {
        likeliest = Scores.MostProbable(scores);
        p.Set(scores, 1);
        for (var i = 0; i < heated.Length; i++)
            heated[i].Set(scores, temperatures[i]);
    }

    /// <summary>Adds a model's scores after the same prefix to its sums.</summary>
    public void Add(ReadOnlySpan<float> scores, ComparisonSums sums)
    {
        sums.Positions++;
        if (Scores.MostProbable(scores) == likeliest)
            sums.Agreements++;
        q.Set(scores, 1);
        sums.Divergence += TokenProbabilities.Divergence(p, q);
        for (var i = 0; i < heated.Length; i++)
        {
            heatedQ.Set(scores, temperatures[i]);
            sums.Acceptances[i] += TokenProbabilities.Overlap(heated[i], heatedQ);
        }
    }
}
