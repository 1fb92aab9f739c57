using Nestor.Models;

namespace Nestor.Cli.Reports;

/// <summary>What came of one way to prune a language model to one size.</summary>
/// <param name="Share">Share of the neurons that stayed.</param>
/// <param name="Method">The way in words.</param>
/// <param name="Whole">Held-out loss just before the cut, nats per token.</param>
/// <param name="Cut">The same just after it.</param>
/// <param name="Tuned">The same after the steps that follow.</param>
internal sealed record PrunedLoss(double Share, string Method, double Whole, double Cut, double Tuned);

/// <summary>Losses of a nested model at its granularities.</summary>
/// <param name="Preparation">Where it comes from, in words.</param>
/// <param name="Steps">Nested steps.</param>
/// <param name="Losses">Held-out loss at each granularity, narrowest first, nats per token.</param>
internal sealed record NestedLosses(string Preparation, long Steps, IReadOnlyList<(Granularity Granularity, double Loss)> Losses);
