using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>A penalty on the columns of a factor U, (d, k), that makes most of them vanish: <see cref="SmoothedGroupLasso"/> or <see cref="ProximalGroupLasso"/>.</summary>
/// <remarks>Factors are float64, contiguous and on the CPU throughout this folder.</remarks>
public abstract record ColumnPenalty
{
    /// <summary>Columns with a norm of at most this are dead: greedy pruning drops them.</summary>
    public abstract double Threshold { get; }

    /// <summary>What holds a column at the origin: it leaves along v only where <c>−vᵀ (∂L/∂X) v</c> is above this; infinite where no column at zero ever leaves.</summary>
    public abstract double HoldAtOrigin { get; }

    /// <summary>The penalty of a factor.</summary>
    public abstract double Value(Tensor factor);

    /// <summary>Adds the penalty's gradient to the loss's; a penalty without a gradient adds nothing.</summary>
    /// <param name="factor">(d, k).</param>
    /// <param name="gradient">(d, k).</param>
    public virtual void AddGradient(Tensor factor, Tensor gradient)
    {
    }

    /// <summary>Applies, after a gradient step, what the penalty does in place of a gradient.</summary>
    /// <param name="factor">(d, k); changed in place.</param>
    /// <param name="stepSize">The gradient step's size.</param>
    public virtual void AfterStep(Tensor factor, double stepSize)
    {
    }

    internal abstract IEnumerable<string> Problems();
}
