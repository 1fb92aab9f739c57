namespace Nestor.Retrieval;

/// <summary>Vectors as they are compared: finite, of the index's length, of length 1 where the cosine is wanted.</summary>
internal static class ComparableVector
{
    /// <summary>Writes a vector as it is compared.</summary>
    /// <param name="vector">The vector as a model gave it.</param>
    /// <param name="similarity">What it is compared by.</param>
    /// <param name="target">Receives it; the rest of a longer span is left alone.</param>
    /// <param name="what">What errors call it.</param>
    /// <exception cref="NestorException">A number is not finite, the vector's square overflows, or it has no direction and the cosine is wanted.</exception>
    public static void Write(ReadOnlySpan<float> vector, Similarity similarity, Span<float> target, string what)
    {
        double squares = 0;
        foreach (var value in vector)
            squares += (double)value * value;
        // Two vectors whose squares are numbers have an inner product that is one (Cauchy-Schwarz), whatever part of it is summed.
        if (!float.IsFinite((float)squares))
            throw new NestorException($"{what} holds a number that is too large or none at all; the model or the data is damaged.");
        if (similarity == Similarity.InnerProduct)
        {
            vector.CopyTo(target);
            return;
        }

        if (squares == 0)
            throw new NestorException($"{what} is zero and so has no direction to compare; leave it out, or compare by inner product.");
        var scale = 1 / Math.Sqrt(squares);
        for (var i = 0; i < vector.Length; i++)
            target[i] = (float)(vector[i] * scale);
    }
}
