using Nestor.Models;

namespace Nestor.Inference;

/// <summary>The activations of one block of tokens; shapes beside them.</summary>
internal sealed unsafe class Workspace
{
    /// <summary>Tokens that pass through the network together, so that each weight is read from memory once for all of them.</summary>
    public const int BlockTokens = 64;

    private readonly FloatBuffer residual, normed, projected, query, mixed, gate, up, cosines, sines;

    public Workspace(ModelConfig config)
    {
        residual = new FloatBuffer((long)BlockTokens * config.HiddenSize);
        normed = new FloatBuffer(residual.Length);
        projected = new FloatBuffer(residual.Length);
        query = new FloatBuffer((long)BlockTokens * config.Heads * config.HeadSize);
        mixed = new FloatBuffer(query.Length);
        up = new FloatBuffer((long)BlockTokens * config.FullWidths.Widest);
        gate = new FloatBuffer(up.Length);
        cosines = new FloatBuffer((long)BlockTokens * config.HeadSize / 2);
        sines = new FloatBuffer(cosines.Length);
    }

    public float* Residual => residual.Pointer;      // (tokens, hidden)

    public float* Normed => normed.Pointer;          // (tokens, hidden)

    public float* Projected => projected.Pointer;    // (tokens, hidden): what a block adds to the residual

    public float* Query => query.Pointer;            // (tokens, heads, head size)

    public float* Mixed => mixed.Pointer;            // (tokens, heads, head size): attention before its output projection

    public float* Up => up.Pointer;                  // (tokens, width)

    public float* Gate => gate.Pointer;              // (tokens, width)

    public float* Cosines => cosines.Pointer;        // (tokens, head size / 2)

    public float* Sines => sines.Pointer;            // (tokens, head size / 2)
}
