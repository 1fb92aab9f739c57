using System.Numerics;
using System.Runtime.InteropServices;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>A step of <see cref="AutoPgdClimb"/> in the largest norm by vector instructions: one pass over the images instead of one for each operation.</summary>
internal static class BoxStepKernel
{
    /// <summary>Steps every image.</summary>
    /// <param name="images">(n, d), from 0 to 1; stepped.</param>
    /// <param name="previous">(n, d): what they were a step ago; then what they were.</param>
    /// <param name="gradients">(n, d).</param>
    /// <param name="origins">(n, d): the middles of their balls.</param>
    /// <param name="sizes">(n): how far each goes.</param>
    /// <param name="epsilon">The radius of the balls.</param>
    /// <param name="share">The share of the new step; the rest is momentum.</param>
    public static void Move(Span<float> images, Span<float> previous, ReadOnlySpan<float> gradients, ReadOnlySpan<float> origins, ReadOnlySpan<float> sizes, float epsilon, float share)
    {
        var length = images.Length / sizes.Length;
        for (var i = 0; i < sizes.Length; i++)
        {
            var (from, step) = (i * length, new Step(sizes[i], epsilon, share));
            step.Move(images.Slice(from, length), previous.Slice(from, length), gradients.Slice(from, length), origins.Slice(from, length));
        }
    }

    private readonly struct Step(float size, float epsilon, float share)
    {
        public void Move(Span<float> image, Span<float> previous, ReadOnlySpan<float> gradient, ReadOnlySpan<float> origin)
        {
            var images = MemoryMarshal.Cast<float, Vector<float>>(image);
            var before = MemoryMarshal.Cast<float, Vector<float>>(previous);
            var gradients = MemoryMarshal.Cast<float, Vector<float>>(gradient);
            var origins = MemoryMarshal.Cast<float, Vector<float>>(origin);
            for (var i = 0; i < images.Length; i++)
                (images[i], before[i]) = (Next(images[i], before[i], gradients[i], origins[i]), images[i]);
            for (var i = images.Length * Vector<float>.Count; i < image.Length; i++)
                (image[i], previous[i]) = (Next(new(image[i]), new(previous[i]), new(gradient[i]), new(origin[i]))[0], image[i]);
        }

        // x + s (stepped - x) + (1 - s) (x - previous).
        private Vector<float> Next(Vector<float> image, Vector<float> previous, Vector<float> gradient, Vector<float> origin)
        {
            var direction = Vector.ConditionalSelect(
                Vector.GreaterThan(gradient, Vector<float>.Zero),
                Vector<float>.One,
                Vector.ConditionalSelect(Vector.LessThan(gradient, Vector<float>.Zero), -Vector<float>.One, Vector<float>.Zero));
            var stepped = Nearest(image + size * direction, origin);
            return Nearest(share * stepped + 2 * (1 - share) * image + (share - 1) * previous, origin);
        }

        private Vector<float> Nearest(Vector<float> moved, Vector<float> origin)
        {
            var reach = new Vector<float>(epsilon);
            return Vector.Min(Vector.Max(Vector.Max(Vector.Min(moved, origin + reach), origin - reach), Vector<float>.Zero), Vector<float>.One);
        }
    }
}
