using System.Globalization;
using Nestor.Training.Nested;

namespace Nestor.Training.Vision;

/// <summary>The tensors of a <see cref="ConvolutionNet"/>, in the order of its forward pass.</summary>
internal static class ConvolutionTensors
{
    public const string Classifier = "classifier.weight", ClassifierBias = "classifier.bias";

    private const string ScaleSuffix = "norm.weight", VarianceSuffix = "norm.running_var";

    public static string Filters(int layer) => Name(layer, "conv.weight");

    public static string Scale(int layer) => Name(layer, ScaleSuffix);

    public static string Shift(int layer) => Name(layer, "norm.bias");

    public static string Mean(int layer) => Name(layer, "norm.running_mean");

    public static string Variance(int layer) => Name(layer, VarianceSuffix);

    public static bool StartsAtOne(string name) => name.EndsWith(ScaleSuffix, StringComparison.Ordinal) || name.EndsWith(VarianceSuffix, StringComparison.Ordinal);

    /// <summary>Every tensor.</summary>
    public static IEnumerable<NetworkTensor> All(ConvolutionConfig config)
    {
        var inputs = config.Channels;
        for (var i = 0; i < config.Layers; i++)
        {
            var (width, rows) = (config.FullWidths[i], new NeuronAxis(i, 0));
            yield return new(Filters(i), [width, inputs, 3, 3], Neurons: rows);
            yield return new(Scale(i), [width], Neurons: rows);
            yield return new(Shift(i), [width], Neurons: rows);
            yield return new(Mean(i), [width], IsTrained: false, rows);
            yield return new(Variance(i), [width], IsTrained: false, rows);
            inputs = width;
        }

        yield return new(Classifier, [config.Classes, inputs], Neurons: new NeuronAxis(config.Layers - 1, 1));
        yield return new(ClassifierBias, [config.Classes]);
    }

    private static string Name(int layer, string part) => string.Create(CultureInfo.InvariantCulture, $"layers.{layer}.{part}");
}
