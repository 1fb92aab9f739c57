using System.Text;

namespace Nestor.Tests.Formats;

/// <summary>Writes GGUF files by the words of the format's description, right or wrong, and nothing of the library's.</summary>
internal sealed class GgufText
{
    private readonly List<byte[]> pairs = [];
    private readonly List<byte[]> tensors = [];

    public uint Version { get; init; } = 3;

    public ulong? Pairs { get; init; }

    public ulong? Tensors { get; init; }

    public int DataBytes { get; init; } = 256;

    /// <summary>A model of one layer that is read: hidden 4, one head of 4, width 2, three tokens.</summary>
    public static GgufText Model(string architecture = "llama", uint width = 2) => new GgufText { DataBytes = 4 * (12 + 4 + 64 + 4 + 24 + 4) + 256 }
        .Pair("general.architecture", architecture)
        .Pair($"{architecture}.block_count", 1u).Pair($"{architecture}.embedding_length", 4u).Pair($"{architecture}.context_length", 8u)
        .Pair($"{architecture}.feed_forward_length", width).Pair($"{architecture}.attention.head_count", 1u)
        .Pair($"{architecture}.attention.layer_norm_rms_epsilon", 1e-5f);

    /// <summary>Adds the model's tensors, one behind the other.</summary>
    public GgufText WithTensors(string? without = null)
    {
        ulong offset = 0;
        foreach (var (name, sizes) in new (string, ulong[])[]
        {
            ("token_embd.weight", [4, 3]), ("blk.0.attn_norm.weight", [4]), ("blk.0.attn_q.weight", [4, 4]), ("blk.0.attn_k.weight", [4, 4]), ("blk.0.attn_v.weight", [4, 4]),
            ("blk.0.attn_output.weight", [4, 4]), ("blk.0.ffn_norm.weight", [4]), ("blk.0.ffn_gate.weight", [4, 2]), ("blk.0.ffn_up.weight", [4, 2]), ("blk.0.ffn_down.weight", [2, 4]), ("output_norm.weight", [4]),
        })
        {
            if (name != without)
                Tensor(name, sizes, 0, offset);
            offset += (4 * sizes.Aggregate(1UL, (a, b) => a * b) + 31) / 32 * 32;
        }

        return this;
    }

    public GgufText Pair(string key, string value) => Pair(key, 8, [.. Text(value)]);

    public GgufText Pair(string key, uint value) => Pair(key, 4, BitConverter.GetBytes(value));

    public GgufText Pair(string key, float value) => Pair(key, 6, BitConverter.GetBytes(value));

    public GgufText Pair(string key, int[] values) => Pair(key, 9, [5, 0, 0, 0, .. BitConverter.GetBytes((ulong)values.Length), .. values.SelectMany(BitConverter.GetBytes)]);

    /// <summary>A pair of any type and bytes.</summary>
    public GgufText Pair(string key, uint type, byte[] value)
    {
        pairs.Add([.. Text(key), .. BitConverter.GetBytes(type), .. value]);
        return this;
    }

    public GgufText Tensor(string name, ulong[] sizes, uint type, ulong offset)
    {
        tensors.Add([.. Text(name), .. BitConverter.GetBytes(sizes.Length), .. sizes.SelectMany(BitConverter.GetBytes), .. BitConverter.GetBytes(type), .. BitConverter.GetBytes(offset)]);
        return this;
    }

    public byte[] Bytes()
    {
        byte[] header =
        [
            .. "GGUF"u8, .. BitConverter.GetBytes(Version), .. BitConverter.GetBytes(Tensors ?? (ulong)tensors.Count), .. BitConverter.GetBytes(Pairs ?? (ulong)pairs.Count),
            .. pairs.SelectMany(pair => pair), .. tensors.SelectMany(tensor => tensor),
        ];
        return [.. header, .. new byte[(header.Length + 31) / 32 * 32 - header.Length + DataBytes]];
    }

    private static byte[] Text(string text) => [.. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];
}
