namespace Nestor.Cli.Tests;

/// <summary>Files for other programs, and from them.</summary>
public sealed class ExportTests(TrainedModel model)
{
    [Theory]
    [InlineData("50%", "f32")]
    [InlineData("S*2,M*2", "f32")]
    [InlineData("50%", "q8_0")]
    public void A_plan_becomes_a_GGUF_file_that_writes_the_same_text(string plan, string type)
    {
        var file = model.Path($"exported-{plan.Length}-{type}.gguf");
        var outcome = NestorProcess.Run("export", model.Folder, "--gguf", file, "--type", type, "--plan", plan);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Contains(file, outcome.Output, StringComparison.Ordinal);
        Assert.Equal(0, NestorProcess.Run("import", file, "--out", file + "-back").ExitCode);
        var back = NestorProcess.Run("generate", file + "-back", "--prompt", "a small", "--tokens", "12");
        Assert.True(back.ExitCode == 0, back.Errors);
        if (type == "f32")
            Assert.Equal(NestorProcess.Run("generate", model.Folder, "--plan", plan, "--prompt", "a small", "--tokens", "12").Output, back.Output);
    }

    [Theory]
    [InlineData("--plan", "S*2,M*2")]
    [InlineData("--plan", "M", "--cache", "--external-data")]
    public void A_plan_becomes_an_ONNX_file(params string[] options)
    {
        var file = model.Path($"exported-{options.Length}.onnx");
        var outcome = NestorProcess.Run(["export", model.Folder, "--onnx", file, .. options]);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Contains(file, outcome.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(file));
        Assert.Equal(options.Contains("--external-data"), File.Exists(file + ".data"));
    }

    [Theory]
    [InlineData("--gguf")]
    [InlineData("--onnx")]
    public void What_exists_is_replaced_only_by_force(string format)
    {
        var file = model.Path($"precious{format}");
        File.WriteAllText(file, "precious");
        NestorProcess.Run("export", model.Folder, format, file).AssertFailed("--force");
        Assert.Equal("precious", File.ReadAllText(file));
        Assert.Equal(0, NestorProcess.Run("export", model.Folder, format, file, "--force").ExitCode);
        Assert.NotEqual("precious", File.ReadAllText(file));
    }

    [Fact]
    public void An_import_replaces_a_model_only_by_force()
    {
        var file = model.Path("small.gguf");
        Assert.Equal(0, NestorProcess.Run("export", model.Folder, "--gguf", file, "--plan", "S").ExitCode);
        Assert.Equal(0, NestorProcess.Run("import", file, "--out", model.Path("imported")).ExitCode);
        NestorProcess.Run("import", file, "--out", model.Path("imported")).AssertFailed("holds a model already");
        Assert.Equal(0, NestorProcess.Run("import", file, "--out", model.Path("imported"), "--force").ExitCode);
    }
}
