namespace Nestor.Cli.Commands;

/// <summary>What models that are attacked together read and know, the same for all.</summary>
/// <param name="ImageSize">Height and width of an image.</param>
/// <param name="Channels">Numbers of a pixel.</param>
/// <param name="Classes">The number of classes.</param>
/// <param name="Labels">Their names; empty where the model does not say.</param>
internal sealed record PoolImages(int ImageSize, int Channels, int Classes, IReadOnlyList<string> Labels)
{
    /// <summary>Whether another model reads the same images and knows as many classes.</summary>
    public bool Fits(PoolImages other) => (ImageSize, Channels, Classes) == (other.ImageSize, other.Channels, other.Classes);

    /// <summary>As an error says it.</summary>
    public override string ToString() => $"{Channels}x{ImageSize}x{ImageSize} in {Classes}";
}
