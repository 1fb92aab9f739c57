using Nestor.Training.Optimization;

namespace Nestor.Training.Pruning;

/// <summary>How a model is pruned: what happens before the cut, and after it.</summary>
public sealed record PruningSettings
{
    /// <summary>Batches, rates, precision and seed of both phases; steps, objective and penalty are this record's to say.</summary>
    public TrainingOptions Training { get; init; } = new() { LearningRate = 5e-4 };

    /// <summary>What drives units to zero before the cut; null for none.</summary>
    public GroupPenalty? Penalty { get; init; }

    /// <summary>Steps before the cut, with the penalty where there is one.</summary>
    public long Steps { get; init; }

    /// <summary>Steps after the cut, without a penalty: they also take back what the penalty shrank.</summary>
    public long FineTuneSteps { get; init; }

    /// <summary>Whether the steps after the cut also learn from the model as it was.</summary>
    public bool Distill { get; init; }

    /// <summary>Throws one error that lists every problem.</summary>
    /// <exception cref="NestorException">Some setting is impossible.</exception>
    public void Validate()
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
            throw new NestorException("The pruning cannot start: " + string.Join("; ", problems) + ".");
    }

    private IEnumerable<string> Problems()
    {
        if (Steps < 0 || FineTuneSteps < 0)
            yield return $"{Steps} steps before and {FineTuneSteps} after the cut were asked for; give 0 or more";
        if (Penalty is not null && Steps == 0)
            yield return $"the penalty {PenaltyText.Print(Penalty)} needs steps in which it acts; give some";
    }
}
