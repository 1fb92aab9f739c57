using Nestor.Models;
using Nestor.Training.Pruning;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Nested;

/// <summary>A feed-forward block whose first m neurons are a feed-forward block of their own, for every m.</summary>
/// <remarks>
/// MatFormer (arXiv 2310.07707) §3.1, eq. 1: <c>σ(x · W1[0:m]ᵀ + b1[0:m]) · W2[0:m] + b2</c>; the paper leaves the biases out. Widths are slices, not masks: a narrow step costs the
/// narrow block's work, and neurons beyond it get exactly zero gradient.
/// </remarks>
public sealed class NestedFeedForward
{
    /// <summary>Creates the block over its weights.</summary>
    /// <param name="kind">The activation, and whether there is a gate.</param>
    /// <param name="gate">(neurons, hidden); null where the kind has no gate.</param>
    /// <param name="up">(neurons, hidden).</param>
    /// <param name="down">(hidden, neurons).</param>
    /// <param name="upBias">(neurons), cut like the rows of <paramref name="up"/>; null for none.</param>
    /// <param name="downBias">(hidden), whole at every width; null for none.</param>
    public NestedFeedForward(FeedForwardKind kind, Parameter? gate, Parameter up, Parameter down, Parameter? upBias = null, Parameter? downBias = null)
    {
        if ((gate is not null) != (kind == FeedForwardKind.SwiGlu))
            throw new ArgumentException($"A gate is for {nameof(FeedForwardKind.SwiGlu)} only; the kind is {kind}.", nameof(gate));
        (Kind, Gate, Up, Down, UpBias, DownBias) = (kind, gate, up, down, upBias, downBias);
    }

    /// <summary>The activation, and whether there is a gate.</summary>
    public FeedForwardKind Kind { get; }

    /// <summary>(neurons, hidden); null where the kind has no gate.</summary>
    public Parameter? Gate { get; }

    /// <summary>(neurons, hidden).</summary>
    public Parameter Up { get; }

    /// <summary>(hidden, neurons).</summary>
    public Parameter Down { get; }

    /// <summary>(neurons); null where the block has no bias.</summary>
    public Parameter? UpBias { get; }

    /// <summary>(hidden), added once whatever the width; null where the block has no bias.</summary>
    public Parameter? DownBias { get; }

    /// <summary>The block's neurons as units: rows of gate and up, their bias, and columns of down together.</summary>
    /// <param name="layer">The layer the block is in, first 0.</param>
    public UnitGroups Groups(int layer)
    {
        List<GroupMember> members = [new(Up, 0), new(Down, 1)];
        if (Gate is not null)
            members.Insert(0, new(Gate, 0));
        if (UpBias is not null)
            members.Add(new(UpBias, 0));
        return new UnitGroups($"layer {layer} feed-forward", GroupKind.FeedForwardNeuron, layer, (int)Up.shape[0], members);
    }

    /// <summary>Sees what the neurons say in each pass, (..., width), before the down projection; null for nobody.</summary>
    internal Action<Tensor>? Watcher { get; set; }

    /// <summary>Runs the first <paramref name="width"/> neurons.</summary>
    /// <param name="input">(..., hidden).</param>
    /// <param name="width">From 1 to the number of neurons.</param>
    /// <returns>(..., hidden).</returns>
    public Tensor Forward(Tensor input, int width)
    {
        var up = linear(input, Up.narrow(0, 0, width), UpBias?.narrow(0, 0, width));   // (..., width)
        var neurons = Kind switch
        {
            FeedForwardKind.SwiGlu => silu(linear(input, Gate!.narrow(0, 0, width))).mul_(up),
            FeedForwardKind.Gelu => gelu(up),
            FeedForwardKind.SquaredRelu => relu(up).square(),
            _ => throw new NotSupportedException($"{Kind} is not a feed-forward kind."),
        };
        Watcher?.Invoke(neurons);
        return linear(neurons, Down.narrow(1, 0, width), DownBias);                // (..., hidden)
    }
}
