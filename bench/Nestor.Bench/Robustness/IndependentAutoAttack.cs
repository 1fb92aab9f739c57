using System.Diagnostics;
using System.Globalization;
using Nestor.Formats;
using Nestor.Training;
using Nestor.Training.Robustness;
using static TorchSharp.torch;

namespace Nestor.Bench.Robustness;

/// <summary>The AutoAttack of its authors, run by Python on the same weights and images: <c>bench/peers/autoattack.py</c>.</summary>
/// <param name="Python">A Python that has PyTorch.</param>
/// <param name="Source">A checkout of the program.</param>
/// <param name="Script">The script that runs it.</param>
internal sealed record IndependentAutoAttack(string Python, string Source, string Script)
{
    private const string FolderName = "auto-attack";

    /// <summary>The program in a folder of peers; null where it is not there.</summary>
    public static IndependentAutoAttack? In(string? peers, string python, string script) =>
        peers is not null && Path.Combine(peers, FolderName) is var source && Directory.Exists(source) ? new IndependentAutoAttack(python, source, script) : null;

    /// <summary>Evaluates a plain network by the standard version, on one thread.</summary>
    /// <param name="folder">The network's folder.</param>
    /// <param name="images">(n, channels, height, width).</param>
    /// <param name="labels">(n), int64.</param>
    /// <param name="threat">What an attacker may do.</param>
    /// <param name="batch">Images attacked together.</param>
    /// <param name="toJudge">(n, channels, height, width): images that it is to answer too, without attacking them.</param>
    public IndependentResult Evaluate(string folder, Tensor images, Tensor labels, Threat threat, int batch, Tensor? toJudge = null)
    {
        var work = Directory.CreateTempSubdirectory("nestor-autoattack-").FullName;
        try
        {
            using var numbers = labels.to(ScalarType.Float32);
            var input = Path.Combine(work, "images.safetensors");
            SafetensorsWriter.Write(input, [TensorMemory.Source("pixels", images), TensorMemory.Source("labels", numbers), .. toJudge is null ? Array.Empty<TensorSource>() : [TensorMemory.Source("moved", toJudge)]]);
            Run(
                "--source", Source, "--model", folder, "--images", input, "--out", work, "--norm", threat.Norm == Norm.Two ? "L2" : "Linf",
                "--epsilon", threat.Epsilon.ToString("R", CultureInfo.InvariantCulture), "--batch", batch.ToString(CultureInfo.InvariantCulture));
            using var found = TensorStore.Open(Path.Combine(work, "tensors.safetensors"));
            return IndependentResult.Read(Path.Combine(work, "result.json")) with { Logits = Floats(found, "logits"), Moved = Floats(found, "moved") };
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static float[] Floats(TensorStore store, string name)
    {
        var view = store.Get(name);
        var values = new float[view.Count];
        view.CopyTo(values);
        return values;
    }

    private void Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Python, [Script, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["OMP_NUM_THREADS"] = "1";
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{Python} did not start.");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{Python} {Script} ended with {process.ExitCode}: {output.Result} {errors}");
    }
}
