using Nestor.Voting;

namespace Nestor.Onnx;

/// <summary>A network in an ONNX file as a member of a committee.</summary>
/// <param name="network">The network; it stays open as long as the member votes.</param>
/// <remarks>Inputs are pictures: (channels, height, width), pixels from 0 to 1.</remarks>
public sealed class OnnxClassifier(OnnxNetwork network) : IClassifier<float[]>
{
    /// <inheritdoc/>
    public int Classes => network.Classes;

    /// <inheritdoc/>
    /// <exception cref="NestorException">A picture is not of the network's size, or ONNX Runtime failed.</exception>
    public IReadOnlyList<int> Classify(IReadOnlyList<float[]> inputs)
    {
        if (inputs.FirstOrDefault(picture => picture.Length != network.ImageLength) is { } other)
            throw new NestorException($"A picture of {other.Length} numbers was given; the network reads {network.Channels}x{network.Height}x{network.Width}.");
        var scores = network.Scores([.. inputs.SelectMany(picture => picture)]);
        return [.. Enumerable.Range(0, inputs.Count).Select(i => Largest(scores.AsSpan(i * Classes, Classes)))];
    }

    private static int Largest(ReadOnlySpan<float> scores)
    {
        var largest = 0;
        for (var label = 1; label < scores.Length; label++)
            largest = scores[label] > scores[largest] ? label : largest;
        return largest;
    }
}
