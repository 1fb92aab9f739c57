using Nestor.Models;

namespace Nestor.Retrieval;

/// <summary>Where embeddings lie: those of one universal model and of all its slices can be compared with each other, and with no others.</summary>
/// <remarks>MatFormer (arXiv 2310.07707) §4.2.2: a database encoded once by the universal model is searched by queries of any of its slices.</remarks>
/// <param name="Fingerprint">The universal model's fingerprint, which all its slices share.</param>
/// <param name="Dimensions">Length of an embedding.</param>
public sealed record EmbeddingSpace(string Fingerprint, int Dimensions)
{
    /// <summary>The space of a language model's mean-pooled embeddings.</summary>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public static EmbeddingSpace Of(Checkpoint checkpoint) => new(checkpoint.Fingerprint, checkpoint.Config.HiddenSize);
}
