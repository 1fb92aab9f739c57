namespace Nestor.Images;

/// <summary>The shape of one image: planar bytes (channels, height, width).</summary>
/// <param name="Channels">1 for grey, 3 for red, green and blue.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct ImageShape(int Channels, int Height, int Width)
{
    /// <summary>Bytes of one image, and elements of it as numbers.</summary>
    public int Length => Channels * Height * Width;

    /// <summary>Pixels of one channel.</summary>
    public int Area => Height * Width;

    /// <summary>Such as <c>3x32x32</c>: channels, height, width.</summary>
    public override string ToString() => $"{Channels}x{Height}x{Width}";

    /// <summary>Refuses a shape that no image of a set has.</summary>
    /// <exception cref="NestorException">There are not 1 or 3 channels, or a side is not from 1 to 4096.</exception>
    internal void Validate()
    {
        if (Channels is not (1 or 3) || Height is not (>= 1 and <= LongestSide) || Width is not (>= 1 and <= LongestSide))
            throw new NestorException($"Images of {this} cannot be read; 1 or 3 channels and sides from 1 to {LongestSide} are wanted.");
    }

    private const int LongestSide = 4096;
}
