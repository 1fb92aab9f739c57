namespace Nestor.Models.Vision;

/// <summary>The shape of a network that reads square pictures and scores classes.</summary>
public interface IImageConfig : INestedConfig
{
    /// <summary>Height and width of a picture, in pixels.</summary>
    int ImageSize { get; }

    /// <summary>Numbers of a pixel: 3 for colour, 1 for grey.</summary>
    int Channels { get; }

    /// <summary>Classes the classifier knows.</summary>
    int Classes { get; }

    /// <summary>The classes' names, in order; empty where they have none.</summary>
    IReadOnlyList<string> Labels { get; }

    /// <summary>Subtracted from a channel's values, which run from 0 to 1; one for each channel.</summary>
    IReadOnlyList<float> Mean { get; }

    /// <summary>Divides a channel's values after that; one for each channel.</summary>
    IReadOnlyList<float> StandardDeviation { get; }

    /// <summary>Numbers of one picture: (channels, height, width).</summary>
    int ImageLength { get; }

    /// <summary>Residual blocks that stochastic depth may skip; 0 where there are none.</summary>
    int ResidualBlocks { get; }

    /// <summary>Bytes of pixels as the model's inputs: values from 0 to 1, less the channel's mean, by its deviation.</summary>
    /// <param name="pixels">(n, channels, height, width).</param>
    /// <param name="images">(n, channels, height, width) receives the inputs.</param>
    /// <exception cref="NestorException">The bytes are not those of whole pictures of the model's size.</exception>
    /// <exception cref="ArgumentException">There is room for another number of values.</exception>
    void Normalize(ReadOnlySpan<byte> pixels, Span<float> images);
}
