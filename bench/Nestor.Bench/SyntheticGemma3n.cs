using Nestor.Formats;
using Nestor.Models.Gemma3n;

namespace Nestor.Bench;

/// <summary>Gemma 3n folders without a trained weight in them.</summary>
internal static class SyntheticGemma3n
{
    /// <summary>Missing keys of a config mean E4B.</summary>
    private const string FullSize = """{"model_type":"gemma3n_text"}""";

    private const string Small = """
        {"model_type":"gemma3n_text","num_hidden_layers":10,"intermediate_size":8192,"num_kv_shared_layers":4,"vocab_size":32768,"vocab_size_per_layer_input":65536}
        """;

    /// <summary>Writes E4B's text part: every byte zero, stored as holes.</summary>
    public static void WriteFullSize(string folder) => Write(folder, FullSize, (stream, bytes) =>
    {
        stream.SetLength(stream.Position + bytes);
        stream.Seek(bytes, SeekOrigin.Current);
    });

    /// <summary>Writes a model of 10 layers.</summary>
    public static void Write(string folder) => Write(folder, Small, RandomBytes.Write);

    /// <summary>Bytes of a folder's weights.</summary>
    public static long Bytes(string folder) => new DirectoryInfo(folder).GetFiles("*.safetensors").Sum(file => file.Length);

    private static void Write(string folder, string config, Action<Stream, long> write)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "config.json");
        File.WriteAllText(path, config);
        var tensors = Gemma3nTensor.All(Gemma3nConfigJson.Read(path).Shape)
            .Select(tensor => new TensorSource("model." + tensor.FullName, TensorType.BF16, tensor.Shape, stream => write(stream, tensor.Count * sizeof(ushort))));
        SafetensorsShards.Write(folder, SafetensorsShards.Split(tensors, new Gemma3nSliceOptions().ShardBytes));
    }
}
