using Nestor.Evaluation.Consistency;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Cli.Reports;

/// <summary>What is compared with what.</summary>
internal enum ConsistencyGroup
{
    /// <summary>Trained granularities of the nested model, with its XL.</summary>
    Granularity,

    /// <summary>Mix'n'Match plans of the nested model, with its XL.</summary>
    Mixed,

    /// <summary>Models trained alone, with the XL trained alone.</summary>
    Alone,

    /// <summary>Models trained alone, with the nested model's XL.</summary>
    AloneWithNested,
}

/// <summary>A model of a comparison.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Model">What it computes with.</param>
internal sealed record ComparedModel(string Name, DecoderAtPlan Model)
{
    /// <summary>Parameters without embeddings.</summary>
    public long Parameters => ParameterCount.Of(Model.Decoder.Config, Model.Plan).NonEmbedding;
}

/// <summary>What a model is worth as a drafter.</summary>
/// <param name="Acceptance">Share of its tokens that stay.</param>
/// <param name="Cost">What one of its tokens costs, in tokens of the verifier.</param>
/// <param name="Ideal">The predicted speed-up where verifying a draft costs as much as one token.</param>
/// <param name="Measured">The predicted speed-up with the verifier's measured costs.</param>
internal sealed record PredictedDrafting(double Acceptance, double Cost, PredictedSpeedUp Ideal, PredictedSpeedUp Measured);

/// <summary>A model compared with a reference.</summary>
internal sealed record ConsistencyRow
{
    public required ConsistencyGroup Group { get; init; }

    public required ComparedModel Model { get; init; }

    /// <summary>Over the prefixes of held-out text.</summary>
    public required MeasuredConsistency Held { get; init; }

    /// <summary>The texts both write greedily.</summary>
    public required MatchingTokens Written { get; init; }

    /// <summary>Drafting for the reference's greedy texts.</summary>
    public required PredictedDrafting Greedy { get; init; }

    /// <summary>Drafting for its sampled texts.</summary>
    public required PredictedDrafting Sampled { get; init; }
}
