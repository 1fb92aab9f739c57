using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>How a plan of two widths arranges them over the layers: the four shapes that the paper compares (D.1).</summary>
public enum PlanShape
{
    /// <summary>Wider with depth: the paper's choice.</summary>
    Increasing,

    /// <summary>Narrower with depth.</summary>
    Decreasing,

    /// <summary>Decreasing, then increasing: wide at both ends.</summary>
    V,

    /// <summary>Increasing, then decreasing: wide in the middle.</summary>
    Hill,
}

/// <summary>Plans of two widths in a shape.</summary>
public static class PlanShapes
{
    /// <summary>Arranges two widths; plans of all shapes have the same widths and so the same size.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="narrow">The narrower width.</param>
    /// <param name="narrowLayers">How many layers have it.</param>
    /// <param name="wide">The wider width.</param>
    /// <param name="wideLayers">How many layers have it.</param>
    public static WidthPlan Plan(PlanShape shape, int narrow, int narrowLayers, int wide, int wideLayers) => shape switch
    {
        PlanShape.Increasing => Runs((narrow, narrowLayers), (wide, wideLayers)),
        PlanShape.Decreasing => Runs((wide, wideLayers), (narrow, narrowLayers)),
        PlanShape.V => Runs((wide, wideLayers / 2), (narrow, narrowLayers), (wide, wideLayers - wideLayers / 2)),
        PlanShape.Hill => Runs((narrow, narrowLayers - narrowLayers / 2), (wide, wideLayers), (narrow, narrowLayers / 2)),
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "not a shape"),
    };

    private static WidthPlan Runs(params ReadOnlySpan<(int Width, int Layers)> runs)
    {
        var widths = new List<int>();
        foreach (var (width, layers) in runs)
            widths.AddRange(Enumerable.Repeat(width, layers));
        return new WidthPlan([.. widths]);
    }
}
