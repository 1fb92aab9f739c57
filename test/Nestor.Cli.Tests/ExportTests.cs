namespace Nestor.Cli.Tests;

/// <summary>Files for other programs.</summary>
public sealed class ExportTests(TrainedModel model)
{
    [Theory]
    [InlineData("q8_0")]
    [InlineData("bf16")]
    public void A_uniform_plan_becomes_a_GGUF_file(string type)
    {
        var file = model.Path($"exported-{type}.gguf");
        var outcome = NestorProcess.Run("export", model.Folder, "--gguf", file, "--type", type, "--plan", "50%");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Contains(file, outcome.Output, StringComparison.Ordinal);
        using var stream = File.OpenRead(file);
        var magic = new byte[4];
        stream.ReadExactly(magic);
        Assert.Equal("GGUF"u8, magic);
    }

    [Fact]
    public void A_mixed_plan_is_refused()
    {
        var file = model.Path("mixed.gguf");
        NestorProcess.Run("export", model.Folder, "--gguf", file, "--plan", "S*2,M*2").AssertFailed("uniform");
        Assert.False(File.Exists(file));
    }
}
