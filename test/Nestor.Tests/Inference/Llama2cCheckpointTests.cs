using System.Runtime.InteropServices;
using CsCheck;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Tests.Inference;

/// <summary>llama2.c's own model and its own text, and files that are none.</summary>
public sealed class Llama2cCheckpointTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nestor-llama2c-").FullName;

    private string Model => Path.Combine(folder, "model.bin");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_llama2c_model_continues_word_for_word_as_llama2c_does()
    {
        using var checkpoint = Stories();
        Assert.StartsWith(
            "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. She wanted to play with it, but it was too high.",
            Golden.Stories260K.Unprompted, StringComparison.Ordinal);
        Assert.Equal(Golden.Stories260K.Unprompted, Continue(checkpoint, "", tokens: 256));

        // llama2.c counts the prompt's tokens.
        var prompt = checkpoint.Tokenizer.Encode("Tom and his dog").Length;
        Assert.Equal(Golden.Stories260K.TomAndHisDog, "Tom and his dog" + Continue(checkpoint, "Tom and his dog", tokens: 256 - prompt));
    }

    /// <summary>The folder holds everything: opened again, it has the same weights, text and tokens.</summary>
    [Fact]
    public void An_imported_model_can_be_cut_and_still_tells_a_story()
    {
        using var checkpoint = Stories();
        var plan = WidthPlan.Uniform(checkpoint.Config.FullWidths.Widest - 1, checkpoint.Config.Layers);
        var smaller = Path.Combine(folder, "smaller");
        checkpoint.Slice(plan).Save(smaller);
        using var slice = Checkpoint.Open(smaller);
        var generation = new TextGenerator(Decoder.Load(checkpoint), checkpoint.Tokenizer)
            .Generate("Once", new GenerationOptions { MaxTokens = 50, Sampling = SamplingOptions.Greedy, Plan = plan }, TestContext.Current.CancellationToken);
        Assert.Equal(string.Concat(generation), Continue(slice, "Once", tokens: 50));
    }

    /// <summary>Hidden 8, width 3, 2 layers, 2 heads of 4, 1 key-value head, 5 tokens, 6 positions; every weight is its own index.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public void Every_weight_finds_its_place_and_rotary_rows_are_reordered(int vocabulary)
    {
        Write([8, 3, 2, 2, 1, vocabulary, 6]);
        Import();
        using var checkpoint = Checkpoint.Open(folder);
        Assert.Equal(vocabulary > 0, checkpoint.Config.TieEmbeddings);
        Assert.Equal((1, 2, 10_000f, 1e-5f, 6), (checkpoint.Config.BeginToken, checkpoint.Config.EndToken, checkpoint.Config.RopeTheta, checkpoint.Config.NormEpsilon, checkpoint.Config.ContextLength));

        // Embedding 40; then both layers of: norm 8, query 64, key 32, value 32, output 64, norm 8, gate 24, down 24, up 24; norm 8; tables 24; head.
        Assert.Equal(Rows(0, 8, 0, 1, 2, 3, 4), Values(checkpoint, TensorNames.Embedding));
        Assert.Equal(Rows(40 + 8, 8, 0), Values(checkpoint, TensorNames.AttentionNorm(1)));
        Assert.Equal(Rows(56 + 64, 8, 0, 2, 1, 3, 4, 6, 5, 7), Values(checkpoint, TensorNames.Query(1)));
        Assert.Equal(Rows(184, 8, 0, 2, 1, 3), Values(checkpoint, TensorNames.Key(0)));
        Assert.Equal(Rows(248, 8, 0, 1, 2, 3), Values(checkpoint, TensorNames.Value(0)));
        Assert.Equal(Rows(312 + 64, 8, 0, 1, 2, 3, 4, 5, 6, 7), Values(checkpoint, TensorNames.Output(1)));
        Assert.Equal(Rows(440, 8, 0), Values(checkpoint, TensorNames.FeedForwardNorm(0)));
        Assert.Equal(Rows(456, 8, 0, 1, 2), Values(checkpoint, TensorNames.Gate(0)));
        Assert.Equal(Rows(504, 3, 0, 1, 2, 3, 4, 5, 6, 7), Values(checkpoint, TensorNames.Down(0)));
        Assert.Equal(Rows(552 + 24, 8, 0, 1, 2), Values(checkpoint, TensorNames.Up(1)));
        Assert.Equal(Rows(600, 8, 0), Values(checkpoint, TensorNames.FinalNorm));
        if (vocabulary < 0)
            Assert.Equal(Rows(608 + 24, 8, 0, 1, 2, 3, 4), Values(checkpoint, TensorNames.Head));
    }

    [Theory]
    [InlineData(8, 3, 2, 2, 1, 5, 5)]                       // one position less than the file holds
    [InlineData(8, 3, 2, 2, 1, -5, 6)]                      // a head that is not there
    [InlineData(0, 3, 2, 2, 1, 5, 6)]
    [InlineData(8, 3, 2, 3, 1, 5, 6)]                       // heads that do not divide
    [InlineData(8, 3, 2, 8, 4, 5, 6)]                       // heads of one element
    [InlineData(8, 3, 2, 2, 1, int.MinValue, 6)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue, 1, 1, int.MaxValue, int.MaxValue)]
    [InlineData(1 << 20, 1 << 20, 1 << 10, 2, 2, 1 << 20, 1 << 20)]
    [InlineData(0x616b3432, 1, 2, 2, 1, 5, 6)]              // version 1 begins with a mark
    public void A_header_that_does_not_fit_its_file_is_refused_in_one_line(params int[] header)
    {
        Write([8, 3, 2, 2, 1, 5, 6]);
        var bytes = File.ReadAllBytes(Model);
        MemoryMarshal.AsBytes<int>(header).CopyTo(bytes);
        File.WriteAllBytes(Model, bytes);
        var error = Assert.Throws<NestorException>(Import);
        Assert.Contains("model.bin", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.False(File.Exists(Path.Combine(folder, "config.json")));
    }

    [Fact]
    public void No_file_crashes_the_import() =>
        Gen.Select(Gen.Int[-3, 9].Array[7], Gen.Int[0, 2000]).Sample((header, length) =>
        {
            var bytes = new byte[length];
            MemoryMarshal.AsBytes<int>(header)[..Math.Min(length, 28)].CopyTo(bytes);
            File.WriteAllBytes(Model, bytes);
            try
            {
                Import();
            }
            catch (NestorException)
            {
            }
        }, threads: 1);

    private Checkpoint Stories()
    {
        var data = Environment.GetEnvironmentVariable("NESTOR_DATA") ?? "";
        var model = Path.Combine(data, "stories260k", "stories260K.bin");
        Assert.SkipUnless(File.Exists(model), "Set NESTOR_DATA to a folder with stories260k/stories260K.bin and tok512.bin.");
        Llama2cCheckpoint.Import(model, Path.Combine(data, "stories260k", "tok512.bin"), folder);
        return Checkpoint.Open(folder);
    }

    private static string Continue(Checkpoint checkpoint, string prompt, int tokens)
    {
        var options = new GenerationOptions { MaxTokens = tokens, Sampling = SamplingOptions.Greedy };
        return string.Concat(new TextGenerator(Decoder.Load(checkpoint), checkpoint.Tokenizer).Generate(prompt, options, TestContext.Current.CancellationToken));
    }

    private void Import() => Llama2cCheckpoint.Import(Model, _ => null, folder);

    // The header, and as many floats as it asks for, counting up from 0.
    private void Write(int[] header)
    {
        var floats = Enumerable.Range(0, 40 + 2 * 280 + 8 + 24 + (header[5] < 0 ? 40 : 0)).Select(i => (float)i).ToArray();
        File.WriteAllBytes(Model, [.. MemoryMarshal.AsBytes<int>(header), .. MemoryMarshal.AsBytes<float>(floats)]);
    }

    private static float[] Rows(int first, int columns, params int[] rows) =>
        [.. rows.SelectMany(row => Enumerable.Range(first + row * columns, columns)).Select(i => (float)i)];

    private static float[] Values(Checkpoint checkpoint, string name)
    {
        var values = new float[checkpoint.Tensors.Get(name).Count];
        checkpoint.Tensors.Get(name).CopyTo(values);
        return values;
    }
}
