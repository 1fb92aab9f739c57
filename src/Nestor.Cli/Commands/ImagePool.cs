using Nestor.Images;
using Nestor.Training.Robustness.Certification;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>Image classifiers that are attacked together: folders, sizes of one folder, ONNX files.</summary>
internal sealed class ImagePool : IDisposable
{
    private readonly Dictionary<string, OpenedClassifier> opened;

    private ImagePool(
        Dictionary<string, OpenedClassifier> opened, IReadOnlyList<(string Name, Func<Tensor, Tensor> Scores)> models, IReadOnlyList<CertifiedMember> certified, PoolImages config, Device device) =>
        (this.opened, Models, Certified, Config, Device) = (opened, models, certified, config, device);

    /// <summary>Name and scores of each; scores are (n, classes) of pixels from 0 to 1. Those of ONNX files have no gradients.</summary>
    public IReadOnlyList<(string Name, Func<Tensor, Tensor> Scores)> Models { get; }

    /// <summary>The same models, with what can be proved of them.</summary>
    public IReadOnlyList<CertifiedMember> Certified { get; }

    /// <summary>The shape of their images and classes, which is the same for all.</summary>
    public PoolImages Config { get; }

    private Device Device { get; }

    /// <summary>Opens models; a folder that is named several times is opened once.</summary>
    /// <param name="names">FOLDER, FOLDER@PLAN or FILE.onnx.</param>
    /// <param name="device">Where they run.</param>
    /// <exception cref="NestorException">One is no image model, a plan does not fit, or the models read different images or know different classes.</exception>
    public static ImagePool Open(IReadOnlyList<string> names, Device device)
    {
        var opened = new Dictionary<string, OpenedClassifier>();
        try
        {
            List<(string, Func<Tensor, Tensor>)> models = [];
            List<CertifiedMember> certified = [];
            foreach (var name in names)
            {
                var (path, plan) = name.LastIndexOf('@') is var at and > 0 && !OpenedClassifier.IsOnnx(name) && !Directory.Exists(name) ? (name[..at], name[(at + 1)..]) : (name, "100%");
                if (!opened.TryGetValue(path, out var model))
                    opened.Add(path, model = OpenedClassifier.Open(path, device));
                certified.Add(model.At(plan));
                models.Add((name, certified[^1].Scores));
            }

            var first = opened.Values.First().Images;
            foreach (var (path, images) in opened.Select(pair => (pair.Key, pair.Value.Images)))
            {
                if (!images.Fits(first))
                    throw new NestorException($"'{path}' reads {images} classes, '{names[0]}' {first}; a committee needs models of the same images and classes.");
            }

            var labels = opened.Values.Select(model => model.Images.Labels).FirstOrDefault(labels => labels.Count > 0) ?? [];
            return new ImagePool(opened, models, certified, first with { Labels = labels }, device);
        }
        catch
        {
            Close(opened);
            throw;
        }
    }

    /// <summary>Some images and their classes.</summary>
    /// <inheritdoc cref="ImagePixels.Of"/>
    public (Tensor Images, Tensor Labels) Pictures(ImageSet set, int count) => ImagePixels.Of(set, Config.Classes, count, Device);

    /// <summary>Frees the models.</summary>
    public void Dispose() => Close(opened);

    private static void Close(Dictionary<string, OpenedClassifier> opened)
    {
        foreach (var model in opened.Values)
            model.Owner.Dispose();
    }
}
