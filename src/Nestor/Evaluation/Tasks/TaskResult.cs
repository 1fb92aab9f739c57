namespace Nestor.Evaluation.Tasks;

/// <summary>How a model does at a task.</summary>
/// <remarks>The figures are those of EleutherAI's lm-evaluation-harness: <c>acc</c>, <c>acc_norm</c>, <c>perplexity</c> and their standard errors.</remarks>
public sealed record TaskResult
{
    /// <summary>The task's name.</summary>
    public required string Task { get; init; }

    /// <summary>Solved examples before each item.</summary>
    public required int Shots { get; init; }

    /// <summary>Items that were measured.</summary>
    public required int Items { get; init; }

    /// <summary>Items of which the model's context did not hold everything.</summary>
    public required int CutItems { get; init; }

    /// <summary>The accuracy of a blind choice: the mean of one over the number of choices; null where there is nothing to choose from.</summary>
    public required double? Chance { get; init; }

    /// <summary>Share of items whose right choice is the most probable one, or, without choices, whose continuation the model writes greedily.</summary>
    public required SampleMean Accuracy { get; init; }

    /// <summary>The same with log-probabilities per character (<see cref="ItemScores.ChooseByLength"/>); null without choices.</summary>
    public required SampleMean? NormalizedAccuracy { get; init; }

    /// <summary>The exponential of the mean of minus the log-probability of a continuation as a whole; null with choices.</summary>
    /// <remarks>Its standard error is the perplexity times the standard error of that mean, to first order.</remarks>
    public required SampleMean? Perplexity { get; init; }

    /// <summary>Sums up items.</summary>
    /// <param name="file">The task's file.</param>
    /// <param name="shots">Solved examples before each item.</param>
    /// <param name="scores">The scores of some of its items, at least one.</param>
    public static TaskResult Of(TaskFile file, int shots, IReadOnlyList<ItemScores> scores)
    {
        double[] Each(Func<ItemScores, TaskItem, double> value) => [.. scores.Select(item => value(item, file.Items[item.Item]))];
        var chooses = file.Task.Kind != TaskKind.LastWord;
        return new TaskResult
        {
            Task = file.Task.Name,
            Shots = shots,
            Items = scores.Count,
            CutItems = scores.Count(item => item.IsCut),
            Chance = chooses ? Each((_, item) => 1.0 / item.Choices).Average() : null,
            Accuracy = SampleMean.Of(Each((score, item) => (chooses ? score.Choose() == item.Gold : score.Choices[0].IsGreedy) ? 1 : 0)),
            NormalizedAccuracy = chooses ? SampleMean.Of(Each((score, item) => score.ChooseByLength(item) == item.Gold ? 1 : 0)) : null,
            Perplexity = chooses ? null : Exponential(SampleMean.Of(Each((score, _) => -score.Choices[0].LogProbability))),
        };
    }

    private static SampleMean Exponential(SampleMean mean) => new(Math.Exp(mean.Value), Math.Exp(mean.Value) * mean.StandardError);
}
