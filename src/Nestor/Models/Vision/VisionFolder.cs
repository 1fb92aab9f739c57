using Nestor.Formats;

namespace Nestor.Models.Vision;

/// <summary>The files of a vision model's folder.</summary>
internal static class VisionFolder
{
    /// <summary>What belongs to a vision model beside config and weights.</summary>
    public static readonly string[] SideFiles = [PreprocessorJson.FileName];

    /// <summary>Reads what the JSON files say.</summary>
    /// <exception cref="NestorException">A file is missing or damaged, or the model is of a kind Nestor does not compute.</exception>
    public static VisionDescription Read(string folder) => VisionConfigJson.Read(
        Path.Combine(folder, ModelFolder.Config), (size, channels) => PreprocessorJson.Read(Path.Combine(folder, PreprocessorJson.FileName), size, channels));

    /// <summary>Every tensor of a model, of any floating type.</summary>
    public static IEnumerable<ExpectedTensor> Tensors(VisionConfig config) =>
        VisionTensorNames.All(config).Select(tensor => new ExpectedTensor(tensor.Name, tensor.Shape, Type: null));

    /// <summary>Writes or replaces a model, as <see cref="ModelFolder"/> does.</summary>
    public static void Write(string folder, VisionDescription description, IReadOnlyList<TensorSource> tensors)
    {
        description.Config.Validate();
        ExpectedTensor.Check(tensors, Tensors(description.Config));
        var config = new MemoryStream();
        VisionConfigJson.Write(config, description, tensors.First(t => t.Name == VisionTensorNames.Patch).Type);
        ModelFolder.Write(
            folder, config, tensors, PreprocessorJson.FileName,
            target => AtomicFile.Write(Path.Combine(target, PreprocessorJson.FileName), stream => PreprocessorJson.Write(stream, description.Config)));
    }
}
