using System.Globalization;

namespace Nestor.Onnx;

/// <summary>How a file's network wants its pixels: each channel less its mean, by its deviation.</summary>
/// <param name="Mean">One for each channel.</param>
/// <param name="Deviation">One for each channel.</param>
/// <remarks>The file's metadata has them as <c>image_mean</c> and <c>image_std</c>, numbers between commas.</remarks>
internal sealed record OnnxPixels(IReadOnlyList<float> Mean, IReadOnlyList<float> Deviation)
{
    public const string MeanKey = "image_mean", DeviationKey = "image_std";

    /// <summary>What a file says; 0 and 1 where it says nothing.</summary>
    /// <exception cref="NestorException">It says something else than a number for each channel.</exception>
    public static OnnxPixels Read(IReadOnlyDictionary<string, string> metadata, int channels, string file)
    {
        return new OnnxPixels(Numbers(MeanKey, 0), Numbers(DeviationKey, 1));

        IReadOnlyList<float> Numbers(string key, float standard)
        {
            if (!metadata.TryGetValue(key, out var text))
                return [.. Enumerable.Repeat(standard, channels)];
            List<float> numbers = [.. text.Split(',').Select(part => float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : float.NaN)];
            return numbers.Count == channels && numbers.All(number => float.IsFinite(number) && (key == MeanKey || number > 0))
                ? numbers
                : throw new NestorException($"The file '{file}' says '{text}' as {key}; {channels} numbers between commas are wanted, one for each channel{(key == MeanKey ? "" : ", above 0")}.");
        }
    }

    /// <summary>Normalises pixels in place.</summary>
    /// <param name="images">(n, channels, area).</param>
    /// <param name="area">Pixels of a channel.</param>
    public void Normalize(Span<float> images, int area)
    {
        for (var first = 0; first < images.Length; first += area)
        {
            var channel = first / area % Mean.Count;
            foreach (ref var value in images.Slice(first, area))
                value = (value - Mean[channel]) / Deviation[channel];
        }
    }
}
