namespace Nestor.Models;

/// <summary>How a feed-forward block turns its neurons' inputs into their activations.</summary>
public enum FeedForwardKind
{
    /// <summary>Gated: <c>down · (silu(gate · x) ⊙ (up · x))</c>. The Llama block, three matrices.</summary>
    SwiGlu,

    /// <summary>Not gated: <c>down · gelu(up · x)</c>, exact GELU. The MatFormer paper's block, two matrices (§3.1, eq. 1).</summary>
    Gelu,

    /// <summary>Not gated: <c>down · relu(up · x)²</c>. The MatFormer paper's other activation, two matrices.</summary>
    SquaredRelu,
}
