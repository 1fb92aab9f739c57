using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>What a plan costs to keep and to run.</summary>
/// <param name="Parameters">Parameters by part.</param>
/// <param name="Type">Type of the weights.</param>
/// <param name="Bytes">Bytes of the weights in a file of this type.</param>
/// <param name="Flops">Floating-point operations of one token in the middle of the context.</param>
/// <param name="ReadBytes">Bytes that decoding this token reads: weights as the engine holds them, keys and values.</param>
/// <param name="Milliseconds">Predicted time of one decoded token, where a cost table is given.</param>
public sealed record PlanCost(ParameterCount Parameters, WeightType Type, long Bytes, double Flops, double ReadBytes, double? Milliseconds)
{
    /// <summary>Counts a plan.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="plan">Neurons of each layer.</param>
    /// <param name="type">Type of the weights.</param>
    /// <param name="table">Measured times of the layers, if there are some.</param>
    /// <exception cref="NestorException">The plan does not fit the model, or the table has no such width.</exception>
    public static PlanCost Of(ModelConfig config, WidthPlan plan, WeightType type, CostTable? table = null)
    {
        var position = (1 + config.ContextLength) / 2.0;
        return new PlanCost(
            ParameterCount.Of(config, plan),
            type,
            WeightBytes.Of(config, plan, type),
            TokenFlops.Of(config, plan, position),
            TokenBytes.Of(config, plan, WeightPacking.Of(type), position),
            table?.Predict(plan));
    }
}
