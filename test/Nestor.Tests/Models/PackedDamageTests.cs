using System.Buffers.Binary;
using CsCheck;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Models;

/// <summary>Packed folders from outside: each is a model that runs or one clear error.</summary>
public sealed class PackedDamageTests
{
    [Fact]
    public void Tensors_must_be_those_of_the_packing()
    {
        AssertRefused(tensors => tensors.Where(t => t.Name != TensorNames.Up(1)), TensorNames.Up(1), "holds no tensor");
        AssertRefused(tensors => Change(tensors, TensorNames.Down(1), t => t with { Shape = [1088], Write = stream => stream.Write(new byte[1088]) }), TensorNames.Down(1), "U8 [1088]", "U8 [2176]", "packed as Q8");
        AssertRefused(tensors => Change(tensors, TensorNames.Up(1), t => t with { Type = TensorType.I8 }), TensorNames.Up(1), "I8 [2176]", "U8 [2176]");
        AssertRefused(tensors => Change(tensors, TensorNames.Up(1), t => t with { Shape = [64, 34] }), TensorNames.Up(1), "U8 [64, 34]", "U8 [2176]");
        AssertRefused(tensors => Change(tensors, TensorNames.Up(1), _ => TensorSource.Of(TensorNames.Up(1), new float[16 * 12], 16, 12)), TensorNames.Up(1), "F32 [16, 12]", "U8 [2176]");
        AssertRefused(tensors => Change(tensors, TensorNames.FinalNorm, t => t with { Type = TensorType.F16, Alignment = 2, Write = stream => stream.Write(new byte[24]) }), TensorNames.FinalNorm, "F16 [12]", "F32 [12]");
        AssertRefused(tensors => tensors.Append(TensorSource.Of("model.extra", new float[1], 1)), "'model.extra'", "another model");
    }

    [Fact]
    public void Tiles_that_do_not_begin_at_a_cache_line_are_refused() =>
        AssertRefused(tensors => tensors.Select(t => t with { Alignment = t.Type.Size }), "multiple of 64 bytes", "pack the model again");

    [Theory]
    [InlineData("\"type\": \"q8\"", "\"type\": \"q4\"", "U8 [2176]", "U8 [1152]", "packed as Q4")]
    [InlineData("\"embedding_type\": \"q8\"", "\"embedding_type\": \"f32\"", "U8 [2176]", "U8 [8192]", "F32 embedding")]
    [InlineData("\"hidden_size\": 12", "\"hidden_size\": 33", "nestor.weights.parameters", "sizes")]
    [InlineData("\"vocab_size\": 19", "\"vocab_size\": 20", "nestor.weights.parameters", "sizes")]
    [InlineData("\"layout\": \"nestor-tiles-2\"", "\"layout\": \"nestor-tiles-9\"", "nestor-tiles-9", "this version of Nestor")]
    [InlineData("\"model_type\": \"nestor\"", "\"model_type\": \"llama\"", "packed")]
    public void A_configuration_that_does_not_fit_is_refused(string given, string changed, params string[] texts)
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path);
        var text = File.ReadAllText(folder.File("config.json"));
        Assert.Contains(given, text, StringComparison.Ordinal);
        File.WriteAllText(folder.File("config.json"), text.Replace(given, changed, StringComparison.Ordinal));
        Errors.AreOneLineWith(() => Checkpoint.Open(folder.Path), [folder.Path, .. texts]);
    }

    [Fact]
    public void A_configuration_without_the_packing_does_not_fit_packed_tensors()
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path);
        RandomModel.Write(folder.File("plain"), RandomModel.Config());
        File.Copy(folder.File("plain/config.json"), folder.File("config.json"), overwrite: true);
        Errors.AreOneLineWith(() => Checkpoint.Open(folder.Path), folder.Path, "U8 [2176]", "[19, 12]");
    }

    [Fact]
    public void An_absurd_shape_is_an_error_and_no_allocation()
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path);
        foreach (var heads in (string[])["1073741824", "2147483646"])
        {
            string Text(string weights) => $$"""
                {"model_type":"nestor","vocab_size":2147483647,"hidden_size":2147483647,"intermediate_size":2147483647,"num_hidden_layers":10000,
                 "num_attention_heads":{{heads}},"head_dim":2,"nestor":{"feed_forward":"swiglu"{{weights}}} }
                """;
            File.WriteAllText(folder.File("config.json"), Text(""));
            var config = ConfigJson.Read(folder.File("config.json")).Config;
            File.WriteAllText(folder.File("config.json"), Text($$"""
                ,"weights":{"layout":"nestor-tiles-2","type":"f32","embedding_type":"f32","parameters":{{ParameterCount.Of(config, config.FullWidths).Total}},"fingerprint":"x"}
                """));
            var before = GC.GetAllocatedBytesForCurrentThread();
            Errors.AreOneLineWith(() => Checkpoint.Open(folder.Path), "model.");
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 20);
        }
    }

    [Fact]
    public void Changed_bytes_and_cuts_give_a_model_that_runs_or_an_error()
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("valid"));
        var (config, weights) = (File.ReadAllBytes(folder.File("valid/config.json")), File.ReadAllBytes(folder.File("valid/model.safetensors")));
        var headerEnd = 8 + BinaryPrimitives.ReadInt32LittleEndian(weights);
        var value = Gen.OneOf(Gen.Byte, Gen.Char["{}[]:,\"0123456789-eE.\\u FBIU"].Select(c => (byte)c));
        var where = Gen.OneOf(Gen.Int[0, headerEnd - 1], Gen.Int[0, weights.Length - 1]);
        var length = Gen.Frequency((5, Gen.Const(weights.Length)), (1, Gen.Int[0, weights.Length]));
        Gen.Select(Gen.Select(where, value).Array[0, 3], Gen.Select(Gen.Int[0, config.Length - 1], value).Array[0, 2], length).Sample((inWeights, inConfig, kept) =>
        {
            var path = folder.File(Guid.NewGuid().ToString());
            Directory.CreateDirectory(path);
            File.WriteAllBytes(Path.Combine(path, "config.json"), Changed(config, inConfig));
            File.WriteAllBytes(Path.Combine(path, "model.safetensors"), Changed(weights, inWeights)[..kept]);
            try
            {
                using var checkpoint = Checkpoint.Open(path);
                using var cache = new KvCache(checkpoint.Config);
                Decoder.Load(checkpoint, new DecoderOptions { Threads = 1 }).Forward([0, 1], cache, checkpoint.Config.FullWidths);
            }
            catch (NestorException error)
            {
                Assert.DoesNotContain(error.Message, char.IsControl);
            }

            Directory.Delete(path, recursive: true);
        }, iter: 600);
    }

    private static byte[] Changed(byte[] bytes, (int, byte)[] changes)
    {
        var changed = (byte[])bytes.Clone();
        foreach (var (at, to) in changes)
            changed[at] = to;
        return changed;
    }

    private static void Write(string path)
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.Path, RandomModel.Config(tied: false));
        using var source = Checkpoint.Open(folder.Path);
        source.Pack(WeightType.Q8).Save(path);
    }

    private static IEnumerable<TensorSource> Change(IEnumerable<TensorSource> tensors, string name, Func<TensorSource, TensorSource> change) =>
        tensors.Select(tensor => tensor.Name == name ? change(tensor) : tensor);

    private static void AssertRefused(Func<IEnumerable<TensorSource>, IEnumerable<TensorSource>> change, params string[] texts)
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("valid"));
        Directory.CreateDirectory(folder.File("changed"));
        File.Copy(folder.File("valid/config.json"), folder.File("changed/config.json"));
        using (var store = TensorStore.Open(folder.File("valid")))
        {
            var tensors = store.Names.Select(store.Get).Select(view => TensorSource.Of(view) with { Alignment = view.Type == TensorType.U8 ? 64 : view.Type.Size });
            SafetensorsWriter.Write(folder.File("changed/model.safetensors"), [.. change(tensors)]);
        }

        Errors.AreOneLineWith(() => Checkpoint.Open(folder.File("changed")), [folder.File("changed"), .. texts]);
    }
}
