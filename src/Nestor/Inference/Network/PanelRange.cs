namespace Nestor.Inference.Network;

/// <summary>Neighbouring panels of a matrix.</summary>
/// <param name="First">The first one.</param>
/// <param name="End">Behind the last one.</param>
internal readonly record struct PanelRange(int First, int End)
{
    public int Count => End - First;
}
