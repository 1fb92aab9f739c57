using System.Text.Json;

namespace Nestor.Cli.Tests;

/// <summary>The way from training robust models to the vote of some of them, in the real tool.</summary>
public sealed class RobustTests(TrainedModel model)
{
    private static readonly string[] Shapes = ["--images", "shapes:0.1", "--epsilon", "4/255"];

    [Fact]
    public void Robust_models_are_trained_selected_and_evaluated_and_an_evaluation_that_was_stopped_goes_on()
    {
        string[] pool = [Trained("pgd", "small"), Trained("trades", "wide-filters"), Trained("fast", "patches")];
        var selected = NestorProcess.Run(["robust", "select", .. pool, .. Shapes, "--validation", "40", "--steps", "3", "--confirm", "1", "--json"]);
        Assert.True(selected.ExitCode == 0, selected.Errors);
        using var selection = JsonDocument.Parse(selected.Output);
        Assert.Equal(3, selection.RootElement.GetProperty("models").GetArrayLength());
        var committee = Assert.Single(selection.RootElement.GetProperty("committees").EnumerateArray());
        Assert.True(committee.GetProperty("confirmed").GetDouble() <= committee.GetProperty("robust").GetDouble() + 0.1);

        var output = model.Path("robust-report");
        string[] command = ["robust", "evaluate", .. pool, .. Shapes, "--count", "40", "--steps", "3", "--quick", "--checks", "10", "--curve", "20", "--rivals", "--validation", "40", "--out", output, "--json"];
        var evaluated = NestorProcess.Run(command);
        Assert.True(evaluated.ExitCode == 0, evaluated.Errors);
        var json = File.ReadAllText(Path.Combine(output, "report.json"));
        Assert.Equal(json.Trim(), evaluated.Output.Trim());
        using var report = JsonDocument.Parse(json);
        var rows = report.RootElement.GetProperty("models").EnumerateArray().ToList();
        Assert.Equal(4, rows.Count);
        var found = report.RootElement.GetProperty("committee");
        Assert.Equal(3, found.GetProperty("rivals").GetArrayLength());
        Assert.Equal(10, found.GetProperty("checks").GetProperty("images").GetInt32());
        Assert.All(rows.Concat(found.GetProperty("rivals").EnumerateArray()), row => Assert.True(row.GetProperty("robust").GetDouble() <= row.GetProperty("clean").GetDouble()));
        Assert.All(rows, row =>
        {
            Assert.True(row.GetProperty("certified").GetDouble() <= row.GetProperty("robust").GetDouble());
            double[] curve = [.. row.GetProperty("curve").GetProperty("points").EnumerateArray().Select(point => point.GetProperty("robust_accuracy").GetDouble())];
            Assert.Equal(curve.OrderDescending(), curve);
        });
        var page = File.ReadAllText(Path.Combine(output, "report.html"));
        Assert.All(["<h1>Robustness</h1>", "<svg", "median of probabilities", "certified", "Images that fell"], part => Assert.Contains(part, page, StringComparison.Ordinal));

        var files = Directory.GetFiles(Path.Combine(output, "work", "vote"), "attack-*").Order(StringComparer.Ordinal).ToList();
        files.Skip(files.Count / 2).ToList().ForEach(File.Delete);
        Directory.Delete(Path.Combine(output, "work", "rival-1-all"), recursive: true);
        var resumed = NestorProcess.Run(command);
        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        Assert.Equal(WithoutSeconds(json), WithoutSeconds(resumed.Output));
        NestorProcess.Run([.. command, "--seed", "7"]).AssertFailed("keeps another evaluation");
    }

    [Fact]
    public void What_cannot_be_attacked_is_refused_before_any_work()
    {
        var folder = Trained("standard", "small");
        NestorProcess.Run("robust", "evaluate", folder, "--images", "shapes", "--epsilon", "8").AssertFailed("8/255");
        NestorProcess.Run("robust", "evaluate", folder, "--images", "shapes", "--epsilon", "x").AssertFailed("not an epsilon");
        NestorProcess.Run("robust", "evaluate", folder, folder, "--policy", "majority", "--images", "shapes", "--epsilon", "0.1").AssertFailed("odd");
        NestorProcess.Run("robust", "evaluate", model.Path("nowhere"), "--images", "shapes", "--epsilon", "0.1").AssertFailed("nowhere");
        NestorProcess.Run("robust", "evaluate", folder, "--images", "shapes", "--epsilon", "0.1", "--curve", "-1").AssertFailed("--curve -1");
        NestorProcess.Run("robust", "select", folder, folder, "--images", "shapes", "--epsilon", "0.1").AssertFailed("committee of 3");
        NestorProcess.Run("robust", "train", "--images", "shapes", "--epsilon", "0.1", "--loss", "hope", "--out", model.Path("never")).AssertFailed("'hope' is not a loss");
        Assert.False(Directory.Exists(model.Path("never")));
    }

    private static string WithoutSeconds(string json) => string.Join('\n', json.Trim().Split('\n').Where(line => !line.Contains("\"seconds\"", StringComparison.Ordinal)));

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
