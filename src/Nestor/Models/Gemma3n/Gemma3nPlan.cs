using System.Collections.Immutable;

namespace Nestor.Models.Gemma3n;

/// <summary>Which part of a Gemma 3n model to keep: layers to leave out, and the width of each layer that stays.</summary>
/// <param name="Widths">Feed-forward neurons, in the order of the <i>new</i> layers, as in the published configurations.</param>
/// <param name="Skipped">Layers to leave out, by their number in the whole model, first layer 0.</param>
public sealed record Gemma3nPlan(WidthPlan Widths, ImmutableArray<int> Skipped)
{
    /// <summary>Reads a plan as people write it.</summary>
    /// <param name="widths">A plan as in <see cref="WidthPlanText"/>, for the layers that stay.</param>
    /// <param name="skipped">Layers to leave out, such as <c>20-24</c>; empty for none.</param>
    /// <param name="full">The whole model's widths.</param>
    /// <exception cref="NestorException">A text is no plan, or the plan does not fit.</exception>
    public static Gemma3nPlan Parse(string widths, string skipped, WidthPlan full)
    {
        var without = LayerListText.Parse(skipped, full.Layers);
        if (without.Length == full.Layers)
            throw new NestorException($"All {full.Layers} layers would be skipped; keep at least one.");
        int[] kept = [.. Enumerable.Range(0, full.Layers).Except(without).Select(layer => full[layer])];
        return new Gemma3nPlan(WidthPlanText.Parse(widths, new WidthPlan(kept), []), without);
    }

    /// <summary>Whether two plans keep the same.</summary>
    public bool Equals(Gemma3nPlan? other) => other is not null && Widths.Equals(other.Widths) && Skipped.AsSpan().SequenceEqual(other.Skipped.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Widths, Skipped.Length);

    /// <summary>The layers that stay, ascending.</summary>
    internal ImmutableArray<int> Kept(int layers) => [.. Enumerable.Range(0, layers).Except(Skipped)];

    /// <summary>The smaller model's shape: whatever is said layer by layer goes along with its layer.</summary>
    /// <exception cref="NestorException">The plan does not fit the model, or leaves out a layer whose keys and values a kept one reads.</exception>
    internal Gemma3nShape Cut(Gemma3nShape shape)
    {
        foreach (var layer in Skipped)
        {
            if (layer < 0 || layer >= shape.Layers)
                throw new NestorException($"The plan skips layer {layer}, the model has {shape.Layers} (0 to {shape.Layers - 1}).");
        }

        var kept = Kept(shape.Layers);
        if (kept.Length != Widths.Layers)
            throw new NestorException($"The plan has {Widths.Layers} widths and skips {Skipped.Distinct().Count()} layers, the model has {shape.Layers}; give one width for each layer that stays, {kept.Length}.");
        foreach (var (index, layer) in kept.Index())
        {
            if (Widths[index] > shape.Widths[layer])
                throw new NestorException($"The plan wants {Widths[index]} neurons in layer {index}, which is layer {layer} of the model and has {shape.Widths[layer]}; a slice can only be narrower.");
        }

        ThrowIfDonorIsSkipped(shape, kept);
        return shape with
        {
            Widths = Widths,
            LayerTypes = [.. kept.Select(layer => shape.LayerTypes[layer])],
            Sparsity = [.. kept.Select(layer => shape.Sparsity[layer])],
            SharedLayers = kept.Count(layer => layer >= shape.FirstShared),
        };
    }

    /// <summary>
    /// Layers that share keys and values read those of the last layer of their kind before them. If that layer were left out, they would
    /// silently read another's, which they never saw in training.
    /// </summary>
    private void ThrowIfDonorIsSkipped(Gemma3nShape shape, ImmutableArray<int> kept)
    {
        foreach (var donor in Skipped.Order())
        {
            var readers = kept.Where(layer => layer != donor && shape.Donor(layer) == donor).ToList();
            if (readers.Count > 0)
                throw new NestorException($"Layer {donor} cannot be skipped: {(readers.Count == 1 ? "layer" : "layers")} {string.Join(", ", readers)} attend to its keys and values (it is the last {shape.LayerTypes[donor]} layer that computes its own). Keep it, or skip those too.");
        }
    }
}
