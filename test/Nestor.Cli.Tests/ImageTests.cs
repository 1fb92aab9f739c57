using System.Text.Json;

namespace Nestor.Cli.Tests;

/// <summary>Vision models from training to accuracy, on drawn shapes.</summary>
public sealed class ImageTests(TrainedModel model)
{
    private const string Shapes = "shapes:0";

    [Fact]
    public void A_model_of_images_is_trained_stopped_resumed_and_measured_at_every_width()
    {
        var folder = model.Path("vision");
        var trained = NestorProcess.Run(Train(folder));
        Assert.True(trained.ExitCode == 0, trained.Errors);
        Assert.Contains("images/s", trained.Output, StringComparison.Ordinal);
        var weights = File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
        NestorProcess.Run(Train(folder)).AssertFailed("--resume");
        Assert.Equal(0, NestorProcess.Run(Train(folder, "--resume")).ExitCode);
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
        NestorProcess.Run(Train(folder, "--resume", "--mixup", "0.2")).AssertFailed("mixup 0.2");

        var measured = NestorProcess.Run("eval", folder, "--images", Shapes, "--plan", "S*2,XL*2", "--json");
        Assert.True(measured.ExitCode == 0, measured.Errors);
        using var json = JsonDocument.Parse(measured.Output);
        var rows = json.RootElement.EnumerateArray().ToList();
        Assert.Equal(["S", "M", "L", "XL", "S*2,XL*2"], rows.Select(row => row.GetProperty("plan").GetString()));
        Assert.All(rows, row => Assert.Equal(2000, row.GetProperty("images").GetInt32()));
        NestorProcess.Run("eval", folder, "--text", model.Text).AssertFailed("--images");
    }

    [Fact]
    public void Text_and_images_are_not_mixed()
    {
        NestorProcess.Run(Train(model.Path("never"), "--text", model.Text)).AssertFailed("leave one out");
        NestorProcess.Run(Train(model.Path("never"), "--window", "8")).AssertFailed("--window is for language models");
        NestorProcess.Run(Train(model.Path("never"), "--preset", "tiny")).AssertFailed("vit-nano");
        NestorProcess.Run("train", "--out", model.Path("never"), "--images", model.Path("absent")).AssertFailed("absent");
        NestorProcess.Run("eval", model.Folder, "--images", Shapes).AssertFailed("language model");
        NestorProcess.Run("reproduce", "matvit").AssertFailed("--mnist");
    }

    [Fact]
    public void Broken_images_are_counted_and_named()
    {
        var folder = model.Path("pictures");
        Directory.CreateDirectory(Path.Combine(folder, "cat"));
        File.WriteAllBytes(Path.Combine(folder, "cat", "grey.png"), Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGMwAgAANAAzzoMkbwAAAABJRU5ErkJggg=="));
        File.WriteAllText(Path.Combine(folder, "cat", "torn.jpg"), "no picture");
        var outcome = NestorProcess.Run("train", "--out", model.Path("cats"), "--images", folder, "--size", "8", "--patch", "4", "--steps", "1", "--batch", "2");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Contains("1 broken image of", Assert.Single(outcome.ErrorLines), StringComparison.Ordinal);
        Assert.Contains("cat/torn.jpg", outcome.Errors, StringComparison.Ordinal);
    }

    private static string[] Train(string output, params string[] more) =>
        ["train", "--out", output, "--images", Shapes, "--size", "16", "--patch", "8", "--steps", "3", "--batch", "8", "--crop", "1", "--flip", .. more];
}
