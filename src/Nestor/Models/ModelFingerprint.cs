using System.Security.Cryptography;
using Nestor.Formats;

namespace Nestor.Models;

/// <summary>Tells trained models apart by what all slices of one model share, so that a slice can be matched with the model it was cut from.</summary>
internal static class ModelFingerprint
{
    private const int BytesPerTensor = 1 << 16;

    /// <summary>The fingerprint of a language model.</summary>
    public static string Of(TensorStore tensors, ModelConfig config)
    {
        var sliced = Enumerable.Range(0, config.Layers)
            .SelectMany(layer => (string[])[TensorNames.Gate(layer), TensorNames.Up(layer), TensorNames.Down(layer)])
            .ToHashSet(StringComparer.Ordinal);
        var neurons = Enumerable.Range(0, config.Layers)
            .SelectMany(layer => config.FeedForward == FeedForwardKind.SwiGlu ? (string[])[TensorNames.Gate(layer), TensorNames.Up(layer)] : [TensorNames.Up(layer)]);
        return Of(tensors, neurons, TensorNames.All(config).Select(tensor => tensor.Name).Where(name => !sliced.Contains(name)));
    }

    /// <summary>
    /// SHA-256, in hexadecimal, of the first neuron of every gate and up projection and the first 64 KiB of every other tensor but
    /// the down projections: any training step changes some of it, no slice does, and reading it takes milliseconds.
    /// </summary>
    /// <param name="tensors">The model's tensors.</param>
    /// <param name="neurons">Those whose rows are neurons.</param>
    /// <param name="shared">Those that all slices share.</param>
    public static string Of(TensorStore tensors, IEnumerable<string> neurons, IEnumerable<string> shared)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BytesPerTensor];
        foreach (var tensor in neurons.Select(name => tensors.Get(name).Rows(0, 1)).Concat(shared.Select(name => tensors.Get(name))))
        {
            var beginning = buffer.AsSpan(0, (int)Math.Min(tensor.ByteCount, BytesPerTensor));
            tensor.Read(0, beginning); // A touch of the mapping would read megabytes ahead.
            hash.AppendData(beginning);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
