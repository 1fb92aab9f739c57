using System.Globalization;
using System.Text;

namespace Nestor.Cli.Sensing;

/// <summary>Markdown tables and how their numbers look.</summary>
internal static class Cells
{
    /// <summary>A row.</summary>
    public static StringBuilder Row(this StringBuilder text, params IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    /// <summary>A heading row, the first column to the left, the others to the right.</summary>
    public static StringBuilder Heading(this StringBuilder text, params string[] cells) =>
        text.Append('\n').Row(cells).Append("|---|").Insert(text.Length, "---:|", cells.Length - 1).Append('\n');

    /// <summary>Three digits that matter; powers of ten for what is very small.</summary>
    public static string Number(double value) => value switch
    {
        _ when value == Math.Round(value) => value.ToString("F0", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) < 1e-3 => value.ToString("0.0e0", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) < 0.1 => value.ToString("F4", CultureInfo.InvariantCulture),
        _ => value.ToString("F3", CultureInfo.InvariantCulture),
    };

    /// <summary>Mean, least and most.</summary>
    public static string Range(IEnumerable<double> values)
    {
        var all = values.ToList();
        return all.Count == 1 ? Number(all[0]) : $"{Number(all.Average())} ({Number(all.Min())} to {Number(all.Max())})";
    }

    /// <summary>The middle value.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
