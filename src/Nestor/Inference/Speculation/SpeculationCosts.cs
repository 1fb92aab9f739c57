namespace Nestor.Inference;

/// <summary>What reading tokens costs, in units of one token at the plan that decides.</summary>
/// <param name="Drafts">Of each draft plan, in their order: one token.</param>
/// <param name="FurtherToken">Each further token that a plan reads together with the first, as a share of that first one.</param>
public sealed record SpeculationCosts(IReadOnlyList<double> Drafts, double FurtherToken);
