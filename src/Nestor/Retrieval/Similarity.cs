namespace Nestor.Retrieval;

/// <summary>What makes two embeddings alike; larger is more alike.</summary>
public enum Similarity
{
    /// <summary>The cosine of the angle between them, from -1 to 1. Vectors are scaled to length 1 when they enter the index.</summary>
    Cosine,

    /// <summary>Their inner product: also their lengths count.</summary>
    InnerProduct,
}
