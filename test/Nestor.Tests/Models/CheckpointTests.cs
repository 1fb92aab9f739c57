using CsCheck;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Tests.Formats;
using Nestor.Text;

namespace Nestor.Tests.Models;

public sealed class CheckpointTests
{
    [Fact]
    public void Reading_what_we_wrote_is_identity() =>
        Gen.Select(Gen.Enum<FeedForwardKind>(), Gen.Bool, Gen.Int[1, 9].Array[1, 3], Gen.OneOf(TensorType.F32, TensorType.BF16)).Sample((kind, tied, widths, type) =>
        {
            using var folder = new TemporaryFolder();
            var config = RandomModel.Config(kind, tied, widths);
            var tensors = RandomModel.Tensors(config, type);
            Checkpoint.Write(folder.Path, config, tensors);
            using var checkpoint = Checkpoint.Open(folder.Path);
            Assert.Equal(config, checkpoint.Config);
            Assert.Null(checkpoint.Origin);
            Assert.Equal(tensors.Count, checkpoint.Tensors.Names.Count);
            foreach (var tensor in tensors)
            {
                using var bytes = new MemoryStream();
                tensor.Write(bytes);
                var view = checkpoint.Tensors.Get(tensor.Name, tensor.Shape.AsSpan());
                Assert.Equal(type, view.Type);
                Assert.Equal(bytes.ToArray(), view.Bytes);
            }
        }, iter: 30);

    [Fact]
    public void A_sharded_folder_opens()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.Path, RandomModel.Config());
        using (var store = TensorStore.Open(folder.Path))
        {
            var names = store.Names.ToList();
            foreach (var shard in (int[])[0, 1])
                SafetensorsWriter.Write(folder.File($"{shard}.safetensors"), [.. names.Where((_, i) => i % 2 == shard).Select(name => TensorSource.Of(store.Get(name)))]);
            var map = string.Join(",", names.Select((name, i) => $"\"{name}\":\"{i % 2}.safetensors\""));
            File.WriteAllText(folder.File("model.safetensors.index.json"), "{\"weight_map\":{" + map + "}}");
        }

        using var whole = Checkpoint.Open(folder.Path);
        var fingerprint = whole.Fingerprint;
        File.Delete(folder.File("model.safetensors"));
        using var sharded = Checkpoint.Open(folder.Path);
        Assert.Equal(fingerprint, sharded.Fingerprint);
    }

    [Fact]
    public void Tensors_must_be_those_of_the_configuration()
    {
        AssertRefused(tensors => tensors.Where(t => t.Name != TensorNames.Up(1)), TensorNames.Up(1), "holds no tensor");
        AssertRefused(tensors => tensors.Select(t => t.Name == TensorNames.Down(1) ? t with { Shape = [16, 12] } : t), TensorNames.Down(1), "[16, 12]", "[12, 16]");
        AssertRefused(tensors => tensors.Select(t => t.Name == TensorNames.FinalNorm ? t with { Type = TensorType.I32 } : t), TensorNames.FinalNorm, "I32", "BF16");
        AssertRefused(tensors => tensors.Append(TensorSource.Of("model.layers.0.self_attn.q_proj.bias", new float[24], 24)), "'model.layers.0.self_attn.q_proj.bias'", "another model");
    }

    [Fact]
    public void A_tied_head_and_stored_rotary_frequencies_change_nothing()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.Path, RandomModel.Config());
        Rewrite(folder, tensors => tensors.Append(TensorSource.Of(TensorNames.Head, new float[19 * 12], 19, 12)).Append(TensorSource.Of("model.layers.0.self_attn.rotary_emb.inv_freq", new float[3], 3)));
        Checkpoint.Open(folder.Path).Dispose();
    }

    [Fact]
    public void Folders_that_are_no_models_are_refused()
    {
        using var folder = new TemporaryFolder();
        Errors.AreOneLineWith(() => Checkpoint.Open(folder.File("none")), "There is no model folder", folder.File("none"));
        Errors.AreOneLineWith(() => Checkpoint.Open(folder.Path), "config.json", "not completely written");
        RandomModel.Write(folder.Path, RandomModel.Config());
        File.Delete(folder.File("model.safetensors"));
        Errors.AreOneLineWith(() => Checkpoint.Open(folder.Path), "model.safetensors");
    }

    [Fact]
    public void An_absurd_shape_is_an_error_and_no_allocation()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.Path, RandomModel.Config());
        File.WriteAllText(folder.File("config.json"), """
            {"model_type":"llama","vocab_size":2147483647,"hidden_size":2147483647,"intermediate_size":2147483647,"num_hidden_layers":10000,
             "num_attention_heads":2147483647,"head_dim":2147483646}
            """);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Errors.AreOneLineWith(() => Checkpoint.Open(folder.Path), "[2147483647, 2147483647]");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void Writing_what_is_not_the_model_is_a_programming_error()
    {
        using var folder = new TemporaryFolder();
        var config = RandomModel.Config();
        var tensors = RandomModel.Tensors(config);
        Assert.Throws<ArgumentException>(() => Checkpoint.Write(folder.Path, config, [.. tensors.Skip(1)]));
        Assert.Throws<ArgumentException>(() => Checkpoint.Write(folder.Path, config, [.. tensors, TensorSource.Of("extra", new float[1], 1)]));
        Assert.Throws<ArgumentException>(() => Checkpoint.Write(folder.Path, config, [tensors[0] with { Type = TensorType.I32 }, .. tensors.Skip(1)]));
        Assert.Throws<NestorException>(() => Checkpoint.Write(folder.Path, config with { Heads = 3 }, tensors));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void While_a_model_is_saved_again_there_is_always_a_whole_one()
    {
        using var folder = new TemporaryFolder();
        var config = RandomModel.Config();
        RandomModel.Write(folder.Path, config, seed: 1);
        File.WriteAllText(folder.File("README.md"), "mine");
        using var old = Checkpoint.Open(folder.Path);
        var fingerprint = old.Fingerprint;
        var tensors = RandomModel.Tensors(config, seed: 2);
        Checkpoint.Write(folder.Path, config, [tensors[0] with { Write = Looking }, .. tensors.Skip(1)]);
        Assert.NotEqual(fingerprint, Fingerprint(folder.Path));
        Assert.True(File.Exists(folder.File("README.md")));

        void Looking(Stream stream)
        {
            Assert.Equal(fingerprint, Fingerprint(folder.Path));
            tensors[0].Write(stream);
        }
    }

    [Fact]
    public void A_model_of_another_shape_that_fails_half_way_leaves_no_mixture()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.Path, RandomModel.Config());
        var other = RandomModel.Config(FeedForwardKind.Gelu);
        var tensors = RandomModel.Tensors(other);
        Errors.AreOneLineWith(() => Checkpoint.Write(folder.Path, other, [.. tensors.SkipLast(1), tensors[^1] with { Write = _ => throw new IOException("gone") }]), "gone");
        Errors.AreOneLineWith(() => Checkpoint.Open(folder.Path), "not completely written");
        Checkpoint.Write(folder.Path, other, tensors);
        using var checkpoint = Checkpoint.Open(folder.Path);
        Assert.Equal(other, checkpoint.Config);
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Path).Length);
    }

    [Fact]
    public void The_tokenizer_is_kept_with_the_model()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = TokenizerTrainer.Train(["low lower lowest"], vocabularySize: 260, cancellation: TestContext.Current.CancellationToken);
        var config = RandomModel.Config() with { VocabularySize = 300 };
        Checkpoint.Write(folder.Path, config, RandomModel.Tensors(config), tokenizer);
        using (var checkpoint = Checkpoint.Open(folder.Path))
        {
            Assert.True(checkpoint.HasTokenizer);
            Assert.Equal(tokenizer.Encode("lowest"), checkpoint.Tokenizer.Encode("lowest"));
        }

        var small = RandomModel.Config();
        Checkpoint.Write(folder.Path, small, RandomModel.Tensors(small));
        using (var another = Checkpoint.Open(folder.Path))
        {
            Assert.False(another.HasTokenizer);
            Errors.AreOneLineWith(() => _ = another.Tokenizer, folder.File("tokenizer.json"));
        }

        tokenizer.Save(folder.File("tokenizer.json"));
        using var mismatched = Checkpoint.Open(folder.Path);
        Errors.AreOneLineWith(() => _ = mismatched.Tokenizer, folder.File("tokenizer.json"), $"{tokenizer.VocabularySize} tokens", "19");
    }

    [Fact]
    public void Places_that_cannot_hold_a_model_are_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "");
        Errors.AreOneLineWith(() => RandomModel.Write(folder.File("file"), RandomModel.Config()), folder.File("file"));
        Errors.AreOneLineWith(() => RandomModel.Write(folder.File("file/inner"), RandomModel.Config()), folder.File("file"));
    }

    [Fact]
    public void A_closed_checkpoint_says_so()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.Path, RandomModel.Config());
        var checkpoint = Checkpoint.Open(folder.Path);
        checkpoint.Dispose();
        Assert.Throws<ObjectDisposedException>(() => checkpoint.Fingerprint);
        Assert.Throws<ObjectDisposedException>(() => checkpoint.Slice(WidthPlan.Uniform(4, 3)).Save(folder.File("slice")));
        Assert.False(Directory.Exists(folder.File("slice")));
    }

    private static string Fingerprint(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        return checkpoint.Fingerprint;
    }

    private static void AssertRefused(Func<IEnumerable<TensorSource>, IEnumerable<TensorSource>> change, params string[] texts)
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.Path, RandomModel.Config());
        Rewrite(folder, change);
        Errors.AreOneLineWith(() => Checkpoint.Open(folder.Path), [folder.Path, .. texts]);
    }

    private static void Rewrite(TemporaryFolder folder, Func<IEnumerable<TensorSource>, IEnumerable<TensorSource>> change) =>
        SafetensorsWriter.Write(folder.File("model.safetensors"), [.. change(RandomModel.Tensors(RandomModel.Config()))]);
}
