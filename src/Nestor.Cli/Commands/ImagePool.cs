using Nestor.Images;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Robustness.Certification;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>Image classifiers that are attacked together: folders, or sizes of one folder.</summary>
internal sealed class ImagePool : IDisposable
{
    private readonly Dictionary<string, IImageModel> opened;

    private ImagePool(
        Dictionary<string, IImageModel> opened, IReadOnlyList<(string Name, Func<Tensor, Tensor> Scores)> models, IReadOnlyList<CertifiedMember> certified, IImageConfig config, Device device) =>
        (this.opened, Models, Certified, Config, Device) = (opened, models, certified, config, device);

    /// <summary>Name and scores of each; scores are (n, classes) of pixels from 0 to 1.</summary>
    public IReadOnlyList<(string Name, Func<Tensor, Tensor> Scores)> Models { get; }

    /// <summary>The same models, with what can be proved of them.</summary>
    public IReadOnlyList<CertifiedMember> Certified { get; }

    /// <summary>The shape of their images and classes, which is the same for all.</summary>
    public IImageConfig Config { get; }

    private Device Device { get; }

    /// <summary>Opens models; a folder that is named several times is opened once.</summary>
    /// <param name="names">FOLDER or FOLDER@PLAN.</param>
    /// <param name="device">Where they run.</param>
    /// <exception cref="NestorException">A folder is no image model, a plan does not fit, or the models read different images or know different classes.</exception>
    public static ImagePool Open(IReadOnlyList<string> names, Device device)
    {
        var opened = new Dictionary<string, IImageModel>();
        try
        {
            List<(string, Func<Tensor, Tensor>)> models = [];
            List<CertifiedMember> certified = [];
            foreach (var name in names)
            {
                var (folder, plan) = name.LastIndexOf('@') is var at and > 0 && !Directory.Exists(name) ? (name[..at], name[(at + 1)..]) : (name, "100%");
                if (!opened.TryGetValue(folder, out var model))
                    opened.Add(folder, model = ImageModels.Open(folder, device));

                certified.Add(CertifiedMember.Of(model, WidthPlanText.Parse(plan, model.Config)));
                models.Add((name, certified[^1].Scores));
            }

            var first = opened.Values.First().Images;
            foreach (var (folder, config) in opened.Select(pair => (pair.Key, pair.Value.Images)))
            {
                if ((config.ImageSize, config.Channels, config.Classes) != (first.ImageSize, first.Channels, first.Classes))
                    throw new NestorException($"'{folder}' reads {config.Channels}x{config.ImageSize}x{config.ImageSize} in {config.Classes} classes, '{names[0]}' {first.Channels}x{first.ImageSize}x{first.ImageSize} in {first.Classes}; a committee needs models of the same images and classes.");
            }

            return new ImagePool(opened, models, certified, first, device);
        }
        catch
        {
            foreach (var model in opened.Values)
                model.Dispose();
            throw;
        }
    }

    /// <summary>Some images and their classes.</summary>
    /// <inheritdoc cref="ImagePixels.Of"/>
    public (Tensor Images, Tensor Labels) Pictures(ImageSet set, int count) => ImagePixels.Of(set, Config.Classes, count, Device);

    /// <summary>Frees the models.</summary>
    public void Dispose()
    {
        foreach (var model in opened.Values)
            model.Dispose();
    }
}
