using System.Collections.Immutable;
using System.Text.RegularExpressions;
using CsCheck;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Models.Gemma3n;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Models.Gemma3n;

public sealed class Gemma3nSliceTests
{
    /// <summary>A model, layers that may be left out of it (all but 3 and 4, which the last two attend to), and narrower widths.</summary>
    private static readonly Gen<(TinyGemma3n Model, Gemma3nPlan Plan)> Cuts =
        from widths in Gen.Int[1, 14].Array[7]
        from shares in Gen.Double[0, 1].Array[7]
        from skip in Gen.Bool.Array[7]
        from multimodal in Gen.Bool
        from stored in Gen.Bool
        let model = new TinyGemma3n { Widths = widths, Multimodal = multimodal, StoresSharedKeys = stored, Types = Types }
        let skipped = Enumerable.Range(0, 7).Where(layer => skip[layer] && layer is not (3 or 4)).ToImmutableArray()
        let kept = Enumerable.Range(0, 7).Except(skipped).Select(layer => Math.Max(1, (int)(widths[layer] * shares[layer])))
        select (model, new Gemma3nPlan(new WidthPlan([.. kept]), skipped));

    private static string[] Types => ["sliding_attention", "full_attention", "sliding_attention", "full_attention", "sliding_attention", "full_attention", "sliding_attention"];

    [Fact]
    public void Every_tensor_of_a_slice_follows_the_rule_of_the_table() => Cuts.Sample(
        cut =>
        {
            using var folder = new TemporaryFolder();
            var bytes = cut.Model.Write(folder.File("whole"));
            Slice(folder.File("whole"), folder.File("slice"), cut.Plan, shardBytes: 700);
            var expected = Expected(cut.Model, bytes, cut.Plan);
            using var slice = TensorStore.Open(folder.File("slice"));
            Assert.Equal(expected.Keys.Order(), slice.Names.Order());
            foreach (var (name, (shape, data)) in expected)
            {
                var tensor = slice.Get(name, shape);
                Assert.Equal(TensorType.BF16, tensor.Type);
                Assert.Equal(data, tensor.Bytes);
            }
        },
        iter: 60);

    [Fact]
    public void A_slice_is_a_model_by_its_own_configuration() => Cuts.Sample(
        cut =>
        {
            using var folder = new TemporaryFolder();
            cut.Model.Write(folder.File("whole"));
            var (parameters, bytes) = Slice(folder.File("whole"), folder.File("slice"), cut.Plan, shardBytes: 2000);
            using var slice = Gemma3nCheckpoint.Open(folder.File("slice"));
            Assert.Equal(cut.Plan.Widths, slice.Widths);
            Assert.Equal(parameters, slice.Parameters);
            Assert.Equal(bytes, slice.Tensors.Names.Sum(name => slice.Tensors.Get(name).ByteCount));
            Assert.Equal(parameters.Text * 2, slice.Tensors.Names.Where(name => name.StartsWith(slice.Prefix, StringComparison.Ordinal)).Sum(name => slice.Tensors.Get(name).ByteCount));
        },
        iter: 30);

    [Fact]
    public void A_slice_at_full_widths_without_skipping_has_identical_tensors()
    {
        using var folder = new TemporaryFolder();
        var model = new TinyGemma3n();
        var bytes = model.Write(folder.File("whole"));
        var (parameters, _) = Slice(folder.File("whole"), folder.File("same"), new Gemma3nPlan(new WidthPlan(model.Widths), []));
        using var whole = Gemma3nCheckpoint.Open(folder.File("whole"));
        Assert.Equal(whole.Parameters, parameters);
        using var same = TensorStore.Open(folder.File("same"));
        Assert.Equal(bytes.Keys.Order(), same.Names.Order());
        Assert.All(bytes, tensor => Assert.Equal(tensor.Value, same.Get(tensor.Key).Bytes));
    }

    [Fact]
    public void A_narrower_layer_loses_three_vectors_for_each_neuron_and_a_skipped_one_all_of_its_tensors()
    {
        using var folder = new TemporaryFolder();
        var model = new TinyGemma3n();
        model.Write(folder.File("whole"));
        using var whole = Gemma3nCheckpoint.Open(folder.File("whole"));
        var narrow = whole.Slice(Gemma3nPlan.Parse("12*3,7,12*3", "", whole.Widths));
        Assert.Equal(whole.Parameters.Effective - 5 * 3 * model.Hidden, narrow.Parameters.Effective);
        Assert.Equal(whole.Bytes() - 5 * 3 * model.Hidden * 2, narrow.Bytes);

        var shallow = whole.Slice(Gemma3nPlan.Parse("100%", "1", whole.Widths));
        var layer = model.Tensors().Where(tensor => tensor.Key.StartsWith(model.Prefix + "layers.1.", StringComparison.Ordinal)).Sum(tensor => tensor.Value.Aggregate((a, b) => a * b));
        Assert.Equal(whole.Parameters.Effective - layer - model.PerLayer * model.Hidden, shallow.Parameters.Effective);
        Assert.Equal(whole.Parameters.Text - layer - model.PerLayer * model.Hidden - 10 * model.PerLayer, shallow.Parameters.Text);
    }

    [Fact]
    public void Weights_are_split_into_files_and_the_index_counts_their_tensors()
    {
        using var folder = new TemporaryFolder();
        new TinyGemma3n().Write(folder.File("whole"));
        using var whole = Gemma3nCheckpoint.Open(folder.File("whole"));
        var slice = whole.Slice(Gemma3nPlan.Parse("50%", "6", whole.Widths));
        slice.Save(folder.File("slice"), new Gemma3nSliceOptions { ShardBytes = slice.Bytes / 3 });
        var files = Directory.GetFiles(folder.File("slice"), "*.safetensors").Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray();
        Assert.InRange(files.Length, 3, 6);
        Assert.Equal(files.Length, slice.Shards(slice.Bytes / 3));
        Assert.Equal($"model-00001-of-{files.Length:D5}.safetensors", files[0]);
        var index = System.Text.Json.JsonDocument.Parse(File.ReadAllText(folder.File("slice/model.safetensors.index.json"))).RootElement;
        Assert.Equal(slice.Bytes, index.GetProperty("metadata").GetProperty("total_size").GetInt64());

        slice.Save(folder.File("one"));
        Assert.Equal(["config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json"], Directory.GetFiles(folder.File("one")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Errors.AreOneLineWith(() => slice.Save(folder.File("none"), new Gemma3nSliceOptions { ShardBytes = 0 }), "0 bytes", "above 0");
    }

    [Fact]
    public void A_slice_that_is_stopped_leaves_no_weights()
    {
        using var folder = new TemporaryFolder();
        new TinyGemma3n { Hidden = 600, Widths = [900, 900, 900, 900, 900, 900, 900] }.Write(folder.File("whole"));
        using var whole = Gemma3nCheckpoint.Open(folder.File("whole"));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var slice = whole.Slice(Gemma3nPlan.Parse("50%", "", whole.Widths));
        Assert.Throws<OperationCanceledException>(() => slice.Save(folder.File("slice"), new Gemma3nSliceOptions { ShardBytes = 100_000 }, stop.Token));
        Assert.Empty(Directory.GetFiles(folder.File("slice"), "*.safetensors"));
        Assert.False(File.Exists(folder.File("slice/config.json")));
    }

    private static (Gemma3nParameterCount Parameters, long Bytes) Slice(string from, string to, Gemma3nPlan plan, long shardBytes = long.MaxValue)
    {
        using var whole = Gemma3nCheckpoint.Open(from);
        var slice = whole.Slice(plan);
        slice.Save(to, new Gemma3nSliceOptions { ShardBytes = shardBytes });
        return (slice.Parameters, slice.Bytes);
    }

    /// <summary>The rules of the table, element by element: which rows and which columns of a matrix stay.</summary>
    private static Dictionary<string, (long[] Shape, byte[] Data)> Expected(TinyGemma3n model, Dictionary<string, byte[]> bytes, Gemma3nPlan plan)
    {
        int[] kept = [.. Enumerable.Range(0, model.Layers).Where(layer => !plan.Skipped.Contains(layer))];
        long[] groups = [.. kept.SelectMany(layer => Enumerable.Range(layer * model.PerLayer, model.PerLayer)).Select(index => (long)index)];
        var expected = new Dictionary<string, (long[], byte[])>();
        foreach (var (name, shape) in model.Tensors())
        {
            var renamed = name;
            var width = 0;
            if (name.StartsWith(model.Prefix, StringComparison.Ordinal) && Regex.Match(name, @"\.layers\.(\d+)\.") is { Success: true } match)
            {
                var index = Array.IndexOf(kept, int.Parse(match.Groups[1].Value));
                if (index < 0)
                    continue;
                width = plan.Widths[index];
                renamed = name.Replace(match.Value, $".layers.{index}.", StringComparison.Ordinal);
            }

            var isText = name.StartsWith(model.Prefix, StringComparison.Ordinal);
            long[] rows = Range(shape[0]), columns = Range(shape.Length == 2 ? shape[1] : shape[1..].Aggregate(1L, (a, b) => a * b));
            if (isText && (name.EndsWith("gate_proj.weight", StringComparison.Ordinal) || name.EndsWith("up_proj.weight", StringComparison.Ordinal)))
                rows = rows[..width];
            else if (isText && name.EndsWith("down_proj.weight", StringComparison.Ordinal))
                columns = columns[..width];
            else if (name.EndsWith("embed_tokens_per_layer.weight", StringComparison.Ordinal))
                columns = groups;
            else if (name.EndsWith("per_layer_model_projection.weight", StringComparison.Ordinal))
                rows = groups;
            var stride = bytes[name].LongLength / 2 / shape[0];
            var data = rows.SelectMany(row => columns.SelectMany(column => bytes[name].Skip((int)(row * stride + column) * 2).Take(2))).ToArray();
            expected[renamed] = (shape.Length == 2 ? [rows.Length, columns.Length] : shape, data);
        }

        return expected;
    }

    private static long[] Range(long count) => [.. Enumerable.Range(0, (int)count).Select(index => (long)index)];
}

internal static class Gemma3nBytes
{
    public static long Bytes(this Gemma3nCheckpoint checkpoint) => checkpoint.Tensors.Names.Sum(name => checkpoint.Tensors.Get(name).ByteCount);
}
