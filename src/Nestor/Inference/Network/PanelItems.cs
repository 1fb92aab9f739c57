using Nestor.Inference.Kernels;
using Nestor.Inference.Weights;

namespace Nestor.Inference.Network;

/// <summary>A matrix, or its first panels, in the items that members of a team compute: a stretch of memory for many rows, several for a few, because turning from one matrix to another takes time.</summary>
/// <param name="matrix">The matrix.</param>
/// <param name="panels">Panels from the first on.</param>
/// <param name="rows">Rows that meet them.</param>
/// <param name="members">Members of the team; each gets an item if there are enough panels.</param>
internal readonly struct PanelItems(PackedMatrix matrix, int panels, int rows, int members)
{
    /// <summary>Most groups of panels that an item of a few rows has: as many as there may be streams side by side.</summary>
    public const int MostGroups = 4;

    private readonly int groups = matrix.GroupsOf(panels);
    private readonly int together = rows > Prefetch.StreamRows ? 1 : Math.Clamp(matrix.GroupsOf(panels) / members, 1, MostGroups);

    public int Count => (groups + together - 1) / together;

    public PanelRange this[int item]
    {
        get
        {
            var (first, end) = matrix.PanelsOf(item * together, (item + 1) * together);
            return new PanelRange(first, Math.Min(end, panels));
        }
    }
}
