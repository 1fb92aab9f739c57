using System.Text.Json;
using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Cli.Tests;

/// <summary>Models are made smaller, or sliceable, and say beforehand how.</summary>
public sealed class PruneTests(TrainedModel model)
{
    [Fact]
    public void The_plan_is_shown_and_nothing_is_touched_in_a_dry_run()
    {
        var before = Directory.GetFiles(model.Folder, "*", SearchOption.AllDirectories).Select(path => (path, File.GetLastWriteTimeUtc(path))).ToList();
        var outcome = NestorProcess.Run("prune", model.Folder, "--text", model.Text, "--budget", "60%", "--dry-run", "--json", "--calibration", "2");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        using var json = JsonDocument.Parse(outcome.Output);
        Assert.Equal(4, json.RootElement.GetProperty("blocks").GetArrayLength());
        Assert.True(json.RootElement.GetProperty("parameters").GetInt64() <= 0.6 * json.RootElement.GetProperty("whole_parameters").GetInt64());
        Assert.All(json.RootElement.GetProperty("blocks").EnumerateArray(), block =>
        {
            Assert.Equal(0, block.GetProperty("kept").GetInt32() % 32);
            Assert.True(block.GetProperty("last_kept").GetDouble() >= block.GetProperty("first_removed").GetDouble());
        });
        Assert.Equal(before, Directory.GetFiles(model.Folder, "*", SearchOption.AllDirectories).Select(path => (path, File.GetLastWriteTimeUtc(path))));
    }

    [Fact]
    public void A_pruned_model_is_smaller_and_writes()
    {
        var output = model.Path("pruned");
        var outcome = NestorProcess.Run("prune", model.Folder, "--text", model.Text, "--plan", "64,96,32,128", "--heads", "1", "--out", output, "--calibration", "2");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Matches(@"layer 1 feed-forward +96 +256 ", outcome.Output);
        Assert.Matches(@"layer 3 attention +1 +2 ", outcome.Output);
        using (var checkpoint = Checkpoint.Open(output))
        {
            Assert.Equal("64,96,32,128", checkpoint.Config.FullWidths.ToString());
            Assert.Equal((2, 1), (checkpoint.Config.Heads, checkpoint.Config.KeyValueHeads));
        }

        Assert.Equal(0, NestorProcess.Run("generate", output, "--prompt", "a small", "--tokens", "4").ExitCode);
        NestorProcess.Run("prune", model.Folder, "--text", model.Text, "--plan", "64", "--out", output).AssertFailed("holds a model already");
    }

    [Theory]
    [InlineData("decay", "--budget", "60%")]
    [InlineData("coupled:0.01", "--find")]
    public void A_model_is_trained_around_the_cut(string method, params string[] size)
    {
        var output = model.Path("pruned-" + method[..5]);
        string[] arguments = ["prune", model.Folder, "--text", model.Text, "--method", method, "--steps", "3", "--fine-tune", "2", "--distill", "--batch", "2", "--window", "16", "--calibration", "2", "--out", output, .. size];
        var outcome = NestorProcess.Run(arguments);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.All(["as it was", "before the cut", "after the cut", "fine-tuned"], when => Assert.Contains(when, outcome.Output, StringComparison.Ordinal));
        using (var checkpoint = Checkpoint.Open(output))
            Assert.True(checkpoint.HasTokenizer);
        var resumed = NestorProcess.Run([.. arguments, "--resume"]);
        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        Assert.Equal(outcome.Output.Split("loss: ")[1], resumed.Output.Split("loss: ")[1]);
    }

    [Fact]
    public void A_dense_model_becomes_sliceable()
    {
        var (dense, output) = (model.Path("dense"), model.Path("nested"));
        Assert.Equal(0, NestorProcess.Run("slice", model.Folder, "--plan", "128", "--out", dense).ExitCode);
        var outcome = NestorProcess.Run("nest", dense, "--text", model.Text, "--lasso", "decoupled:1", "--lasso-steps", "2", "--steps", "3", "--between", "1", "--batch", "2", "--window", "16", "--calibration", "2", "--out", output, "--json");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        using var json = JsonDocument.Parse(outcome.Output);
        Assert.All(["natural order", "sorted", "nested"], when => Assert.Equal(4, json.RootElement.GetProperty("losses").GetProperty(when).GetArrayLength()));
        Assert.True(json.RootElement.GetProperty("change_by_sorting").GetDouble() < 1e-3);
        foreach (var width in (string[])["S", "40", "XL"])
            Assert.Equal(0, NestorProcess.Run("slice", output, "--plan", width, "--out", model.Path("nested-" + width)).ExitCode);
        NestorProcess.Run("nest", model.Path("nested-40"), "--text", model.Text, "--granularities", "8,80", "--out", model.Path("never-nested")).AssertFailed("whole width");
    }

    [Fact]
    public void A_vision_model_is_pruned_and_nested()
    {
        var (folder, config) = (model.Path("prunable-vision"), VisionPresets.Get("vit-nano") with { ImageSize = 28, PatchSize = 7, Channels = 1, Mean = [0.5f], StandardDeviation = [0.5f], Classes = 10, Labels = [] });
        using (var created = Training.Vision.MatVit.Create(config, 1))
            created.Save(folder);
        var pruned = NestorProcess.Run("prune", folder, "--images", "shapes", "--plan", "50%", "--fine-tune", "2", "--batch", "4", "--calibration", "2", "--out", model.Path("pruned-vision"));
        Assert.True(pruned.ExitCode == 0, pruned.Errors);
        using (var smaller = VisionCheckpoint.Open(model.Path("pruned-vision")))
            Assert.Equal(config.FullWidths.Widest / 2, smaller.Config.FullWidths.Widest);
        var nested = NestorProcess.Run("nest", folder, "--images", "shapes", "--steps", "2", "--batch", "4", "--calibration", "2", "--out", model.Path("nested-vision"));
        Assert.True(nested.ExitCode == 0, nested.Errors);
        NestorProcess.Run("prune", folder, "--plan", "50%", "--dry-run").AssertFailed("--images");
        NestorProcess.Run("prune", folder, "--images", "shapes", "--plan", "50%", "--heads", "1", "--dry-run").AssertFailed("--heads");
        NestorProcess.Run("prune", model.Path("nowhere"), "--images", "shapes", "--plan", "50%", "--dry-run").AssertFailed("nowhere");
    }

    [Theory]
    [InlineData("below the smallest", "--budget", "1K")]
    [InlineData("above the whole", "--budget", "900M")]
    [InlineData("is a time", "--budget", "5ms")]
    [InlineData("a slice can only be narrower", "--plan", "512")]
    [InlineData("not an importance", "--plan", "50%", "--importance", "luck")]
    [InlineData("not a penalty", "--plan", "50%", "--method", "magic")]
    [InlineData("needs steps", "--plan", "50%", "--method", "coupled:0.1", "--steps", "0")]
    [InlineData("1 to 2", "--plan", "50%", "--heads", "3")]
    [InlineData("multiple of 0", "--budget", "60%", "--multiple", "0")]
    public void What_cannot_be_pruned_is_told_before_anything_is_written(string told, params string[] options)
    {
        NestorProcess.Run(["prune", model.Folder, "--text", model.Text, "--out", model.Path("never-pruned"), "--calibration", "2", .. options]).AssertFailed(told);
        Assert.False(File.Exists(Path.Combine(model.Path("never-pruned"), "config.json")));
    }

    [Theory]
    [InlineData("one of '--budget', '--plan' and '--find'", "--out", "x")]
    [InlineData("one of '--budget', '--plan' and '--find'", "--out", "x", "--plan", "50%", "--find")]
    [InlineData("'--out' is missing", "--plan", "50%")]
    [InlineData("'--dry-run' writes nothing", "--plan", "50%", "--dry-run", "--out", "x")]
    [InlineData("needs to know the size", "--find", "--method", "decay", "--out", "x")]
    public void Options_that_contradict_each_other_are_refused(string told, params string[] options) =>
        NestorProcess.Run(["prune", model.Folder, .. options]).AssertMisused(told);
}
