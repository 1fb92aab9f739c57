using Nestor.Inference.Vision;
using Nestor.Models;

namespace Nestor.Voting;

/// <summary>A vision transformer at one of its sizes as a member of a committee; several members may be slices of one.</summary>
/// <param name="encoder">The model.</param>
/// <param name="plan">Feed-forward neurons of each layer.</param>
/// <remarks>Inputs are pictures: (channels, height, width), normalised as the model wants them.</remarks>
public sealed class VisionClassifier(VisionEncoder encoder, WidthPlan plan) : IClassifier<float[]>
{
    /// <inheritdoc/>
    public int Classes => encoder.Config.Classes;

    /// <inheritdoc/>
    /// <exception cref="NestorException">A picture is not of the model's size, a value is not finite, or the plan does not fit the model.</exception>
    public IReadOnlyList<int> Classify(IReadOnlyList<float[]> inputs)
    {
        var logits = encoder.Logits([.. inputs.SelectMany(picture => picture)], plan);
        return [.. Enumerable.Range(0, inputs.Count).Select(i => Largest(logits.AsSpan(i * Classes, Classes)))];
    }

    private static int Largest(ReadOnlySpan<float> scores)
    {
        var largest = 0;
        for (var label = 1; label < scores.Length; label++)
            largest = scores[label] > scores[largest] ? label : largest;
        return largest;
    }
}
