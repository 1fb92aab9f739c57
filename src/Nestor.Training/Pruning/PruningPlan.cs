using Nestor.Models;

namespace Nestor.Training.Pruning;

/// <summary>What a layer loses.</summary>
/// <param name="Name">The block in words.</param>
/// <param name="Kept">Units that stay.</param>
/// <param name="Total">Units there are.</param>
/// <param name="LastKept">Score of the least important unit that stays.</param>
/// <param name="FirstRemoved">Score of the most important one that goes; 0 where none goes.</param>
/// <param name="Parameters">Parameters of the units that stay.</param>
public sealed record PrunedBlock(string Name, int Kept, int Total, double LastKept, double FirstRemoved, long Parameters)
{
    /// <summary>What one block loses.</summary>
    /// <exception cref="NestorException">It has fewer units than are to stay.</exception>
    /// <param name="block">The scores of its units.</param>
    /// <param name="kept">How many stay.</param>
    public static PrunedBlock Of(UnitScores block, int kept)
    {
        var (total, sorted) = (block.Groups.Count, block.Sorted);
        if (kept < 1 || kept > total)
            throw new NestorException($"{kept} units of {block.Groups.Name} were to stay; it has {total}. Ask for 1 to {total}.");
        return new PrunedBlock(
            block.Groups.Name, kept, total, sorted[kept - 1], kept < total ? sorted[kept] : 0, block.Groups.Members.Sum(member => member.Weight.numel()) / total * kept);
    }
}

/// <summary>What will be cut from a model, to be looked at before it is done.</summary>
/// <param name="Widths">Neurons of each layer that stay.</param>
/// <param name="Blocks">What each block loses.</param>
public sealed record PruningPlan(WidthPlan Widths, IReadOnlyList<PrunedBlock> Blocks)
{
    /// <summary>A plan for scored feed-forward neurons.</summary>
    /// <param name="widths">Neurons of each layer to keep.</param>
    /// <param name="scores">Their scores, first layer first.</param>
    /// <exception cref="NestorException">A layer has fewer neurons, or the plan another number of layers.</exception>
    public static PruningPlan Of(WidthPlan widths, IReadOnlyList<UnitScores> scores)
    {
        if (widths.Layers != scores.Count)
            throw new NestorException($"A plan of {widths.Layers} layers was given for a model of {scores.Count}.");
        return new PruningPlan(widths, [.. scores.Select((block, layer) => PrunedBlock.Of(block, widths[layer]))]);
    }
}
