using System.Text.Json;
using Nestor.Inference;
using Nestor.MixNMatch;

namespace Nestor.Cli.Reports;

/// <summary>What <c>nestor plan</c> found, for programs.</summary>
internal static class PlanJson
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true };

    /// <summary>Writes it as text.</summary>
    public static string Of(FoundPlan found)
    {
        var (selection, cost) = (found.Selection, found.Cost);
        return JsonSerializer.Serialize(
            new
            {
                plan = found.Text,
                budget = found.Budget.ToString(),
                limit = selection.Limit.Most,
                rule = Name(selection.Rule),
                type = Name(found.Type),
                parameters = cost.Parameters.Total,
                non_embedding_parameters = cost.Parameters.NonEmbedding,
                bytes = Enum.GetValues<WeightType>().ToDictionary(Name, type => WeightBytes.Of(found.Config, selection.Plan, type)),
                flops_per_token = cost.Flops,
                bytes_read_per_token = cost.ReadBytes,
                milliseconds_per_token = cost.Milliseconds,
                nats_per_token = selection.Loss,
                whole_model_nats_per_token = selection.WholeLoss,
                tokens = found.Tokens,
                evaluations = selection.Evaluations,
                frontier = selection.Frontier.Select(point =>
                {
                    var costs = found.CostOf(point.Plan);
                    return new
                    {
                        plan = found.Print(point.Plan),
                        parameters = costs.Parameters.Total,
                        bytes = costs.Bytes,
                        milliseconds_per_token = costs.Milliseconds,
                        predicted_nats_per_token = point.Predicted,
                        nats_per_token = point.Measured,
                    };
                }),
                measured = selection.Measured.Select(point => new { plan = found.Print(point.Plan), nats_per_token = point.Loss }),
            },
            Options);
    }

    private static string Name<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
