using Nestor.Training.Robustness.Selection;

namespace Nestor.Cli.Terminal;

/// <summary>What a selection found.</summary>
/// <param name="Pool">The models alone.</param>
/// <param name="Ranked">Committees, best first.</param>
/// <param name="Confirmed">Robust accuracies of the first ones after the whole attack.</param>
internal sealed record CommitteeSelection(IReadOnlyList<PoolModel> Pool, IReadOnlyList<CommitteeCandidate> Ranked, IReadOnlyList<double> Confirmed)
{
    /// <summary>The committee of the models that are most robust alone.</summary>
    public CommitteeCandidate OfBestModels => Ranked.MaxBy(candidate => candidate.Members.Sum(model => Pool[model].Robust.Count))!;

    /// <summary>The mean over all committees: what choosing blindly gives.</summary>
    public double Mean => Ranked.Average(candidate => candidate.Robust);

    /// <summary>Names of a committee's members.</summary>
    public string Names(CommitteeCandidate candidate) => string.Join(", ", candidate.Members.Select(model => Pool[model].Name));

    /// <summary>For programs.</summary>
    public object Json() => new
    {
        models = Pool.Select(model => new { name = model.Name, clean = Share(model.Right), robust = Share(model.Robust) }),
        committees = Ranked.Index().Select(pair => new
        {
            members = pair.Item.Members.Select(model => Pool[model].Name),
            robust = pair.Item.Robust,
            counted = pair.Item.Counted,
            clean = pair.Item.Clean,
            confirmed = pair.Index < Confirmed.Count ? Confirmed[pair.Index] : (double?)null,
        }),
    };

    /// <summary>The share of points in a set.</summary>
    public static double Share(PointSet set) => set.Count / (double)set.Points;
}
