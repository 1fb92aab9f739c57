using Nestor.Training.Nested;

namespace Nestor.Training.Vision;

/// <summary>The tensors of a <see cref="PlainNet"/>, in the order of its forward pass.</summary>
internal static class PlainNetTensors
{
    /// <summary>A weight with its bias.</summary>
    /// <param name="Name">The layer's name.</param>
    /// <param name="Shape">Of the weight; outputs first.</param>
    /// <param name="Neurons">Where the nested neurons lie in the weight.</param>
    /// <param name="BiasNeurons">Where they lie in the bias.</param>
    public sealed record Layer(string Name, long[] Shape, NeuronAxis? Neurons = null, NeuronAxis? BiasNeurons = null)
    {
        public string Weight => Name + ".weight";

        public string Bias => Name + ".bias";

        public long Outputs => Shape[0];
    }

    public static IEnumerable<Layer> Convolutions(PlainNetConfig config) => config.Convolutions.Select((convolution, i) => new Layer(
        $"convolutions.{i}", [convolution.Channels, i == 0 ? config.Channels : config.Convolutions[i - 1].Channels, convolution.Kernel, convolution.Kernel]));

    public static Layer Hidden(PlainNetConfig config) => new("hidden", [config.FullWidths[0], config.Features], new NeuronAxis(0, 0), new NeuronAxis(0, 0));

    public static Layer Classifier(PlainNetConfig config) => new("classifier", [config.Classes, config.FullWidths[0]], new NeuronAxis(0, 1));

    /// <summary>Every tensor.</summary>
    public static IEnumerable<NetworkTensor> All(PlainNetConfig config) => Convolutions(config).Append(Hidden(config)).Append(Classifier(config)).SelectMany(layer => new NetworkTensor[]
    {
        new(layer.Weight, layer.Shape, Neurons: layer.Neurons),
        new(layer.Bias, [layer.Outputs], Neurons: layer.BiasNeurons),
    });
}
