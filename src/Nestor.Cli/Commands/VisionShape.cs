using Nestor.Images;
using Nestor.Models.Vision;

namespace Nestor.Cli.Commands;

/// <summary>A preset's shape with the size, the channels, the classes and the normalisation of a data set.</summary>
internal static class VisionShape
{
    public static VisionConfig For(ImageSet images, VisionConfig preset)
    {
        if (images.Shape.Height != images.Shape.Width)
            throw new NestorException($"The images of {images.Source} are {images.Shape.Height} pixels high and {images.Shape.Width} wide; give --size to scale and cut them to squares.");
        var statistics = ChannelStatistics.Of(images);
        return preset with
        {
            ImageSize = images.Shape.Height,
            Channels = images.Shape.Channels,
            Classes = images.Classes.Count,
            Labels = images.Classes,
            Mean = statistics.Mean,
            StandardDeviation = statistics.Deviation,
        };
    }
}
