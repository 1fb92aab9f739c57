using System.Globalization;

namespace Nestor.Training.Vision;

/// <summary>The tensors of a <see cref="ResidualNet"/> in the order of its forward pass, with the names of torchvision's ResNets.</summary>
internal static class ResidualTensors
{
    public const string Classifier = "fc.weight", ClassifierBias = "fc.bias";

    /// <summary>The first convolution.</summary>
    public static Convolution Stem(ResidualConfig config) => new("conv1", "bn1", config.Channels, config.Width(0), Kernel: 3, Stride: 1);

    /// <summary>The blocks, stage by stage.</summary>
    public static IEnumerable<Block> Blocks(ResidualConfig config)
    {
        var inputs = config.Width(0);
        for (var stage = 0; stage < config.Blocks.Count; stage++)
        {
            for (var block = 0; block < config.Blocks[stage]; block++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"layer{stage + 1}.{block}");
                var (width, stride) = (config.Width(stage), stage > 0 && block == 0 ? 2 : 1);
                yield return new Block(
                    new($"{name}.conv1", $"{name}.bn1", inputs, width, Kernel: 3, stride),
                    new($"{name}.conv2", $"{name}.bn2", width, width, Kernel: 3, Stride: 1),
                    stride == 1 && inputs == width ? null : new($"{name}.downsample.0", $"{name}.downsample.1", inputs, width, Kernel: 1, stride));
                inputs = width;
            }
        }
    }

    /// <summary>Every tensor.</summary>
    public static IEnumerable<NetworkTensor> All(ResidualConfig config)
    {
        var convolutions = Blocks(config).SelectMany(block => new[] { block.First, block.Second, block.Shortcut }).OfType<Convolution>().Prepend(Stem(config));
        foreach (var convolution in convolutions)
        {
            yield return new(convolution.Filters, [convolution.Outputs, convolution.Inputs, convolution.Kernel, convolution.Kernel]);
            yield return new(convolution.Scale, [convolution.Outputs]);
            yield return new(convolution.Shift, [convolution.Outputs]);
            yield return new(convolution.Mean, [convolution.Outputs], IsTrained: false);
            yield return new(convolution.Variance, [convolution.Outputs], IsTrained: false);
        }

        yield return new(Classifier, [config.Classes, config.Width(config.Blocks.Count - 1)]);
        yield return new(ClassifierBias, [config.Classes]);
    }

    /// <summary>Whether a vector begins with ones: scales and variances do.</summary>
    public static bool StartsAtOne(string name) => name.EndsWith(".weight", StringComparison.Ordinal) || name.EndsWith(".running_var", StringComparison.Ordinal);

    /// <summary>A convolution and the normalisation after it.</summary>
    public sealed record Convolution(string Name, string Norm, int Inputs, int Outputs, int Kernel, int Stride)
    {
        public string Filters => Name + ".weight";

        public string Scale => Norm + ".weight";

        public string Shift => Norm + ".bias";

        public string Mean => Norm + ".running_mean";

        public string Variance => Norm + ".running_var";
    }

    /// <summary>Two convolutions, and a third beside them where what comes in has another shape than what goes out.</summary>
    public sealed record Block(Convolution First, Convolution Second, Convolution? Shortcut);
}
