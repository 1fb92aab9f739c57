using System.Text.Json.Nodes;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Models.Families;
using Nestor.Tests.Formats;
using RandomModel = Nestor.Tests.Inference.RandomModel;

namespace Nestor.Tests.Models.Families;

/// <summary>Folders of every family load, run, are sliced and saved as what they are.</summary>
public sealed class FamilyTests
{
    private static readonly int[] Tokens = FamilyFolder.Tokens(150);
    private static readonly WidthPlan Mixed = new(48, 17, 32);

    public static TheoryData<string> Kinds => FamilyFolder.All;

    /// <summary>Single precision through three layers stays within 1e-4 of double precision, for logits of order 1.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_folder_computes_what_the_network_of_its_family_computes(string kind)
    {
        using var folder = new FamilyFolder(kind);
        using var checkpoint = Checkpoint.Open(folder.Path);
        using var reference = new FamilyReference(folder.Path);
        var decoder = Decoder.Load(checkpoint);
        AssertNear(reference.Logits(Tokens), RandomModel.All(decoder, Tokens, checkpoint.Config.FullWidths), 1e-4);
        AssertNear(reference.Logits(Tokens, 48, 17, 32), RandomModel.All(decoder, Tokens, Mixed), 1e-4);
    }

    /// <summary>Held as they are stored, BF16 weights multiply activations rounded to 8 bits; held as floats they lose nothing.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Shards_of_half_precision_compute_what_they_hold(string kind)
    {
        foreach (var (type, within) in new[] { (TensorType.BF16, 0.15), (TensorType.F16, 1e-4) })
        {
            using var folder = new FamilyFolder(kind, type, shards: 3);
            using var checkpoint = Checkpoint.Open(folder.Path);
            using var reference = new FamilyReference(folder.Path);
            var (tokens, plan) = (Tokens[..40], checkpoint.Config.FullWidths);
            var expected = reference.Logits(tokens);
            AssertNear(expected, RandomModel.All(Decoder.Load(checkpoint, new DecoderOptions { Weights = WeightType.F32 }), tokens, plan), 1e-4);
            var asStored = Decoder.Load(checkpoint);
            Assert.Equal(type == TensorType.BF16 ? WeightType.BF16 : WeightType.F16, asStored.Weights);
            AssertNear(expected, RandomModel.All(asStored, tokens, plan), within);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Neither_batch_nor_threads_change_a_bit(string kind)
    {
        using var folder = new FamilyFolder(kind);
        using var checkpoint = Checkpoint.Open(folder.Path);
        var all = RandomModel.All(Decoder.Load(checkpoint, new DecoderOptions { Threads = 3 }), Tokens, Mixed);
        var decoder = Decoder.Load(checkpoint, new DecoderOptions { Threads = 1 });
        foreach (var step in (int[])[1, 47])
        {
            var cache = new KvCache(decoder.Config);
            for (int start = 0, end; start < Tokens.Length; start = end)
            {
                end = Math.Min(start + step, Tokens.Length);
                var last = decoder.Forward(Tokens.AsSpan(start..end), cache, Mixed);
                Assert.Equal(all[((end - 1) * FamilyFolder.Vocabulary)..(end * FamilyFolder.Vocabulary)], last);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_slice_is_a_folder_of_its_family_and_equals_running_the_plan(string kind)
    {
        using var folder = new FamilyFolder(kind, TensorType.BF16, shards: 2);
        using var target = new TemporaryFolder();
        using var checkpoint = Checkpoint.Open(folder.Path);
        var decoder = Decoder.Load(checkpoint, new DecoderOptions { Weights = WeightType.F32 });
        foreach (var plan in (WidthPlan[])[WidthPlan.Uniform(20, 3), Mixed, checkpoint.Config.FullWidths])
        {
            var path = target.File(plan.ToString());
            checkpoint.Slice(plan).Save(path);
            using var slice = Checkpoint.Open(path);
            Assert.Equal(checkpoint.Config with { FullWidths = plan }, slice.Config);
            Assert.Equal(
                RandomModel.All(decoder, Tokens, plan),
                RandomModel.All(Decoder.Load(slice, new DecoderOptions { Weights = WeightType.F32 }), Tokens, plan));

            var json = JsonNode.Parse(File.ReadAllText(Path.Combine(path, "config.json")))!;
            var given = FamilyFolder.Configuration(kind);
            Assert.Equal(plan.IsUniform ? (string)given["model_type"]! : "nestor", (string)json["model_type"]!);
            Assert.Equal(plan.IsUniform ? (string)given["architectures"]![0]! : "NestorForCausalLM", (string)json["architectures"]![0]!);
            Assert.Equal("bfloat16", (string)json["torch_dtype"]!);
            if (!plan.IsUniform)
                continue;

            // Readers that know nothing of Nestor compute the slice.
            using var reference = new FamilyReference(path);
            AssertNear(reference.Logits(Tokens), RandomModel.All(decoder, Tokens, plan), 1e-4);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_packed_folder_computes_the_same_bits(string kind)
    {
        using var folder = new FamilyFolder(kind);
        using var target = new TemporaryFolder();
        using var checkpoint = Checkpoint.Open(folder.Path);
        foreach (var type in (WeightType[])[WeightType.F32, WeightType.Q8])
        {
            var path = target.File(type.ToString());
            checkpoint.Pack(type).Save(path);
            using var packed = Checkpoint.Open(path);
            Assert.Equal(checkpoint.Config, packed.Config);
            Assert.Equal(
                RandomModel.All(Decoder.Load(checkpoint, new DecoderOptions { Weights = type }), Tokens, Mixed),
                RandomModel.All(Decoder.Load(packed), Tokens, Mixed));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Parameters_are_the_elements_of_all_tensors(string kind)
    {
        using var folder = new FamilyFolder(kind);
        using var checkpoint = Checkpoint.Open(folder.Path);
        Assert.Equal(checkpoint.Tensors.Names.Sum(name => checkpoint.Tensors.Get(name).Count), ParameterCount.Of(checkpoint.Config, checkpoint.Config.FullWidths).Total);
    }

    [Theory]
    [InlineData("llama3")]
    [InlineData("mistral-window")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public void A_token_allocates_nothing(string kind)
    {
        using var folder = new FamilyFolder(kind);
        using var checkpoint = Checkpoint.Open(folder.Path);
        var decoder = Decoder.Load(checkpoint, new DecoderOptions { Threads = 1 });
        var cache = new KvCache(decoder.Config);
        var logits = new float[FamilyFolder.Vocabulary];
        decoder.Forward(Tokens.AsSpan(0, 65), cache, Mixed, logits);
        Assert.Equal(0, Allocation.OfEach(() =>
        {
            for (var i = 0; i < 4; i++)
                decoder.Forward([i], cache, Mixed, logits);
        }));
    }

    [Theory]
    [InlineData("llama", true)]
    [InlineData("smollm", true)]
    [InlineData("mistral", true)]
    [InlineData("llama3", false)]
    [InlineData("mistral-window", false)]
    [InlineData("qwen2", false)]
    [InlineData("qwen3", false)]
    public void Only_attention_without_additions_is_plain(string kind, bool plain)
    {
        using var folder = new FamilyFolder(kind);
        using var checkpoint = Checkpoint.Open(folder.Path);
        Assert.Equal(plain, checkpoint.Config.HasPlainAttention);
    }

    [Fact]
    public void A_family_is_found_by_its_name()
    {
        Assert.Equal(["llama", "mistral", "qwen2", "qwen3"], ModelFamily.All.Select(family => family.ToString()));
        Assert.All(ModelFamily.All, family => Assert.Same(family, ModelFamily.Find(family.Name)));
        Assert.Null(ModelFamily.Find("gpt2"));
    }

    private static void AssertNear(double[] expected, float[] actual, double within)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.InRange(expected.Max(Math.Abs), 0.5, 50);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], within);
    }
}
