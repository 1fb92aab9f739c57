using System.Text.Json;

namespace Nestor.Cli.Tests;

/// <summary>Networks of other kinds in the real tool: ONNX files, which have no gradients, and residual networks.</summary>
public sealed class RobustModelsTests(TrainedModel model)
{
    private static readonly string[] Shapes = ["--images", "shapes:0.1", "--epsilon", "4/255"];

    [Fact]
    public void An_ONNX_file_is_attacked_without_gradients_and_votes_beside_folders()
    {
        var (folder, file) = (Trained("vit-nano", "8"), model.Path("robust-vit.onnx"));
        var exported = NestorProcess.Run("export", folder, "--onnx", file);
        Assert.True(exported.ExitCode == 0, exported.Errors);
        var evaluated = NestorProcess.Run(["robust", "evaluate", file, folder, folder, .. Shapes, "--count", "20", "--steps", "2", "--queries", "5", "--curve", "5", "--json"]);
        Assert.True(evaluated.ExitCode == 0, evaluated.Errors);
        using var report = JsonDocument.Parse(evaluated.Output);
        var rows = report.RootElement.GetProperty("models").EnumerateArray().ToList();
        Assert.Equal(rows[1].GetProperty("clean").GetDouble(), rows[0].GetProperty("clean").GetDouble(), 0.051);
        Assert.All(rows[0].GetProperty("attacks").EnumerateArray(), attack => Assert.Equal(0, attack.GetProperty("gradients").GetInt64()));
        Assert.Contains(rows[1].GetProperty("attacks").EnumerateArray(), attack => attack.GetProperty("gradients").GetInt64() > 0);
        Assert.Contains("NST109", evaluated.Output, StringComparison.Ordinal);
        var alone = NestorProcess.Run(["robust", "evaluate", file, .. Shapes, "--count", "20", "--queries", "5", "--curve", "0", "--json"]);
        Assert.True(alone.ExitCode == 0, alone.Errors);
        Assert.DoesNotContain("NST110", alone.Output, StringComparison.Ordinal);
        NestorProcess.Run(["robust", "evaluate", file, .. Shapes, "--count", "5", "--quick"]).AssertFailed("no gradients");
    }

    [Fact]
    public void A_ResNet_18_is_trained_by_its_name()
    {
        var config = File.ReadAllText(Path.Combine(Trained("resnet18", "2"), "config.json"));
        Assert.Contains("nestor_residual_net", config, StringComparison.Ordinal);
    }

    private string Trained(string preset, string batch)
    {
        var folder = model.Path($"robust-{preset}");
        var outcome = NestorProcess.Run([
            "robust", "train", .. Shapes, "--loss", "pgd", "--preset", preset, "--steps", "2", "--search-steps", "1", "--batch", batch, "--validation", "4", "--measure-every", "2", "--out", folder]);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        return Path.Combine(folder, "best");
    }
}
