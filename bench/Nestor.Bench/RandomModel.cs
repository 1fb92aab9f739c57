using System.Runtime.InteropServices;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Text;

namespace Nestor.Bench;

/// <summary>Models of random weights: what speed needs. The same seed gives the same model.</summary>
internal static class RandomModel
{
    /// <summary>Writes a model whose activations stay of one size from layer to layer.</summary>
    public static void Write(string folder, ModelConfig config, Tokenizer? tokenizer = null)
    {
        var random = new Random(1);
        Checkpoint.Write(folder, config, [.. TensorNames.All(config).Select(tensor => new TensorSource(tensor.Name, TensorType.F32, tensor.Shape, stream =>
        {
            var row = new float[tensor.Shape[^1]];
            for (long rows = tensor.Shape.Length == 1 ? 1 : tensor.Shape[0]; rows > 0; rows--)
            {
                foreach (ref var value in row.AsSpan())
                    value = (float)((tensor.Shape.Length == 1 ? 1 : 0) + (random.NextDouble() - 0.5) / Math.Sqrt(row.Length));
                stream.Write(MemoryMarshal.AsBytes(row.AsSpan()));
            }
        }))], tokenizer);
    }
}
