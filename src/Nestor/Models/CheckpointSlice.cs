namespace Nestor.Models;

/// <summary>A smaller model that is about to be cut from a checkpoint.</summary>
/// <remarks>
/// Rows [0:m) of gate and up, columns [0:m) of down, everything else as it is (MatFormer §3.1, eq. 1). Types are kept. A slice of
/// a slice is the smaller slice.
/// </remarks>
public sealed class CheckpointSlice
{
    private readonly Checkpoint source;

    internal CheckpointSlice(Checkpoint source, WidthPlan plan)
    {
        source.ThrowIfPacked("to cut");
        PlanCut.Check(source.Config, source.Origin, source.Folder, plan);
        this.source = source;
        Config = source.Config with { FullWidths = plan, Granularities = PlanCut.Granularities(source.Config, plan) };
    }

    /// <summary>The smaller model's shape. Granularities stay where every layer still holds them.</summary>
    public ModelConfig Config { get; }

    /// <summary>Writes the smaller model as a folder. Weights are streamed from the source's files: memory does not grow with them.</summary>
    /// <param name="folder">An empty folder, or one that does not exist yet.</param>
    /// <param name="overwrite">Replaces the model in a folder that is not empty; files that are not a model's stay.</param>
    /// <param name="cancellation">Stops between two pieces; no weights are left behind.</param>
    /// <exception cref="NestorException">The folder is not empty, holds the source, or cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="ObjectDisposedException">The source was disposed.</exception>
    public void Save(string folder, bool overwrite = false, CancellationToken cancellation = default)
    {
        OutputFolder.Check(folder, "the slice", source.Folder, overwrite);
        var origin = source.Origin ?? new SliceOrigin(source.Config.FullWidths, source.Fingerprint);
        var tensors = TensorNames.All(Config).Select(tensor => TensorCut.To(source.Tensors.Get(tensor.Name), tensor.Shape, cancellation)).ToList();
        if (overwrite)
            OutputFolder.Clear(folder, ModelFolder.TextFiles);
        ModelFolder.Write(folder, new ModelDescription(Config, origin), tensors, target => ModelFolder.CopyFiles(source.Folder, target, ModelFolder.TextFiles));
    }
}
