namespace Nestor.Images;

/// <summary>The ten outlines of <see cref="ShapeImages"/> as signed distances: negative inside, about one unit per unit of distance.</summary>
/// <remarks>The outline lies in a circle of radius 1 around the origin.</remarks>
internal static class ShapeOutline
{
    /// <summary>The names, in the order of the labels.</summary>
    public static IReadOnlyList<string> Names { get; } = ["circle", "square", "triangle", "ring", "plus", "star", "half-disc", "bar", "crescent", "two-dots"];

    /// <summary>The signed distance of a point from an outline.</summary>
    public static double Distance(int outline, double x, double y) => outline switch
    {
        0 => Disc(x, y, 0.9),
        1 => Box(x, y, 0.72, 0.72),
        2 => Polygon(x, y, 3, 0.5),
        3 => Math.Abs(Disc(x, y, 0.72)) - 0.2,
        4 => Math.Min(Box(x, y, 0.9, 0.27), Box(x, y, 0.27, 0.9)),
        5 => Star(x, y),
        6 => Math.Max(Disc(x, y, 0.95), y),
        7 => Box(x, y, 0.95, 0.25),
        8 => Math.Max(Disc(x, y, 0.95), -Disc(x - 0.45, y, 0.75)),
        9 => Math.Min(Disc(x - 0.58, y, 0.38), Disc(x + 0.58, y, 0.38)),
        _ => throw new ArgumentOutOfRangeException(nameof(outline), outline, "There are ten outlines."),
    };

    private static double Disc(double x, double y, double radius) => Math.Sqrt(x * x + y * y) - radius;

    private static double Box(double x, double y, double halfWidth, double halfHeight) => Math.Max(Math.Abs(x) - halfWidth, Math.Abs(y) - halfHeight);

    /// <summary>A regular polygon by the radius of its inner circle.</summary>
    private static double Polygon(double x, double y, int corners, double inner)
    {
        var sector = 2 * Math.PI / corners;
        var angle = Math.Atan2(y, x);
        var toSide = angle - Math.Round(angle / sector) * sector;
        return Math.Sqrt(x * x + y * y) * Math.Cos(toSide) - inner;
    }

    /// <summary>Five points: the radius falls linearly with the angle between a tip and the notch beside it.</summary>
    private static double Star(double x, double y)
    {
        const double Sector = 2 * Math.PI / 5, Tip = 0.98, Notch = 0.4;
        var angle = Math.Atan2(y, x);
        var toTip = Math.Abs(angle - Math.Round(angle / Sector) * Sector) / (Sector / 2);
        return (Math.Sqrt(x * x + y * y) - (Tip + (Notch - Tip) * toTip)) * 0.7;
    }
}
