using System.Globalization;

namespace Nestor.Models;

/// <summary>Width plans as people write them: <c>XL</c>, <c>50%</c>, <c>512</c>, <c>256,256,512,1024</c>, <c>M*2,L*6</c>.</summary>
/// <remarks>
/// Items are separated by commas, first layer first. An item is a granularity's name, a share of the layer's full width, or a
/// number of neurons; <c>*n</c> repeats it for n layers. A single item without <c>*n</c> is for all layers.
/// </remarks>
public static class WidthPlanText
{
    /// <summary>Reads a plan for a model and checks that it fits.</summary>
    /// <exception cref="NestorException">The text is not a plan, names an unknown granularity, has the wrong number of layers, or is wider than the model.</exception>
    public static WidthPlan Parse(string text, INestedConfig config) => Parse(text, config.FullWidths, config.Granularities);

    /// <summary>Reads a plan for layers of some full widths and checks that it fits.</summary>
    /// <exception cref="NestorException">As in the other <c>Parse</c>.</exception>
    internal static WidthPlan Parse(string text, WidthPlan full, IReadOnlyList<Granularity> granularities)
    {
        var items = text.Split(',', StringSplitOptions.TrimEntries);
        var single = items.Length == 1 && !items[0].Contains('*');
        var widths = new List<int>(full.Layers);
        foreach (var item in items)
        {
            var (symbol, count) = single ? (items[0], full.Layers) : SplitRepeat(text, item);
            if (count > full.Layers - widths.Count)
                throw WrongLayers(text, full, "more");
            for (var i = 0; i < count; i++)
                widths.Add(Width(text, symbol, full[widths.Count], granularities));
        }

        if (widths.Count != full.Layers)
            throw WrongLayers(text, full, $"only {widths.Count}");

        var plan = new WidthPlan([.. widths]);
        Validate(plan, full, granularities);
        return plan;
    }

    /// <summary>Checks that a plan can be cut from a model.</summary>
    /// <exception cref="NestorException">The plan has another number of layers, or a layer is wider than the model's.</exception>
    public static void Validate(WidthPlan plan, INestedConfig config) => Validate(plan, config.FullWidths, config.Granularities);

    private static void Validate(WidthPlan plan, WidthPlan full, IReadOnlyList<Granularity> granularities)
    {
        if (plan.Layers != full.Layers)
            throw new NestorException($"The plan {plan} has {plan.Layers} layers, the model has {full.Layers}.");
        for (var layer = 0; layer < plan.Layers; layer++)
        {
            if (plan[layer] > full[layer])
                throw new NestorException($"The plan {Print(plan, granularities)} wants {plan[layer]} neurons in layer {layer}, the model has {full[layer]}; a slice can only be narrower.");
        }
    }

    /// <summary>Writes a plan with granularity names where a width has one, as text that <see cref="Parse(string, INestedConfig)"/> reads back.</summary>
    public static string Print(WidthPlan plan, IReadOnlyList<Granularity> granularities)
    {
        string Symbol(int width)
        {
            foreach (var granularity in granularities)
            {
                if (granularity.Width == width)
                    return granularity.Name;
            }

            return width.ToString(CultureInfo.InvariantCulture);
        }

        if (plan.IsUniform)
            return Symbol(plan.Widest);

        var items = new List<string>();
        for (int start = 0, end; start < plan.Layers; start = end)
        {
            for (end = start + 1; end < plan.Layers && plan[end] == plan[start];)
                end++;
            items.Add(end - start == 1 ? Symbol(plan[start]) : $"{Symbol(plan[start])}*{end - start}");
        }

        return string.Join(',', items);
    }

    private static (string Symbol, int Count) SplitRepeat(string text, string item)
    {
        var star = item.IndexOf('*', StringComparison.Ordinal);
        if (star < 0)
            return (item, 1);
        var count = item[(star + 1)..].Trim();
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            throw new NestorException($"'{item}' in the plan '{text}' repeats '{count}' times; write a whole number above 0, such as M*2.");
        return (item[..star].Trim(), number);
    }

    private static int Width(string text, string symbol, int full, IReadOnlyList<Granularity> granularities)
    {
        foreach (var granularity in granularities)
        {
            if (string.Equals(granularity.Name, symbol, StringComparison.OrdinalIgnoreCase))
                return granularity.Width;
        }

        if (symbol.EndsWith('%')
            && double.TryParse(symbol[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            && percent is > 0 and <= 100)
        {
            return Math.Max(1, (int)Math.Round(full * percent / 100, MidpointRounding.AwayFromZero));
        }

        if (int.TryParse(symbol, NumberStyles.None, CultureInfo.InvariantCulture, out var width) && width > 0)
            return width;

        var names = granularities.Count == 0
            ? "this model has no named granularities"
            : "this model has " + string.Join(", ", granularities.Select(g => $"{g.Name} ({g.Width})"));
        throw new NestorException($"'{symbol}' in the plan '{text}' is not a width; write a granularity ({names}), a share up to 100% or a number of neurons from 1 to {full}.");
    }

    private static NestorException WrongLayers(string text, WidthPlan full, string found) =>
        new($"The plan '{text}' is for {found} layers, the model has {full.Layers}; write one width for all layers, or widths whose counts add up to {full.Layers}.");
}
