namespace Nestor.Training.Vision;

/// <summary>A convolution and a ReLU of a <see cref="PlainNet"/>; zeros are put around the image so that a stride of 1 keeps its size.</summary>
/// <param name="Channels">Channels it gives.</param>
/// <param name="Kernel">Height and width of a filter; even ones go without zeros around the image.</param>
/// <param name="Stride">Pixels from one output to the next.</param>
public sealed record PlainConvolution(int Channels, int Kernel, int Stride)
{
    /// <summary>Whether neighbouring filters read the same pixels.</summary>
    internal bool Overlaps => Kernel > Stride;

    /// <summary>Zeros around the image.</summary>
    internal int Padding => Kernel % 2 == 1 ? Kernel / 2 : 0;

    /// <summary>Height and width that it gives.</summary>
    internal int Side(int side) => (side + 2 * Padding - Kernel) / Stride + 1;
}
