using Nestor.Formats;

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
        var full = source.Config;
        if (source.Origin is { } origin && !plan.FitsIn(full.FullWidths) && plan.FitsIn(origin.FullWidths))
            throw new NestorException($"The plan {plan} is wider than the model '{source.Folder}', which is itself a slice at {full.FullWidths}; cut it from the universal model ({origin.FullWidths}).");
        WidthPlanText.Validate(plan, full);
        this.source = source;
        var narrowest = plan.AsSpan().ToArray().Min();
        Config = full with { FullWidths = plan, Granularities = [.. full.Granularities.Where(g => g.Width <= narrowest)] };
    }

    /// <summary>The smaller model's shape. Granularities stay where every layer still holds them.</summary>
    public ModelConfig Config { get; }

    /// <summary>Writes the smaller model as a folder. Tensors are streamed from the source's mapping: memory does not grow with them.</summary>
    /// <param name="folder">A folder that holds no model yet; it is created where it does not exist.</param>
    /// <exception cref="NestorException">The folder holds a model already, such as the source, or cannot be written.</exception>
    /// <exception cref="ObjectDisposedException">The source was disposed.</exception>
    public void Save(string folder)
    {
        ModelFolder.ThrowIfTaken(folder, "the slice");
        var origin = source.Origin ?? new SliceOrigin(source.Config.FullWidths, source.Fingerprint);
        var tensors = TensorNames.All(Config).Select(tensor => Cut(tensor.Name, [.. tensor.Shape]));
        ModelFolder.Write(folder, new ModelDescription(Config, origin), [.. tensors], target => ModelFolder.CopyText(source.Folder, target));
    }

    /// <summary>A matrix at its new shape: the first rows, or the first columns, or, for all but feed-forward matrices, all of it.</summary>
    private TensorSource Cut(string name, ReadOnlySpan<long> shape)
    {
        var tensor = source.Tensors.Get(name);
        if (shape.Length < 2 || shape[1] == tensor.Shape[1])
            return TensorSource.Of(tensor.Rows(0, shape[0]));
        var columns = shape[1];
        return new TensorSource(name, tensor.Type, [.. shape], stream => WriteColumns(tensor, columns, stream));
    }

    private static unsafe void WriteColumns(TensorView tensor, long columns, Stream stream)
    {
        var (row, kept) = (tensor.Shape[1] * tensor.Type.Size, (int)(columns * tensor.Type.Size));
        var start = tensor.Pointer;
        for (long r = 0; r < tensor.Shape[0]; r++)
            stream.Write(new ReadOnlySpan<byte>(start + r * row, kept));
    }
}
