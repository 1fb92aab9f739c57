using CsCheck;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Text;

namespace Nestor.Tests.Formats;

/// <summary>GGUF files from outside: each is a model or one clear error.</summary>
public sealed class GgufDamageTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Gguf => folder.File("model.gguf");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("llama")]
    [InlineData("deci")]
    public void A_file_by_the_description_is_read(string architecture)
    {
        var config = Read(GgufText.Model(architecture).WithTensors());
        Assert.Equal((3, 4, 1, 1, 4, 8), (config.VocabularySize, config.HiddenSize, config.Heads, config.KeyValueHeads, config.HeadSize, config.ContextLength));
        Assert.Equal(WidthPlan.Uniform(2, 1), config.FullWidths);
        Assert.True(config.TieEmbeddings);
    }

    [Fact]
    public void Version_2_and_settings_that_change_nothing_are_read() =>
        Read(new GgufText { Version = 2, DataBytes = 1024 }.Pair("general.architecture", "llama").Pair("llama.block_count", 1u).Pair("llama.embedding_length", 4u).Pair("llama.context_length", 8u)
            .Pair("llama.feed_forward_length", [2]).Pair("llama.attention.head_count", 1u).Pair("llama.attention.layer_norm_rms_epsilon", 1e-5f)
            .Pair("llama.expert_count", 0u).Pair("llama.rope.scaling.type", "none").Pair("general.alignment", 32u).Pair("other.thing", "x").WithTensors());

    [Fact]
    public void Headers_that_lie_are_refused_with_the_reason()
    {
        Refused([1, 2, 3], "3 bytes long");
        Refused("GGML\u0003\0\0\0"u8.ToArray(), "does not begin with GGUF");
        Refused("GGUF\u0003\0\0\0"u8.ToArray(), "ends in");
        Refused(new GgufText { Version = 1 }, "version is 1");
        Refused(new GgufText { Version = 0x03000000 }, "big-endian");
        Refused(new GgufText { Tensors = ulong.MaxValue }, $"claims {ulong.MaxValue} tensors");
        Refused(new GgufText { Tensors = long.MaxValue }, "tensors");
        Refused(new GgufText { Pairs = 1_000_000 }, "1000000 pairs");
        Refused(new GgufText().Pair("a", 1u).Pair("a", 2u), "'a' appears twice");
        Refused(new GgufText().Pair("a", 13, [0]), "'a'", "type 13");
        Refused(new GgufText().Pair("a", uint.MaxValue, [0]), "type 4294967295");
        Refused(new GgufText().Pair("a", 9, [9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]), "in an array");
        Refused(new GgufText().Pair("a", 9, [4, 0, 0, 0, .. BitConverter.GetBytes(1UL << 62)]), "items of 'a'");
        Refused(new GgufText().Pair("a", 9, [8, 0, 0, 0, .. BitConverter.GetBytes(20UL), .. BitConverter.GetBytes(ulong.MaxValue)]), "bytes of 'a'");
        Refused(new GgufText().Pair("a", 8, BitConverter.GetBytes(1UL << 40)), "bytes of 'a'");
        Refused(new GgufText().Pair(new string('k', 70_000), 1u), "a key has 70000 bytes");
        Refused(new GgufText().Pair("general.alignment", 0u), "alignment is 0");
        Refused(new GgufText().Pair("general.alignment", 24u), "alignment is 24");
        Refused(new GgufText().Pair("general.alignment", "32"), "general.alignment", "whole number");
    }

    [Fact]
    public void Tensors_that_lie_are_refused_with_the_reason()
    {
        Refused(new GgufText().Tensor("t", [], 0, 0), "'t'", "0 dimensions");
        Refused(new GgufText().Tensor("t", [1, 1, 1, 1, 1], 0, 0), "5 dimensions");
        Refused(new GgufText().Tensor("t", [4, 0], 0, 0), "size 0");
        Refused(new GgufText().Tensor("t", [ulong.MaxValue], 0, 0), "cannot hold");
        Refused(new GgufText().Tensor("t", [1UL << 32, 1UL << 32], 0, 0), "cannot hold");
        Refused(new GgufText().Tensor("t", [4], 14, 0), "'t'", "type 14", "Q8_0");
        Refused(new GgufText().Tensor("t", [33], 8, 0), "33 elements", "blocks of 32");
        Refused(new GgufText().Tensor("t", [4], 0, 4), "byte 4", "multiple of 32");
        Refused(new GgufText().Tensor("t", [4], 0, 256), "cut short");
        Refused(new GgufText().Tensor("t", [4], 0, 1UL << 63), "cut short");
        Refused(new GgufText().Tensor("t", [65], 0, 0), "cut short");
        Refused(new GgufText().Tensor("t", [16], 0, 0).Tensor("u", [4], 0, 32), "'u'", "inside another");
        Refused(new GgufText().Tensor("t", [4], 0, 0).Tensor("t", [4], 0, 32), "'t' appears twice");
    }

    [Fact]
    public void Models_that_Nestor_does_not_compute_are_refused_with_the_reason()
    {
        Refused(new GgufText(), "general.architecture");
        Refused(GgufText.Model("gemma3n").WithTensors(), "'gemma3n'", "llama, qwen2, qwen3, deci, arcee");
        Refused(GgufText.Model("arcee").WithTensors(), "blk.0.ffn_gate.weight", "does not have");
        Refused(GgufText.Model().WithTensors().Pair("llama.rope.scaling.type", "yarn"), "llama.rope.scaling.type");
        Refused(GgufText.Model().WithTensors().Pair("llama.attention.scale", 2f), "llama.attention.scale", "does not compute");
        Refused(GgufText.Model().WithTensors().Pair("llama.expert_count", 8u), "llama.expert_count");
        Refused(GgufText.Model().WithTensors().Pair("split.count", 2u), "one of 2 parts");
        Refused(GgufText.Model().WithTensors().Tensor("rope_freqs.weight", [2], 0, 512), "rope_freqs.weight", "rule");
        Refused(GgufText.Model().WithTensors(without: "blk.0.ffn_up.weight"), "no tensor 'blk.0.ffn_up.weight'");
        Refused(GgufText.Model().WithTensors(without: "token_embd.weight"), "no token embedding");
        Refused(GgufText.Model(width: 3).WithTensors(), "blk.0.ffn_gate.weight", "[2, 4]", "[3, 4]");
        Refused(GgufText.Model(width: 0).WithTensors(), "feed_forward_length", "0");
        Refused(GgufText.Model().WithTensors().Pair("llama.attention.key_length", 2u).Pair("llama.attention.value_length", 4u), "value_length", "the head size 2");
        Refused(GgufText.Model().WithTensors().Pair("llama.vocab_size", 4u), "vocab_size", "3");
        Refused(GgufText.Model().WithTensors().Pair("tokenizer.ggml.bos_token_id", 3u), "begin token 3");
        Refused(GgufText.Model().WithTensors().Pair("tokenizer.ggml.bos_token_id", uint.MaxValue), "bos_token_id", "32 bits");
        Refused(GgufText.Model().WithTensors().Pair("llama.rope.freq_base", float.NaN), "freq_base", "finite");
        Refused(GgufText.Model().WithTensors().Pair("llama.attention.head_count_kv", [1, 1]), "head_count_kv", "1 layers");
        Refused(GgufText.Model().WithTensors().Pair("llama.attention.head_count_kv", [0]), "head_count_kv", "0 in a layer");
        Refused(GgufText.Model().WithTensors().Pair("tokenizer.ggml.model", "bert"), "tokenizer", "'bert'", "--tokenizer");
        Refused(GgufText.Model().WithTensors().Pair("tokenizer.ggml.model", "gpt2").Pair("tokenizer.ggml.pre", "deepseek-llm"), "'deepseek-llm'", "gpt-2");
        Refused(GgufText.Model().WithTensors().Pair("tokenizer.ggml.model", "llama"), "no tokens");
    }

    [Fact]
    public void A_claimed_size_costs_no_memory()
    {
        File.WriteAllBytes(Gguf, new GgufText().Pair("a", 9, [8, 0, 0, 0, .. BitConverter.GetBytes(1UL << 40)]).Bytes());
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<NestorException>(() => GgufFile.Open(Gguf));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    /// <summary>Files of every architecture and tokenizer, with bytes changed, taken out and cut off: a model, or a <see cref="NestorException"/>, in little memory.</summary>
    [Fact]
    public void Whatever_a_file_holds_it_is_a_model_or_an_error()
    {
        var files = Files();
        var gen = Gen.Select(Gen.Int[0, files.Length - 1], Gen.Select(Gen.Double.Unit, Gen.Byte).Array[0, 6], Gen.Double[0, 1.5], Gen.Bool);
        gen.Sample(
            damage =>
            {
                var (which, changes, length, atNumbers) = damage;
                var bytes = (byte[])files[which].Clone();
                foreach (var (place, value) in changes)
                {
                    // Half of the time only the header's upper bytes, where sizes are, become large.
                    var at = (int)(place * (bytes.Length - 1));
                    bytes[atNumbers ? (int)(place * Math.Min(bytes.Length - 1, 900)) : at] = value;
                }

                var path = folder.File($"{Environment.CurrentManagedThreadId}.gguf");
                File.WriteAllBytes(path, length < 1 ? bytes[..(int)(length * bytes.Length)] : bytes);
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    Load(path);
                }
                catch (NestorException error)
                {
                    Assert.DoesNotContain(error.Message, char.IsControl);
                }

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
            },
            iter: 3000);
    }

    private byte[][] Files()
    {
        var bytePairs = TokenizerTrainer.Train([string.Join(' ', Enumerable.Repeat("the cat sat on the mat", 20))], 265);
        string[] texts = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(SentencePieceText.ByteToken), "a", "b", "ab", "aba", "▁"];
        var vocabulary = new Vocabulary(texts);
        var pieces = new Tokenizer(new SentencePieceText(new BytePairModel(vocabulary, [(259, 260), (261, 259)]), [new AddedToken(1, "<s>")], new SentencePieceOptions(UnknownToken: 0)));
        return [.. new (FeedForwardKind Kind, WidthPlan Plan, Tokenizer? Tokenizer)[]
        {
            (FeedForwardKind.SwiGlu, WidthPlan.Uniform(4, 3), null), (FeedForwardKind.SwiGlu, new WidthPlan(2, 4, 8), bytePairs), (FeedForwardKind.SquaredRelu, WidthPlan.Uniform(2, 3), pieces),
        }.Select((model, i) =>
        {
            var config = RandomModel.Config(model.Kind) with { VocabularySize = 270 };
            Checkpoint.Write(folder.File($"model-{i}"), config, RandomModel.Tensors(config), model.Tokenizer);
            using var checkpoint = Checkpoint.Open(folder.File($"model-{i}"));
            GgufExport.Write(checkpoint, folder.File($"{i}.gguf"), new GgufExportOptions { Plan = model.Plan });
            return File.ReadAllBytes(folder.File($"{i}.gguf"));
        })];
    }

    private ModelConfig Read(GgufText text)
    {
        File.WriteAllBytes(Gguf, text.Bytes());
        return Load(Gguf);
    }

    /// <summary>All of an import but the writing of files.</summary>
    private static ModelConfig Load(string path)
    {
        using var file = GgufFile.Open(path);
        var config = GgufConfig.Of(file);
        foreach (var tensor in GgufImport.Tensors(file, config))
            tensor.Write(Stream.Null);
        _ = GgufTokenizerReader.Read(file);
        return config;
    }

    private void Refused(GgufText text, params string[] reasons) => Refused(text.Bytes(), reasons);

    private void Refused(byte[] bytes, params string[] reasons)
    {
        File.WriteAllBytes(Gguf, bytes);
        Errors.AreOneLineWith(() => Load(Gguf), reasons);
    }
}
