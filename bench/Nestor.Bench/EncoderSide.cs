using Microsoft.ML.OnnxRuntime;
using Nestor.Formats.Onnx;
using Nestor.Inference;
using Nestor.Inference.Vision;
using Nestor.Models.Vision;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Bench;

/// <summary>One program that turns pictures into embeddings, from the same slice as the others.</summary>
/// <param name="name">What the table calls it.</param>
/// <param name="embed">Embeds pictures, (n, channels, height, width).</param>
/// <param name="owned">What it holds until it is disposed.</param>
internal sealed class EncoderSide(string name, Action<float[], int> embed, params IDisposable[] owned) : IDisposable
{
    public string Name => name;

    /// <summary>This project's encoder.</summary>
    public static EncoderSide Ours(VisionCheckpoint slice, WeightType type, int threads)
    {
        var encoder = VisionEncoder.Load(slice, new DecoderOptions { Weights = type, Threads = threads });
        return new EncoderSide($"Nestor {type}", (images, _) => encoder.Embed(images, slice.Config.FullWidths));
    }

    /// <summary>The trained network in TorchSharp; its threads are set for each run.</summary>
    public static EncoderSide Torch(VisionCheckpoint slice, int threads)
    {
        var model = MatVit.Load(slice);
        var config = slice.Config;
        return new EncoderSide("TorchSharp", (images, count) =>
        {
            set_num_threads(threads);
            using var scope = NewDisposeScope();
            using var quiet = no_grad();
            _ = model.Embed(tensor(images, [count, config.Channels, config.ImageSize, config.ImageSize]), config.FullWidths).data<float>().ToArray();
        }, model);
    }

    /// <summary>ONNX Runtime with the exported slice, at its highest level of optimisation.</summary>
    public static EncoderSide OnnxRuntime(VisionCheckpoint slice, string file, int threads)
    {
        OnnxExport.Write(slice, file, new OnnxExportOptions { Overwrite = true });
        using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL };

        // Its threads must not take the processors when it is another's turn.
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        var session = new InferenceSession(file, options);
        var run = new RunOptions();
        var config = slice.Config;
        return new EncoderSide("ONNX Runtime", (images, count) =>
        {
            using var pixels = OrtValue.CreateTensorValueFromMemory(images, [count, config.Channels, config.ImageSize, config.ImageSize]);
            using var results = session.Run(run, new Dictionary<string, OrtValue> { ["pixel_values"] = pixels }, ["embeddings"]);
            _ = results[0].GetTensorDataAsSpan<float>().ToArray();
        }, run, session);
    }

    /// <summary>Embeds pictures.</summary>
    public void Embed(float[] images, int count) => embed(images, count);

    public void Dispose()
    {
        foreach (var part in owned)
            part.Dispose();
    }
}
