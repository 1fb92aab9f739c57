namespace Nestor.Models.Gemma3n;

/// <summary>How a slice is written.</summary>
public sealed record Gemma3nSliceOptions
{
    /// <summary>Most bytes of tensors in one file; a larger tensor has a file of its own.</summary>
    public long ShardBytes { get; init; } = 4_000_000_000;

    /// <summary>Replaces the model in a folder that is not empty; files that are not a model's stay.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Checks the options.</summary>
    /// <exception cref="NestorException">A file could hold nothing.</exception>
    public void Validate()
    {
        if (ShardBytes <= 0)
            throw new NestorException($"The weights cannot be written in files of {ShardBytes} bytes; give a size above 0, such as 4GB.");
    }
}
