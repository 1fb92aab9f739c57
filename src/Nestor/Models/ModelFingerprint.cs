using System.Security.Cryptography;
using Nestor.Formats;

namespace Nestor.Models;

/// <summary>Tells trained models apart by what all slices of one model share, so that a slice can be matched with the model it was cut from.</summary>
internal static class ModelFingerprint
{
    private const int BytesPerTensor = 1 << 16;

    /// <summary>
    /// SHA-256, in hexadecimal, of the first neuron of every gate and up projection and the first 64 KiB of every other tensor but
    /// the down projections: any training step changes some of it, no slice does, and reading it takes milliseconds.
    /// </summary>
    public static string Of(TensorStore tensors, ModelConfig config)
    {
        var sliced = new HashSet<string>(StringComparer.Ordinal);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BytesPerTensor];
        void Add(TensorView tensor)
        {
            var beginning = buffer.AsSpan(0, (int)Math.Min(tensor.ByteCount, BytesPerTensor));
            tensor.Read(0, beginning); // A touch of the mapping would read megabytes ahead.
            hash.AppendData(beginning);
        }

        for (var layer = 0; layer < config.Layers; layer++)
        {
            sliced.UnionWith([TensorNames.Gate(layer), TensorNames.Up(layer), TensorNames.Down(layer)]);
            if (config.FeedForward == FeedForwardKind.SwiGlu)
                Add(tensors.Get(TensorNames.Gate(layer)).Rows(0, 1));
            Add(tensors.Get(TensorNames.Up(layer)).Rows(0, 1));
        }

        foreach (var (name, _) in TensorNames.All(config).Where(tensor => !sliced.Contains(tensor.Name)))
            Add(tensors.Get(name));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
