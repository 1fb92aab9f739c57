using Nestor.Tests.Models.Gemma3n;

namespace Nestor.Cli.Tests;

/// <summary>Slices of Nestor's own models and of Gemma 3n.</summary>
public sealed class SliceTests(TrainedModel model)
{
    [Fact]
    public void The_plan_is_shown_before_anything_is_written()
    {
        var gemma = Gemma("shown");
        foreach (var folder in (string[])[model.Folder, gemma])
        {
            var outcome = NestorProcess.Run("slice", folder, "--plan", "50%", "--out", model.Path("never-shown"), "--dry-run");
            Assert.Equal(0, outcome.ExitCode);
            Assert.Contains("parameters", outcome.Output, StringComparison.Ordinal);
            Assert.False(Directory.Exists(model.Path("never-shown")));
        }
    }

    [Fact]
    public void A_Gemma_3n_is_sliced_by_widths_and_skipped_layers()
    {
        var (gemma, output) = (Gemma("whole"), model.Path("gemma-slice"));
        var outcome = NestorProcess.Run("slice", gemma, "--plan", "6*4,12", "--skip", "0-1", "--shard-size", "2KB", "--out", output);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Contains("layers      5 of 7, without 0-1", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("widths      6*4,12", outcome.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(output, "model.safetensors.index.json")));
        Assert.True(File.Exists(Path.Combine(output, "tokenizer.json")));

        NestorProcess.Run("slice", gemma, "--plan", "6", "--out", output).AssertFailed("--force");
        Assert.Equal(0, NestorProcess.Run("slice", gemma, "--plan", "3", "--out", output, "--force").ExitCode);
        Assert.False(File.Exists(Path.Combine(output, "model.safetensors.index.json")));
        NestorProcess.Run("slice", output, "--plan", "3", "--out", model.Path("never-gemma")).AssertFailed("slice already");
        NestorProcess.Run("slice", gemma, "--out", gemma, "--force").AssertFailed("cut from");
    }

    [Fact]
    public void A_configuration_is_taken_from_a_file_or_from_those_that_are_published()
    {
        var gemma = Gemma("configured");
        File.WriteAllText(model.Path("configs.csv"), "name,FFN Hidden Dims,Layers Skipped\nmine,\"[2 * 3, 2 * 3, 6, 6, 6, 12]\",[3]\n");
        var outcome = NestorProcess.Run("slice", gemma, "--configs", model.Path("configs.csv"), "--config", "mine", "--out", model.Path("gemma-config"));
        Assert.Contains("widths      6*5,12", outcome.Output, StringComparison.Ordinal);
        NestorProcess.Run("slice", gemma, "--configs", model.Path("configs.csv"), "--config", "yours", "--out", model.Path("never-config")).AssertFailed("there is mine");
        NestorProcess.Run("slice", gemma, "--config", "Config for E2.98B (block-level)", "--out", model.Path("never-config")).AssertFailed("35 widths");
        NestorProcess.Run("slice", gemma, "--config", "E9B", "--out", model.Path("never-config")).AssertFailed("E2.98B (block-level)");
    }

    [Theory]
    [InlineData("'--plan' and '--skip'", "--config", "mine", "--skip", "1")]
    [InlineData("'--plan' and '--skip'", "--config", "mine", "--plan", "50%")]
    [InlineData("'--config'", "--configs", "file.csv")]
    [InlineData("'0'; give a size", "--shard-size", "0")]
    [InlineData("'many'; give a size", "--shard-size", "many")]
    public void Options_that_contradict_each_other_are_refused(string told, params string[] options) =>
        NestorProcess.Run(["slice", model.Folder, "--out", model.Path("never-options"), .. options]).AssertMisused(told);

    [Fact]
    public void What_only_a_Gemma_3n_knows_is_refused_elsewhere_and_Gemma_4_with_the_reason()
    {
        NestorProcess.Run("slice", model.Folder, "--skip", "1", "--out", model.Path("never-skip")).AssertFailed("--skip is for Gemma 3n");
        var folder = Gemma("four");
        File.WriteAllText(Path.Combine(folder, "config.json"), """{"model_type":"gemma4"}""");
        NestorProcess.Run("slice", folder, "--out", model.Path("never-four")).AssertFailed("separate models");
    }

    [Fact]
    public void A_folder_that_is_not_empty_is_replaced_only_by_force()
    {
        var output = model.Path("forced");
        Assert.Equal(0, NestorProcess.Run("slice", model.Folder, "--plan", "S", "--out", output).ExitCode);
        NestorProcess.Run("slice", model.Folder, "--plan", "M", "--out", output).AssertFailed("--force");
        Assert.Equal(0, NestorProcess.Run("slice", model.Folder, "--plan", "M", "--out", output, "--force").ExitCode);
        Assert.Equal(0, NestorProcess.Run("generate", output, "--plan", "M", "--prompt", "a", "--tokens", "1").ExitCode);
    }

    private string Gemma(string name)
    {
        var folder = model.Path($"gemma-{name}");
        new TinyGemma3n().Write(folder);
        return folder;
    }
}
