using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Nestor.Models.Vision;

namespace Nestor.Inference.Vision;

/// <summary>Refuses inputs that would turn every result of a picture into no number.</summary>
internal static class FiniteInputs
{
    /// <summary>Looks at every value.</summary>
    /// <param name="images">(n, channels, height, width).</param>
    /// <param name="config">The model's shape.</param>
    /// <exception cref="NestorException">A value is infinite or no number.</exception>
    public static void Check(ReadOnlySpan<float> images, VisionConfig config)
    {
        // Zero times a value is zero, unless the value is not finite.
        var zeros = Vector512<float>.Zero;
        var vectors = MemoryMarshal.Cast<float, Vector512<float>>(images);
        foreach (var vector in vectors)
            zeros += vector * Vector512<float>.Zero;
        if (Vector512.EqualsAll(zeros, Vector512<float>.Zero) && FirstBad(images[(vectors.Length * Vectors.Lanes)..]) < 0)
            return;

        var at = FirstBad(images);
        int image = at / config.ImageLength, inImage = at % config.ImageLength, plane = config.ImageSize * config.ImageSize;
        throw new NestorException(
            $"Picture {image} holds the value {images[at]} at channel {inImage / plane}, row {inImage % plane / config.ImageSize}, column {inImage % config.ImageSize}; only finite values can be pixels.");
    }

    private static int FirstBad(ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                return i;
        }

        return -1;
    }
}
