namespace Nestor.Inference;

/// <summary>How a decoder runs a model.</summary>
public sealed record DecoderOptions
{
    /// <summary>Most threads one call uses; all processors if not given. The results do not depend on it.</summary>
    public int? Threads { get; init; }

    /// <summary>How matrices are held; as the folder has them if not given. A folder with packed weights has decided already.</summary>
    public WeightType? Weights { get; init; }

    /// <summary>Throws one error that lists every problem of these options.</summary>
    /// <exception cref="NestorException">Some value is out of range.</exception>
    public void Validate()
    {
        if (Threads is <= 0)
            throw new NestorException($"These decoder options cannot be used: the number of threads is {Threads} and must be positive.");
        if (Weights is { } type && !Enum.IsDefined(type))
            throw new NestorException($"These decoder options cannot be used: {type} is not a weight type.");
    }
}
