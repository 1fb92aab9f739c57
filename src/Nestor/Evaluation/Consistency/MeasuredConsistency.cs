namespace Nestor.Evaluation.Consistency;

/// <summary>How alike two models predict the next token. Standard errors are over texts, because neighbouring positions are not independent.</summary>
/// <param name="Positions">Prefixes that were compared.</param>
/// <param name="Agreement">Share of prefixes after which both models find the same token the most probable one; also the share of greedy drafts that stay.</param>
/// <param name="Divergence">Mean of KL(reference‖other) over prefixes, in nats, at temperature 1.</param>
/// <param name="Acceptances">For each temperature, the mean of Σ min(p, q) over prefixes: the share of sampled drafts that stay.</param>
public sealed record MeasuredConsistency(long Positions, SampleMean Agreement, SampleMean Divergence, IReadOnlyList<SampleMean> Acceptances);
