using System.Text;
using Nestor.Inference;

namespace Nestor.Evaluation.Tasks;

/// <summary>Solved examples that stand before an item: others of the same file, drawn anew for each item.</summary>
/// <remarks>An item's examples depend on the seed, its number and the file alone, so any part of a task can be measured on its own.</remarks>
public sealed class FewShots
{
    private const string Separator = "\n\n";

    private readonly IReadOnlyList<TaskItem> items;
    private readonly int shots;
    private readonly ulong seed;

    /// <summary>Prepares the draws.</summary>
    /// <param name="items">All items of the file.</param>
    /// <param name="shots">Examples before each item.</param>
    /// <param name="seed">Decides the draws.</param>
    /// <exception cref="NestorException">There are not as many other items.</exception>
    public FewShots(IReadOnlyList<TaskItem> items, int shots, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shots);
        if (shots >= items.Count)
            throw new NestorException($"{shots} examples before each item were wanted, the file has only {items.Count - 1} others; give fewer shots.");
        (this.items, this.shots, this.seed) = (items, shots, seed);
    }

    /// <summary>The numbers of an item's examples, in their order; all different, and never the item itself.</summary>
    public IReadOnlyList<int> Examples(int item)
    {
        var random = new Xoshiro256(seed + (ulong)item * 0xD1342543DE82EF95);
        var drawn = new List<int>(shots);
        while (drawn.Count < shots)
        {
            var example = (int)(random.NextUnit() * items.Count);
            if (example != item && !drawn.Contains(example))
                drawn.Add(example);
        }

        return drawn;
    }

    /// <summary>The text before an item: its examples, each followed by a blank line.</summary>
    public string Before(int item)
    {
        var text = new StringBuilder();
        foreach (var example in Examples(item))
            text.Append(items[example].Solved).Append(Separator);
        return text.ToString();
    }
}
