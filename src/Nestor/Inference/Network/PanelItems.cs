using Nestor.Inference.Kernels;
using Nestor.Inference.Weights;

namespace Nestor.Inference.Network;

/// <summary>A matrix, or its first panels, in the items that members of a team compute: a stretch of memory for many rows, several streams side by side for a few.</summary>
/// <param name="matrix">The matrix.</param>
/// <param name="panels">Panels from the first on.</param>
/// <param name="rows">Rows that meet them.</param>
/// <param name="members">Members of the team; each gets an item if there are enough panels.</param>
internal readonly struct PanelItems(PackedMatrix matrix, int panels, int rows, int members)
{
    private readonly int groups = matrix.GroupsOf(panels);
    private readonly int together = rows > Prefetch.StreamRows ? 1 : Math.Clamp(matrix.GroupsOf(panels) / members, 1, Prefetch.Streams);

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
