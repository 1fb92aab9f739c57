using Nestor.Models;
using Nestor.Training.Pruning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Nested;

/// <summary>Causal self-attention with rotary positions and grouped key-value heads; full-size at every granularity.</summary>
internal sealed class CausalAttention(ModelConfig config, RotaryPositions positions, Parameter query, Parameter key, Parameter value, Parameter output)
{
    // On the CPU, libtorch's fused attention takes several times as long as its parts for short contexts (bench/results/training.md).
    private const int LongestPlainTime = 512;

    /// <summary>The key-value heads as units, each with the query heads that read it and their columns of the output.</summary>
    public UnitGroups Groups(int layer) => new(
        $"layer {layer} attention",
        GroupKind.AttentionHead,
        layer,
        config.KeyValueHeads,
        [new(query, 0), new(key, 0), new(value, 0), new(output, 1)]);

    /// <summary>Mixes (batch, time, hidden) along time; each position sees itself and those before it.</summary>
    public Tensor Forward(Tensor input)
    {
        var (batch, time) = (input.shape[0], input.shape[1]);
        var queries = positions.Rotate(Split(linear(input, query), config.Heads));
        var keys = Share(positions.Rotate(Split(linear(input, key), config.KeyValueHeads)));
        var values = Share(Split(linear(input, value), config.KeyValueHeads));
        var mixed = input.device_type == DeviceType.CPU && time <= LongestPlainTime
            ? PlainAttention(queries, keys, values)
            : scaled_dot_product_attention(queries, keys, values, is_casual: true);                   // (batch, heads, time, headSize)
        return linear(mixed.transpose(1, 2).reshape(batch, time, config.Heads * config.HeadSize), output);
    }

    /// <summary>softmax(Q Kᵀ / sqrt(headSize)) V, masked to the past.</summary>
    private Tensor PlainAttention(Tensor queries, Tensor keys, Tensor values)
    {
        var scores = bmm((queries / Math.Sqrt(config.HeadSize)).flatten(0, 1), keys.flatten(0, 1).transpose(1, 2));
        var weights = (scores + positions.FutureMask(scores.shape[2], scores.dtype)).softmax(-1);     // (batch * heads, time, time)
        return bmm(weights, values.flatten(0, 1)).view(queries.shape);
    }

    private Tensor Split(Tensor projected, int heads) =>
        projected.view(projected.shape[0], projected.shape[1], heads, config.HeadSize).transpose(1, 2);

    /// <summary>Repeats each key-value head for its group of query heads: libtorch's attention has no grouping flag here.</summary>
    private Tensor Share(Tensor heads)
    {
        var group = config.Heads / config.KeyValueHeads;
        return group == 1 ? heads : heads.repeat_interleave(group, 1);
    }
}
