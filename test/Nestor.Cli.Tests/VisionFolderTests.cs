using Nestor.Formats;
using Nestor.Models.Vision;

namespace Nestor.Cli.Tests;

/// <summary>What the tool does with a folder is decided by the folder: text or pictures.</summary>
public sealed class VisionFolderTests(TrainedModel model)
{
    [Fact]
    public void A_vision_model_becomes_an_ONNX_file_but_no_GGUF_file()
    {
        var (folder, file) = (Vision("exported-vision"), model.Path("vision.onnx"));
        var outcome = NestorProcess.Run("export", folder, "--onnx", file, "--plan", "S*2,M*2");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.True(File.Exists(file));
        NestorProcess.Run("export", folder, "--onnx", model.Path("never.onnx"), "--cache").AssertFailed("pictures");
        NestorProcess.Run("export", folder, "--gguf", model.Path("never.gguf")).AssertFailed("--onnx");
        Assert.False(File.Exists(model.Path("never.onnx")) || File.Exists(model.Path("never.gguf")));
    }

    [Fact]
    public void A_vision_model_is_sliced()
    {
        var (folder, output) = (Vision("sliced-vision"), model.Path("vision-slice"));
        var outcome = NestorProcess.Run("slice", folder, "--plan", "M", "--out", output);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Contains("parameters", outcome.Output, StringComparison.Ordinal);
        using var slice = VisionCheckpoint.Open(output);
        Assert.Equal(64, slice.Config.FullWidths.Widest);
        NestorProcess.Run("slice", output, "--plan", "L", "--out", model.Path("never-wider")).AssertFailed("L");
    }

    [Fact]
    public void A_vision_model_writes_no_text() => NestorProcess.Run("generate", Vision("silent-vision"), "--prompt", "a").AssertFailed("pictures");

    private string Vision(string name)
    {
        var (folder, config) = (model.Path(name), VisionPresets.Get("vit-nano"));
        VisionCheckpoint.Write(folder, config, [.. VisionTensorNames.All(config).Select(tensor =>
            TensorSource.Of(tensor.Name, new float[tensor.Shape.Aggregate(1L, (count, size) => count * size)], tensor.Shape.AsSpan()))]);
        return folder;
    }
}
