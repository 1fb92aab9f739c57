using System.Text.Json;

namespace Nestor.Cli.Tests;

/// <summary>The way from training robust models to the vote of some of them, in the real tool.</summary>
public sealed class RobustTests(TrainedModel model)
{
    private static readonly string[] Shapes = ["--images", "shapes:0.1", "--epsilon", "4/255"];

    [Fact]
    public void Robust_models_are_trained_selected_and_evaluated()
    {
        string[] pool = [Trained("pgd", "small"), Trained("trades", "wide-filters"), Trained("fast", "patches")];
        var selected = NestorProcess.Run(["robust", "select", .. pool, .. Shapes, "--validation", "40", "--steps", "3", "--confirm", "1", "--json"]);
        Assert.True(selected.ExitCode == 0, selected.Errors);
        using var selection = JsonDocument.Parse(selected.Output);
        Assert.Equal(3, selection.RootElement.GetProperty("models").GetArrayLength());
        var committee = Assert.Single(selection.RootElement.GetProperty("committees").EnumerateArray());
        Assert.True(committee.GetProperty("confirmed").GetDouble() <= committee.GetProperty("robust").GetDouble() + 0.1);

        var output = model.Path("robust-report");
        var evaluated = NestorProcess.Run(["robust", "evaluate", .. pool, .. Shapes, "--count", "40", "--steps", "3", "--quick", "--out", output, "--json"]);
        Assert.True(evaluated.ExitCode == 0, evaluated.Errors);
        using var report = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "report.json")));
        var rows = report.RootElement.GetProperty("models").EnumerateArray().ToList();
        Assert.Equal(4, rows.Count);
        Assert.All(rows, row => Assert.True(row.GetProperty("robust").GetDouble() <= row.GetProperty("clean").GetDouble()));
        Assert.Contains("<h1>Robustness</h1>", File.ReadAllText(Path.Combine(output, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_attacked_is_refused_before_any_work()
    {
        var folder = Trained("standard", "small");
        NestorProcess.Run("robust", "evaluate", folder, "--images", "shapes", "--epsilon", "8").AssertFailed("8/255");
        NestorProcess.Run("robust", "evaluate", folder, "--images", "shapes", "--epsilon", "x").AssertFailed("not an epsilon");
        NestorProcess.Run("robust", "evaluate", folder, folder, "--policy", "majority", "--images", "shapes", "--epsilon", "0.1").AssertFailed("odd");
        NestorProcess.Run("robust", "evaluate", model.Path("nowhere"), "--images", "shapes", "--epsilon", "0.1").AssertFailed("nowhere");
        NestorProcess.Run("robust", "select", folder, folder, "--images", "shapes", "--epsilon", "0.1").AssertFailed("committee of 3");
        NestorProcess.Run("robust", "train", "--images", "shapes", "--epsilon", "0.1", "--loss", "hope", "--out", model.Path("never")).AssertFailed("'hope' is not a loss");
        Assert.False(Directory.Exists(model.Path("never")));
    }

    private string Trained(string loss, string preset)
    {
        var folder = model.Path($"robust-{loss}");
        var outcome = NestorProcess.Run([
            "robust", "train", .. Shapes, "--loss", loss, "--preset", preset, "--steps", "6", "--search-steps", "2", "--batch", "16", "--validation", "40", "--measure-every", "3", "--out", folder]);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Contains("best model", outcome.Output, StringComparison.Ordinal);
        return Path.Combine(folder, "best");
    }
}
