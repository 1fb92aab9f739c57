namespace Nestor.Evaluation.Tasks;

/// <summary>What a model made of an item.</summary>
/// <param name="Item">The item's number in its file, first 0, bad lines not counted.</param>
/// <param name="Choices">The score of each choice's continuation after its context.</param>
/// <param name="IsCut">Whether the model's context did not hold all of what came before.</param>
public sealed record ItemScores(int Item, IReadOnlyList<ContinuationScore> Choices, bool IsCut)
{
    /// <summary>The choice with the most probable continuation; of equal ones, the first.</summary>
    public int Choose() => First(choice => Choices[choice].LogProbability);

    /// <summary>The choice whose continuation is the most probable one for its length; of equal ones, the first.</summary>
    /// <remarks>lm-evaluation-harness's <c>acc_norm</c>: log-probability over the number of characters (Unicode scalar values) of the continuation without the space before it.</remarks>
    public int ChooseByLength(TaskItem item) => First(choice => Choices[choice].LogProbability / item.Continuation(choice).EnumerateRunes().Count());

    private int First(Func<int, double> score)
    {
        var best = 0;
        for (var choice = 1; choice < Choices.Count; choice++)
        {
            if (score(choice) > score(best))
                best = choice;
        }

        return best;
    }
}
