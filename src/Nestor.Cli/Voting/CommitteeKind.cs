namespace Nestor.Cli.Voting;

/// <summary>Where the members of a committee come from.</summary>
/// <param name="IsNested">Whether they are sizes of one model, or models of these sizes trained by themselves.</param>
/// <param name="HasOwnLosses">Whether each has a loss of its own, or all have the same.</param>
/// <param name="IsLong">Whether a model that is trained by itself makes as many steps as the nested model does for all sizes together.</param>
internal readonly record struct CommitteeKind(bool IsNested, bool HasOwnLosses, bool IsLong = false)
{
    /// <summary>Every kind, those that are compared first.</summary>
    public static IReadOnlyList<CommitteeKind> All { get; } = [new(true, true), new(false, true), new(false, true, IsLong: true), new(true, false), new(false, false)];

    /// <summary>Its name in reports.</summary>
    public string Name => $"{(IsNested ? "nested" : "independent")}, {(HasOwnLosses ? "own losses" : "one loss")}{(IsLong ? ", as long as nested" : "")}";

    /// <summary>The loss of each member.</summary>
    public IReadOnlyList<string> Losses(NestedSetting setting)
    {
        var (losses, same) = (setting.Losses, !HasOwnLosses);
        return [.. losses.Select(loss => same ? losses[0] : loss)];
    }
}
