using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Nesterov's momentum for a factor, started anew where it leads uphill.</summary>
/// <remarks>Nesterov 1983; the restart by the gradient is of O'Donoghue and Candès 2015. A turn of the columns turns the memory too.</remarks>
internal sealed class Momentum : IDisposable
{
    private Tensor last;
    private double weight = 1;

    /// <summary>Begins at rest.</summary>
    public Momentum(Tensor start) => last = start.clone().DetachFromDisposeScope();

    public void Dispose() => last.Dispose();

    /// <summary>Carries the point of a step on, and remembers it.</summary>
    /// <param name="stepped">(d, k), where the step led; changed in place.</param>
    /// <param name="downhill">(d, k), minus the gradient times some number.</param>
    public void Carry(Tensor stepped, Tensor downhill)
    {
        using var scope = NewDisposeScope();
        var moved = stepped - last;
        last.copy_(stepped);
        if ((moved * downhill).sum().item<double>() < 0)
        {
            weight = 1;
            return;
        }

        var next = (1 + Math.Sqrt(1 + 4 * weight * weight)) / 2;
        stepped.add_(moved.mul_((weight - 1) / next));
        weight = next;
    }

    /// <summary>Turns the memory with the columns.</summary>
    /// <param name="turn">(k, k), orthogonal.</param>
    public void Turn(Tensor turn) => Replace(last.mm(turn));

    /// <summary>Forgets all but some columns.</summary>
    public void Select(IReadOnlyCollection<int> columns) => Replace(ColumnNorms.Select(last, columns));

    private void Replace(Tensor other)
    {
        last.Dispose();
        last = other.DetachFromDisposeScope();
    }
}
