namespace Nestor.Models.Gemma3n;

/// <summary>How many parameters the text part of a Gemma 3n model has.</summary>
/// <param name="Effective">Without the two embeddings, of which a token reads a row each: the number in names such as E2B.</param>
/// <param name="Text">All of the text part.</param>
public readonly record struct Gemma3nParameterCount(long Effective, long Text)
{
    internal static Gemma3nParameterCount Of(IEnumerable<Gemma3nTensor> tensors)
    {
        long effective = 0, text = 0;
        foreach (var tensor in tensors)
        {
            text += tensor.Count;
            effective += tensor.IsEmbedding ? 0 : tensor.Count;
        }

        return new Gemma3nParameterCount(effective, text);
    }
}
