using static TorchSharp.torch;

namespace Nestor.Training.Pruning;

/// <summary>A weight that holds a part of every unit of a <see cref="UnitGroups"/>.</summary>
/// <param name="Weight">The weight, or the running statistic, itself; of any shape.</param>
/// <param name="Dimension">
/// The dimension along which units lie. Unit j of n owns the consecutive indices from j · s, where s is the length of that dimension over n: 1 for neurons, the size
/// of a head for heads, the pixels of a channel for a matrix that reads a flattened picture.
/// </param>
/// <param name="IsPenalised">
/// Whether it counts in the joint norm and shrinks. False for what only follows a unit out of the model: weights before a normalisation, whose norm means nothing, and
/// running statistics.
/// </param>
public sealed record GroupMember(Tensor Weight, int Dimension, bool IsPenalised = true)
{
    /// <summary>Sums over everything but the units: (units) from a tensor shaped like the weight.</summary>
    internal Tensor SumPerUnit(Tensor values, int count)
    {
        long[] others = [.. Enumerable.Range(0, (int)values.dim()).Where(dimension => dimension != Dimension)];
        var alongUnits = others.Length == 0 ? values : values.sum(others);                              // (count · span)
        return alongUnits.view(count, -1).sum(1);
    }

    /// <summary>Factors of units, (units), in a shape that multiplies the weight.</summary>
    internal Tensor Spread(Tensor factors)
    {
        var length = Weight.shape[Dimension];
        var span = length / factors.shape[0];
        var shape = new long[Weight.dim()];
        Array.Fill(shape, 1);
        shape[Dimension] = length;
        return (span == 1 ? factors : factors.repeat_interleave(span)).view(shape);
    }
}
