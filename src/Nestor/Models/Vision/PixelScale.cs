namespace Nestor.Models.Vision;

/// <summary>How a pixel's values, from 0 to 1, become a model's inputs: <c>(value - mean) / standard deviation</c>, channel by channel.</summary>
/// <param name="Mean">One for each channel.</param>
/// <param name="StandardDeviation">One for each channel.</param>
internal sealed record PixelScale(IReadOnlyList<float> Mean, IReadOnlyList<float> StandardDeviation);
