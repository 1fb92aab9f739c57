namespace Nestor.Training.Pruning;

/// <summary>A model that knows which weights belong together as units that can be removed.</summary>
public interface IPrunable
{
    /// <summary>The units of every block, layer by layer.</summary>
    IReadOnlyList<UnitGroups> Groups { get; }
}
