namespace Nestor.Inference.Emitted;

/// <summary>A place in code that jumps go to.</summary>
internal sealed class Label
{
    private int? position;

    /// <summary>Bytes from the beginning of the code.</summary>
    /// <exception cref="InvalidOperationException">It was never placed, or is placed a second time.</exception>
    public int Position
    {
        get => position ?? throw new InvalidOperationException("A jump goes to a label that was never placed.");
        set => position = position is null ? value : throw new InvalidOperationException("A label is placed twice.");
    }
}
