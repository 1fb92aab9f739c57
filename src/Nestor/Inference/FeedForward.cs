using Nestor.Models;

namespace Nestor.Inference;

/// <summary>A nested feed-forward block at one of its widths: the first neurons, and nothing of the others is read.</summary>
/// <remarks>MatFormer, arXiv 2310.07707, §3.1, eq. 1: <c>down[:, :m] · activation(up[:m] · x)</c>, with the gate of SwiGLU cut alike.</remarks>
internal static unsafe class FeedForward
{
    /// <summary>Computes the block for each token.</summary>
    /// <param name="kind">The activation, and whether there is a gate.</param>
    /// <param name="gate">(full width, hidden); unused where the kind has no gate.</param>
    /// <param name="up">(full width, hidden)</param>
    /// <param name="down">(hidden, full width)</param>
    /// <param name="width">Neurons to use, m.</param>
    /// <param name="input">(tokens, hidden)</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="gates">(tokens, width), in whole vectors; overwritten.</param>
    /// <param name="neurons">(tokens, width), in whole vectors; overwritten.</param>
    /// <param name="output">(tokens, hidden)</param>
    /// <param name="work">Splits the rows.</param>
    public static void Apply(
        FeedForwardKind kind, Matrix gate, Matrix up, Matrix down, int width, float* input, int tokens, float* gates, float* neurons, float* output, WorkSplit work)
    {
        MatrixProduct.Multiply(up.FirstRows(width), input, tokens, neurons, work);
        if (kind == FeedForwardKind.SwiGlu)
            MatrixProduct.Multiply(gate.FirstRows(width), input, tokens, gates, work);
        Activation.Apply(kind, neurons, gates, (long)tokens * width, work);
        MatrixProduct.Multiply(down.FirstColumns(width), neurons, tokens, output, work);
    }
}
