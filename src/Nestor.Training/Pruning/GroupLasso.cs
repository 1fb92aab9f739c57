using Nestor.Training.Nested;

namespace Nestor.Training.Pruning;

/// <summary>A penalty at work in a training loop: called before and after each step of the optimizer.</summary>
/// <remarks>It keeps nothing between steps.</remarks>
internal sealed class GroupLasso
{
    private readonly IReadOnlyList<UnitGroups> groups;
    private readonly double[] factors;
    private readonly GroupLassoOptions options;
    private readonly long totalSteps;

    /// <exception cref="NestorException">An option is impossible for these units; every problem is named.</exception>
    public GroupLasso(IReadOnlyList<UnitGroups> groups, GroupLassoOptions options, long totalSteps)
    {
        this.groups = [.. groups.Where(set => options.Kinds.Contains(set.Kind))];
        if (this.groups.Count == 0)
            throw new NestorException($"The model has no units of the kind {string.Join(" or ", options.Kinds)}; it has {string.Join(" and ", groups.Select(set => set.Kind).Distinct().DefaultIfEmpty())}.");
        var problems = options.Penalty.Problems(this.groups).Concat(options.Schedule.Problems()).ToList();
        if (problems.Count > 0)
            throw new NestorException("The group lasso cannot be applied: " + string.Join("; ", problems) + ".");
        (this.options, this.totalSteps) = (options, totalSteps);
        var smallest = this.groups.Min(set => set.Size);
        factors = [.. this.groups.Select(set => options.ScaleBySize ? Math.Sqrt((double)set.Size / smallest) : 1)];
    }

    /// <summary>The penalty of a run on a model, or null where the run has none.</summary>
    /// <exception cref="NestorException">The model's units are unknown, or an option is impossible.</exception>
    public static GroupLasso? For(INestedModel model, GroupLassoOptions? options, long totalSteps)
    {
        if (options is null)
            return null;
        return model is IPrunable prunable
            ? new GroupLasso(prunable.Groups, options, totalSteps)
            : throw new NestorException($"The units of a {model.GetType().Name} are unknown, so none can be penalised; a model says what belongs together by implementing {nameof(IPrunable)}.");
    }

    /// <summary>Call when the gradients are there; first step 0.</summary>
    public void BeforeStep(long step, double learningRate)
    {
        for (var set = 0; set < groups.Count; set++)
            options.Penalty.BeforeStep(groups[set], At(step, learningRate, set));
    }

    /// <summary>Call when the optimizer has changed the weights; first step 0.</summary>
    public void AfterStep(long step, double learningRate)
    {
        for (var set = 0; set < groups.Count; set++)
            options.Penalty.AfterStep(groups[set], At(step, learningRate, set));
    }

    private PenaltyStep At(long step, double learningRate, int set)
    {
        var ramp = options.Schedule.At(step, totalSteps);
        return new PenaltyStep(ramp * factors[set], step == 0 ? 0 : options.Schedule.At(step - 1, totalSteps), ramp, learningRate, set);
    }
}
