namespace Nestor.Training.Pruning;

/// <summary>What drives whole units of a network to zero while it trains.</summary>
/// <remarks>
/// The strengths of different kinds cannot be compared: inside Adam's gradient a penalty is normalised with it, decoupled it takes learning rate · lambda a step. So they
/// are types with names of their own. A penalty has no state: what it does is a function of the step and the weights, and a resumed run goes on bit for bit.
/// </remarks>
public abstract record GroupPenalty
{
    /// <summary>Changes gradients before the optimizer's step.</summary>
    internal virtual void BeforeStep(UnitGroups groups, PenaltyStep step)
    {
    }

    /// <summary>Changes weights after the optimizer's step.</summary>
    internal virtual void AfterStep(UnitGroups groups, PenaltyStep step)
    {
    }

    /// <summary>What is impossible about it, for this many sets of units.</summary>
    internal abstract IEnumerable<string> Problems(IReadOnlyList<UnitGroups> groups);

    private protected static IEnumerable<string> StrengthProblems(double lambda)
    {
        if (!(lambda >= 0) || !double.IsFinite(lambda))
            yield return $"lambda is {lambda} and must be 0 or more";
    }

    private protected static IEnumerable<string> SmoothingProblems(double beta)
    {
        if (!(beta > 0) || !double.IsFinite(beta))
            yield return $"beta is {beta} and must be positive, a squared norm far below those of the units to keep";
    }
}

/// <summary>What a <see cref="GroupPenalty"/> knows of a step.</summary>
/// <param name="Share">The schedule's share of the full strength, 0 to 1, times the factor of the units' size.</param>
/// <param name="PreviousRamp">How far the schedule was after the step before, 0 to 1.</param>
/// <param name="Ramp">How far it is after this one.</param>
/// <param name="LearningRate">The step's learning rate.</param>
/// <param name="Set">Which of the sets of units, first 0.</param>
internal readonly record struct PenaltyStep(double Share, double PreviousRamp, double Ramp, double LearningRate, int Set);
