using System.CommandLine;
using Nestor.Images;
using Nestor.Models.Vision;
using Nestor.Training.Data.Images;

namespace Nestor.Cli.Commands;

/// <summary>The options of training on images, beside those of <see cref="TrainingArguments"/>.</summary>
internal sealed class ImageArguments
{
    private readonly Option<string?> images = Images();
    private readonly Option<int?> size = new("--size") { Description = "Height and width that JPEG, PNG and drawn images are brought to; without it, their own." };
    private readonly Option<int?> patch = new("--patch") { Description = "Height and width of a patch; without it, the preset's." };
    private readonly Option<string> pooling = new("--pooling") { Description = "cls for a class token, mean for the mean of the patches.", DefaultValueFactory = _ => "cls" };
    private readonly Option<int> crop = new("--crop") { Description = "Move images by up to this many pixels." };
    private readonly Option<bool> flip = new("--flip") { Description = "Mirror half of the images left to right." };
    private readonly Option<int> operations = new("--operations") { Description = "Random operations on each image, N of RandAugment." };
    private readonly Option<double> magnitude = new("--magnitude") { Description = "Their strength, 0 to 1.", DefaultValueFactory = _ => 0.5 };
    private readonly Option<double> mixup = new("--mixup") { Description = "Alpha of mixup, up to 1; 0 for none." };
    private readonly Option<double> smoothing = new("--label-smoothing") { Description = "Share of the answer that is spread over all classes." };
    private readonly Option<double> stochasticDepth = new("--stochastic-depth") { Description = "Probability that an image skips a block of the last layer; less for earlier ones." };

    /// <summary>The option that names images.</summary>
    public static Option<string?> Images() => new("--images") { Description = "Images: a folder of MNIST or CIFAR files, a CIFAR file, a folder or zip with JPEG or PNG files in a folder for each class, shapes or shapes:0.8 for drawn ones." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] options = [images, size, patch, pooling, crop, flip, operations, magnitude, mixup, smoothing, stochasticDepth];
        foreach (var option in options)
            command.Add(option);
    }

    /// <summary>The images to train on, where some are asked for.</summary>
    public string? Path(ParseResult parsed) => parsed.GetValue(images);

    /// <summary>Opens the images to train on.</summary>
    public ImageSet Open(ParseResult parsed) => ImageSources.Open(Path(parsed)!, ImageSplit.Train, parsed.GetValue(size));

    /// <summary>A preset's shape for these images.</summary>
    public VisionConfig Fit(ParseResult parsed, VisionConfig preset, ImageSet set)
    {
        var fitted = VisionShape.For(set, preset) with
        {
            PatchSize = parsed.GetValue(patch) ?? preset.PatchSize,
            Pooling = parsed.GetRequiredValue(pooling) switch
            {
                "cls" => VisionPooling.ClassToken,
                "mean" => VisionPooling.Mean,
                var other => throw new NestorException($"'{other}' is not a pooling; choose cls or mean."),
            },
        };
        fitted.Validate();
        return fitted;
    }

    /// <summary>What is random about the images.</summary>
    public ImageRegularization Regularization(ParseResult parsed)
    {
        var regularization = new ImageRegularization
        {
            Crop = parsed.GetValue(crop),
            Flip = parsed.GetValue(flip),
            Operations = parsed.GetValue(operations),
            Magnitude = parsed.GetValue(magnitude),
            Mixup = parsed.GetValue(mixup),
            LabelSmoothing = parsed.GetValue(smoothing),
            StochasticDepth = parsed.GetValue(stochasticDepth),
        };
        regularization.Validate();
        return regularization;
    }
}
