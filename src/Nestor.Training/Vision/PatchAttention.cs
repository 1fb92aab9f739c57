using Nestor.Training.Pruning;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Vision;

/// <summary>Self-attention in which every patch sees every other; full-size at every granularity.</summary>
internal sealed class PatchAttention(int heads, Projection query, Projection key, Projection value, Projection output)
{
    // As in CausalAttention: on the CPU, libtorch's fused attention is slower for short contexts.
    private const int LongestPlainTime = 512;

    /// <summary>The heads as units: rows and biases of query, key and value, columns of the output.</summary>
    public UnitGroups Groups(int layer)
    {
        Projection[] inputs = [query, key, value];
        return new(
            $"layer {layer} attention",
            GroupKind.AttentionHead,
            layer,
            heads,
            [.. inputs.SelectMany(input => new[] { new GroupMember(input.Weight, 0), new GroupMember(input.Bias, 0) }), new(output.Weight, 1)]);
    }

    /// <summary>Mixes (batch, positions, hidden) along positions.</summary>
    public Tensor Forward(Tensor input)
    {
        var (batch, positions, hidden) = (input.shape[0], input.shape[1], input.shape[2]);
        var size = hidden / heads;
        Tensor Split(Tensor projected) => projected.view(batch, positions, heads, size).transpose(1, 2);

        var (queries, keys, values) = (Split(query.Forward(input)), Split(key.Forward(input)), Split(value.Forward(input)));   // (batch, heads, positions, size)
        var mixed = input.device_type == DeviceType.CPU && positions <= LongestPlainTime
            ? PlainAttention(queries, keys, values)
            : scaled_dot_product_attention(queries, keys, values);
        return output.Forward(mixed.transpose(1, 2).reshape(batch, positions, hidden));
    }

    /// <summary>softmax(Q Kᵀ / sqrt(size)) V.</summary>
    private static Tensor PlainAttention(Tensor queries, Tensor keys, Tensor values)
    {
        var scores = bmm((queries / Math.Sqrt(queries.shape[3])).flatten(0, 1), keys.flatten(0, 1).transpose(1, 2));
        return bmm(scores.softmax(-1), values.flatten(0, 1)).view(queries.shape);
    }
}
