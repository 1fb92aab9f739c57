using static TorchSharp.torch;

namespace Nestor.Training.Pruning;

/// <summary>The units of one block, each a joint group of weights: they shrink, are scored and leave the model together.</summary>
/// <remarks>
/// A penalty on one side of a unit is dodged: (w_in, w_out) and (c · w_in, w_out / c) compute the same, so what is not penalised grows. The joint norm of both sides
/// acts as sqrt(2 ‖w_in‖ ‖w_out‖) at its least (derived). For a gated block all three matrices belong to a unit.
/// </remarks>
public sealed class UnitGroups
{
    /// <summary>Declares the units of a block.</summary>
    /// <param name="name">The block in words, for plans and messages: <c>layer 3 feed-forward</c>.</param>
    /// <param name="kind">What a unit is.</param>
    /// <param name="layer">The layer of the block, first 0.</param>
    /// <param name="count">Units.</param>
    /// <param name="members">Every weight that holds a part of them.</param>
    /// <exception cref="ArgumentException">A member's dimension does not divide into the units, or no member is penalised.</exception>
    public UnitGroups(string name, GroupKind kind, int layer, int count, IReadOnlyList<GroupMember> members)
    {
        foreach (var member in members)
        {
            if (member.Dimension >= member.Weight.dim() || count < 1 || member.Weight.shape[member.Dimension] % count != 0)
                throw new ArgumentException($"A weight of shape ({string.Join(", ", member.Weight.shape)}) does not hold {count} units along dimension {member.Dimension}.", nameof(members));
        }

        if (!members.Any(member => member.IsPenalised))
            throw new ArgumentException($"The units of {name} have no weight that counts.", nameof(members));
        (Name, Kind, Layer, Count, Members) = (name, kind, layer, count, members);
        Size = checked((int)(Penalised.Sum(member => member.Weight.numel()) / count));
    }

    /// <summary>The block in words.</summary>
    public string Name { get; }

    /// <summary>What a unit is.</summary>
    public GroupKind Kind { get; }

    /// <summary>The layer of the block, first 0.</summary>
    public int Layer { get; }

    /// <summary>Units.</summary>
    public int Count { get; }

    /// <summary>Every weight that holds a part of the units.</summary>
    public IReadOnlyList<GroupMember> Members { get; }

    /// <summary>Penalised weights of one unit, |G|.</summary>
    public int Size { get; }

    private IEnumerable<GroupMember> Penalised => Members.Where(member => member.IsPenalised);

    /// <summary>The joint Euclidean norm of each unit's penalised weights.</summary>
    /// <returns>(units), float32 or wider, on the weights' device; the caller's to free.</returns>
    public Tensor Norms()
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        return Penalised
            .Select(member => member.SumPerUnit((member.Weight.dtype is ScalarType.Float32 or ScalarType.Float64 ? member.Weight : member.Weight.to(ScalarType.Float32)).square(), Count))
            .Aggregate((sum, squares) => sum + squares)
            .sqrt()
            .MoveToOuterDisposeScope();
    }

    /// <summary>The joint norms as numbers, in the order of the units.</summary>
    public double[] NormValues()
    {
        using var scope = NewDisposeScope();
        return [.. Norms().to(ScalarType.Float64).cpu().data<double>()];
    }

    /// <summary>Multiplies each unit's penalised weights by its factor.</summary>
    /// <param name="factors">(units).</param>
    internal void Scale(Tensor factors)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        foreach (var member in Penalised)
            member.Weight.mul_(member.Spread(factors));
    }

    /// <summary>Adds each unit's penalised weights, times its factor, to their gradients; weights without a gradient stand still.</summary>
    /// <param name="factors">(units).</param>
    internal void AddToGradient(Tensor factors)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        foreach (var member in Penalised)
            member.Weight.grad?.addcmul_(member.Weight, member.Spread(factors), 1);
    }
}
