using System.Text.Json;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Cli.Tests;

/// <summary>A collection, embedded once with the whole model and searched with slices of it.</summary>
public sealed class IndexTests(TrainedModel model)
{
    private readonly string index = model.Path(Path.GetRandomFileName());

    [Fact]
    public void Texts_are_found_by_themselves_at_the_width_of_the_index_and_by_slices()
    {
        var built = NestorProcess.Run("index", "build", model.Folder, model.Text, "--out", index);
        Assert.True(built.ExitCode == 0, built.Errors);
        Assert.StartsWith("400 vectors added: the index", built.Output, StringComparison.Ordinal);

        var text = JsonDocument.Parse(File.ReadLines(model.Text).ElementAt(7)).RootElement.GetProperty("text").GetString()!;
        var (name, score) = Best("search", index, "--model", model.Folder, "--query", text);
        Assert.Contains(text[..50], name, StringComparison.Ordinal);
        Assert.Equal(1, score, 1e-5);

        var slice = model.Path("slice-of-index");
        Assert.Equal(0, NestorProcess.Run("slice", model.Folder, "--plan", "S", "--out", slice).ExitCode);
        Assert.Equal(
            Best("search", index, "--model", model.Folder, "--plan", "S", "--query", text),
            Best("search", index, "--model", slice, "--query", text));

        var again = NestorProcess.Run("index", "add", index, model.Text, "--model", model.Folder);
        Assert.StartsWith("0 vectors added, 400 known already", again.Output, StringComparison.Ordinal);
        var more = model.Path("more.jsonl");
        File.WriteAllText(more, "{\"text\":\"something else\"}\n");
        Assert.StartsWith("1 vectors added: ", NestorProcess.Run("index", "add", index, more, "--model", model.Folder).Output, StringComparison.Ordinal);
        Assert.Contains("something else", Best("search", index, "--model", model.Folder, "--query", "something else").Name, StringComparison.Ordinal);

        var table = NestorProcess.Run("index", "search", index, "--model", model.Folder, "--query", text, "--count", "3", "--filter-dimensions", "16");
        Assert.Equal(3, table.Output.Split('\n').Count(line => line.TrimStart() is ['1' or '2' or '3', ' ', ..]));
        Assert.DoesNotContain('\e', table.Output);
        NestorProcess.Run("index", "build", model.Folder, model.Text, "--out", index).AssertFailed("holds an index already");
    }

    // 2 x 2 pixels: stripes, bars, and four greys.
    private static readonly string[] Pictures =
    [
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR42mNg+M/A8B8ABQEB/0ABe68AAAAASUVORK5CYII=",
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR42mP4/5+BgQEACP0B/2sbGd8AAAAASUVORK5CYII=",
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR42mPgEmE4EQUAAnIBQffreWwAAAAASUVORK5CYII=",
    ];

    [Fact]
    public void Pictures_are_found_by_themselves_and_broken_ones_are_named()
    {
        var (vision, pictures) = (model.Path("vision-index-model"), model.Path("indexed-pictures"));
        WriteVisionModel(vision);
        Directory.CreateDirectory(Path.Combine(pictures, "grey"));
        for (var i = 0; i < Pictures.Length; i++)
            File.WriteAllBytes(Path.Combine(pictures, "grey", $"{i}.png"), Convert.FromBase64String(Pictures[i]));
        var torn = Path.Combine(pictures, "grey", "torn.png");
        File.WriteAllText(torn, "no picture");

        var built = NestorProcess.Run("index", "build", vision, pictures, "--out", index, "--inner-product");
        Assert.True(built.ExitCode == 0, built.Errors);
        Assert.StartsWith("3 vectors added", built.Output, StringComparison.Ordinal);
        Assert.Contains("grey/torn.png", Assert.Single(built.ErrorLines), StringComparison.Ordinal);
        var cosine = model.Path("cosine-pictures");
        Assert.Equal(0, NestorProcess.Run("index", "build", vision, pictures, "--out", cosine).ExitCode);
        var (name, score) = Best("search", cosine, "--model", vision, "--query", Path.Combine(pictures, "grey", "1.png"));
        Assert.Equal("grey/1.png", name);
        Assert.Equal(1, score, 1e-5);
        Assert.Equal(0, NestorProcess.Run("index", "search", index, "--model", vision, "--plan", "S", "--query", Path.Combine(pictures, "grey", "1.png")).ExitCode);

        NestorProcess.Run("index", "search", index, "--model", vision, "--query", torn).AssertFailed("neither a JPEG nor a PNG");
        NestorProcess.Run("index", "search", index, "--model", vision, "--query", model.Path("nowhere.png")).AssertFailed("nowhere.png");
        NestorProcess.Run("index", "search", index, "--model", model.Folder, "--query", "x").AssertFailed("another model");
        var empty = model.Path("no-pictures");
        Directory.CreateDirectory(empty);
        NestorProcess.Run("index", "add", index, empty, "--model", vision).AssertFailed("no JPEG or PNG");
    }

    [Fact]
    public void A_model_of_another_space_is_refused()
    {
        Assert.Equal(0, NestorProcess.Run("index", "build", model.Folder, model.Text, "--out", index).ExitCode);
        var other = model.Path("other-space");
        Assert.Equal(0, NestorProcess.Run(model.Train(other, "--steps", "1", "--seed", "9")).ExitCode);
        NestorProcess.Run("index", "search", index, "--model", other, "--query", "x").AssertFailed("another model");
        NestorProcess.Run("index", "add", index, model.Text, "--model", other).AssertFailed("another model");
    }

    [Fact]
    public void Wrong_use_is_told()
    {
        NestorProcess.Run("index", "search", model.Folder, "--model", model.Folder, "--query", "x").AssertFailed("no index");
        NestorProcess.Run("index", "build", model.Path("nowhere"), model.Text, "--out", index).AssertFailed("no model folder");
        NestorProcess.Run("index", "build", model.Folder, model.Path("nowhere"), "--out", index).AssertFailed("no file or folder");
        NestorProcess.Run("index", "search", index, "--model", model.Folder).AssertMisused("--query");
    }

    /// <summary>Killed at some moment, whatever it is: what the index holds can be searched, and adding goes on.</summary>
    [Fact]
    public void A_killed_build_leaves_an_index_that_can_be_gone_on_with()
    {
        var many = model.Path("many.jsonl");
        File.WriteAllLines(many, Enumerable.Range(0, 20_000).Select(i => $"{{\"text\":\"a {i}\"}}"));
        using (var process = NestorProcess.Start("index", "build", model.Folder, many, "--out", index))
        {
            SpinWait.SpinUntil(() => process.HasExited || File.Exists(Path.Combine(index, "vectors.f32")), TimeSpan.FromSeconds(60));
            process.Kill();
            process.WaitForExit();
        }

        Assert.Equal(0, NestorProcess.Run("index", "search", index, "--model", model.Folder, "--query", "a 5").ExitCode);
        Assert.Equal(0, NestorProcess.Run("index", "add", index, model.Text, "--model", model.Folder).ExitCode);
        Assert.Equal(0, NestorProcess.Run("index", "search", index, "--model", model.Folder, "--query", "a 5").ExitCode);
    }

    private static void WriteVisionModel(string folder)
    {
        var config = new VisionConfig
        {
            ImageSize = 4,
            PatchSize = 2,
            Channels = 1,
            HiddenSize = 16,
            FullWidths = WidthPlan.Uniform(32, 2),
            Heads = 2,
            Classes = 3,
            Mean = [0.5f],
            StandardDeviation = [0.5f],
            Granularities = Granularity.Paper(32),
        };
        var random = new Random(1);
        VisionCheckpoint.Write(folder, config, [.. VisionTensorNames.All(config).Select(tensor =>
            TensorSource.Of(tensor.Name, Enumerable.Range(0, (int)tensor.Shape.Aggregate(1L, (a, b) => a * b)).Select(_ => random.NextSingle() - 0.4f).ToArray(), [.. tensor.Shape]))]);
    }

    private static (string Name, double Score) Best(params string[] arguments)
    {
        var outcome = NestorProcess.Run(["index", .. arguments, "--json"]);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        using var json = JsonDocument.Parse(outcome.Output);
        var best = json.RootElement[0].GetProperty("matches")[0];
        return (best.GetProperty("name").GetString()!, best.GetProperty("score").GetDouble());
    }
}
