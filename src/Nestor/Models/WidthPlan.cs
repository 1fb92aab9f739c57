using System.Collections.Immutable;

namespace Nestor.Models;

/// <summary>How many feed-forward neurons each layer keeps. Neurons are ordered, so a width always means a prefix.</summary>
/// <remarks>The one mechanism of Nestor: a deployed model is a checkpoint and a plan. MatFormer §3.3 calls a plan with unequal widths Mix'n'Match.</remarks>
public sealed class WidthPlan : IEquatable<WidthPlan>
{
    private readonly ImmutableArray<int> widths;

    /// <summary>Creates a plan from one width per layer.</summary>
    /// <exception cref="NestorException">There is no layer, or a width is not positive.</exception>
    public WidthPlan(params ReadOnlySpan<int> widths)
    {
        if (widths.IsEmpty)
            throw new NestorException("A width plan needs at least one layer.");
        foreach (var width in widths)
        {
            if (width <= 0)
                throw new NestorException($"A width plan keeps at least one neuron in each layer; {width} was given.");
        }

        this.widths = [.. widths];
        Widest = this.widths.Max();
    }

    /// <summary>The width of one layer, first layer 0.</summary>
    public int this[int layer] => widths[layer];

    /// <summary>Number of layers.</summary>
    public int Layers => widths.Length;

    /// <summary>The widest layer's width.</summary>
    public int Widest { get; }

    /// <summary>Whether every layer has the same width.</summary>
    public bool IsUniform => widths.All(w => w == Widest);

    /// <summary>The widths, first layer first.</summary>
    public ReadOnlySpan<int> AsSpan() => widths.AsSpan();

    /// <summary>The same width in every layer.</summary>
    public static WidthPlan Uniform(int width, int layers) => new(Enumerable.Repeat(width, layers).ToArray());

    /// <summary>Whether every layer of this plan is at most as wide as the same layer of <paramref name="other"/>.</summary>
    public bool FitsIn(WidthPlan other) => Layers == other.Layers && widths.Zip(other.widths).All(pair => pair.First <= pair.Second);

    /// <inheritdoc/>
    public bool Equals(WidthPlan? other) => other is not null && widths.AsSpan().SequenceEqual(other.widths.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as WidthPlan);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var width in widths)
            hash.Add(width);
        return hash.ToHashCode();
    }

    /// <summary>The plan as text that <see cref="WidthPlanText"/> reads back: run lengths of widths, such as <c>256*2,512*6</c>.</summary>
    public override string ToString() => WidthPlanText.Print(this, []);
}
