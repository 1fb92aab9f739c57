using Nestor.Models;
using Nestor.Training.Nested;
using TorchSharp;
using static TorchSharp.torch;

namespace Nestor.Training.Optimization;

/// <summary>Adam with decoupled weight decay: one pass over parameter, gradient and both moments.</summary>
/// <remarks>
/// Loshchilov and Hutter, arXiv 1711.05101, algorithm 2. Weights on the CPU are updated by <see cref="AdamWKernel"/> on the tensors' own
/// memory, in parallel; weights elsewhere by tensor operations. Both give the same numbers up to rounding.
/// </remarks>
public sealed class AdamW : IDisposable
{
    private const long ElementsPerItem = 1 << 16;

    private readonly AdamWOptions options;
    private readonly Slot[] slots;
    private readonly Dictionary<int, int[]> neuronSteps = [];
    private readonly (Slot Slot, long FirstRow, long Rows)[] items;
    private readonly bool isOnCpu;

    /// <summary>Creates the optimizer with zero moments.</summary>
    public AdamW(IEnumerable<NestedParameter> parameters, AdamWOptions options)
        : this(parameters, options, onCpu: null)
    {
    }

    /// <summary>Creates the optimizer with a chosen path; null for the fast one where the weights allow it.</summary>
    internal AdamW(IEnumerable<NestedParameter> parameters, AdamWOptions options, bool? onCpu)
    {
        this.options = options;
        using (no_grad())
            slots = [.. parameters.Select(parameter => new Slot(parameter))];
        foreach (var (_, weight, neurons) in slots.Select(slot => slot.Parameter))
        {
            if (neurons is { } axis)
                neuronSteps.TryAdd(axis.Layer, new int[weight.shape[axis.Dimension]]);
        }

        items = [.. slots.SelectMany(Split)];
        isOnCpu = onCpu ?? slots.All(slot => slot.Parameter.Weight.device_type == DeviceType.CPU);
    }

    /// <summary>Steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>Clips the gradients, updates every weight that has one, and drops the gradients.</summary>
    /// <param name="learningRate">Step size.</param>
    /// <param name="clipNorm">Gradients are scaled down together so that their Euclidean norm is at most this.</param>
    /// <param name="touched">The widest plan of this step; only read with <see cref="AdamWOptions.SkipUntouchedNeurons"/>.</param>
    /// <returns>The norm of all gradients together before clipping.</returns>
    public double Step(double learningRate, double clipNorm, WidthPlan touched)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        foreach (var slot in slots)
            slot.Gradient = slot.Parameter.Weight.grad;

        Steps++;
        foreach (var (layer, steps) in neuronSteps)
        {
            foreach (ref var count in steps.AsSpan(0, options.SkipUntouchedNeurons ? touched[layer] : steps.Length))
                count++;
        }

        var norm = GradientNorm();
        var gradientScale = norm > clipNorm ? clipNorm / norm : 1;
        if (isOnCpu)
        {
            Parallel.For(0, items.Length, i => UpdateRows(items[i], learningRate, gradientScale, touched));
        }
        else
        {
            foreach (var slot in slots)
                UpdateByTensors(slot, learningRate, gradientScale, touched);
        }

        foreach (var slot in slots)
            slot.DropGradient();
        return norm;
    }

    /// <summary>Everything to continue from: moments by name, and the counts of steps.</summary>
    internal AdamWState State() => new(
        Steps,
        neuronSteps.ToDictionary(pair => pair.Key, pair => pair.Value),
        [.. slots.Select(slot => (slot.Parameter.Name, slot.First, slot.Second))]);

    /// <summary>Sets the counts of steps after the moments of <see cref="State"/> were filled.</summary>
    internal void Restore(long steps, IReadOnlyDictionary<int, int[]> stepsOfNeurons)
    {
        Steps = steps;
        foreach (var (layer, counts) in neuronSteps)
            stepsOfNeurons[layer].CopyTo(counts, 0);
    }

    /// <summary>Frees the moments; the weights belong to the model.</summary>
    public void Dispose()
    {
        foreach (var slot in slots)
        {
            slot.First.Dispose();
            slot.Second.Dispose();
        }
    }

    private double GradientNorm()
    {
        var sums = new double[Math.Max(items.Length, slots.Length)];
        if (isOnCpu)
        {
            Parallel.For(0, items.Length, i =>
            {
                if (items[i].Slot.Gradient is { } gradient)
                    sums[i] = AdamWKernel.SumOfSquares(Rows(gradient, items[i]));
            });
        }
        else
        {
            for (var i = 0; i < slots.Length; i++)
                sums[i] = slots[i].Gradient?.square().sum(ScalarType.Float64).item<double>() ?? 0;
        }

        return Math.Sqrt(sums.Sum());
    }

    private static IEnumerable<(Slot Slot, long FirstRow, long Rows)> Split(Slot slot)
    {
        var rowsPerItem = Math.Max(1, ElementsPerItem / slot.Columns);
        for (long row = 0; row < slot.Rows; row += rowsPerItem)
            yield return (slot, row, Math.Min(rowsPerItem, slot.Rows - row));
    }

    private static Span<float> Rows(Tensor tensor, (Slot Slot, long FirstRow, long Rows) item) =>
        TensorMemory.Floats(tensor).Slice(checked((int)(item.FirstRow * item.Slot.Columns)), checked((int)(item.Rows * item.Slot.Columns)));

    private void UpdateRows((Slot Slot, long FirstRow, long Rows) item, double learningRate, double gradientScale, WidthPlan touched)
    {
        var slot = item.Slot;
        if (slot.Gradient is not { } gradient)
            return;
        var weights = Rows(slot.Parameter.Weight, item);
        var gradients = Rows(gradient, item);
        var first = Rows(slot.First, item);
        var second = Rows(slot.Second, item);
        var columns = (int)slot.Columns;
        foreach (var (from, to, steps) in Bands(slot, touched))
        {
            var update = Coefficients(slot, steps, learningRate, gradientScale);
            if (slot.Parameter.Neurons is { Dimension: 1 } && to - from < columns)
            {
                for (var row = 0; row < item.Rows; row++)
                {
                    var range = (row * columns + from)..(row * columns + to);
                    AdamWKernel.Update(update, weights[range], gradients[range], first[range], second[range]);
                }

                continue;
            }

            var (begin, end) = slot.Parameter.Neurons is { Dimension: 0 } ? (Clamp(from), Clamp(to)) : (0, (int)item.Rows);
            var rows = (begin * columns)..(end * columns);
            AdamWKernel.Update(update, weights[rows], gradients[rows], first[rows], second[rows]);
        }

        int Clamp(int row) => (int)Math.Clamp(row - item.FirstRow, 0, item.Rows);
    }

    private void UpdateByTensors(Slot slot, double learningRate, double gradientScale, WidthPlan touched)
    {
        if (slot.Gradient is not { } gradient)
            return;
        foreach (var (from, to, steps) in Bands(slot, touched))
        {
            using var scope = NewDisposeScope();
            var update = Coefficients(slot, steps, learningRate, gradientScale);
            Tensor Band(Tensor tensor) => slot.Parameter.Neurons is { } axis ? tensor.narrow(axis.Dimension, from, to - from) : tensor;
            var (weight, scaled, first, second) = (Band(slot.Parameter.Weight), Band(gradient) * update.GradientScale, Band(slot.First), Band(slot.Second));
            first.mul_(update.Beta1).add_(scaled, alpha: 1 - update.Beta1);
            second.mul_(update.Beta2).addcmul_(scaled, scaled, value: 1 - update.Beta2);
            var root = (second * update.InverseCorrection2).sqrt_().add_(update.Epsilon);
            weight.mul_(update.Keep).addcdiv_(first, root, value: -update.StepSize);
        }
    }

    /// <summary>Runs of neurons that took the same number of steps, within those the step touched; one run for a weight without neurons.</summary>
    private IEnumerable<(int From, int To, long Steps)> Bands(Slot slot, WidthPlan touched)
    {
        if (!options.SkipUntouchedNeurons || slot.Parameter.Neurons is not { } axis)
        {
            yield return (0, (int)(slot.Parameter.Neurons is { Dimension: 1 } ? slot.Columns : slot.Rows), Steps);
            yield break;
        }

        var counts = neuronSteps[axis.Layer];
        for (int from = 0, to; from < touched[axis.Layer]; from = to)
        {
            for (to = from + 1; to < touched[axis.Layer] && counts[to] == counts[from];)
                to++;
            yield return (from, to, counts[from]);
        }
    }

    private AdamWUpdate Coefficients(Slot slot, long steps, double learningRate, double gradientScale) => new()
    {
        GradientScale = (float)gradientScale,
        Beta1 = (float)options.Beta1,
        Beta2 = (float)options.Beta2,
        Epsilon = (float)options.Epsilon,
        Keep = (float)(slot.IsMatrix ? 1 - learningRate * options.WeightDecay : 1),
        StepSize = (float)(learningRate / (1 - Math.Pow(options.Beta1, steps))),
        InverseCorrection2 = (float)(1 / (1 - Math.Pow(options.Beta2, steps))),
    };

    private sealed class Slot(NestedParameter parameter)
    {
        public NestedParameter Parameter { get; } = parameter;

        public Tensor First { get; } = zeros_like(parameter.Weight, requires_grad: false).DetachFromDisposeScope();

        public Tensor Second { get; } = zeros_like(parameter.Weight, requires_grad: false).DetachFromDisposeScope();

        public bool IsMatrix { get; } = parameter.Weight.dim() >= 2;

        /// <summary>A vector that counts neurons, a bias, has a row for each.</summary>
        public long Rows { get; } = parameter.Weight.dim() >= 2 || parameter.Neurons is not null ? parameter.Weight.shape[0] : 1;

        public long Columns => Parameter.Weight.numel() / Rows;

        /// <summary>The gradient of the current step, on the CPU contiguous like the weight; freed with the step.</summary>
        public Tensor? Gradient
        {
            get;
            set => field = value?.contiguous();
        }

        public void DropGradient()
        {
            Gradient = null;
            Parameter.Weight.grad = null;
        }
    }
}

/// <summary>What <see cref="AdamW"/> needs to continue.</summary>
/// <param name="Steps">Steps taken.</param>
/// <param name="NeuronSteps">Steps that reached each neuron, by layer.</param>
/// <param name="Moments">First and second moment of each weight, by its name; the optimizer's own tensors.</param>
internal sealed record AdamWState(long Steps, IReadOnlyDictionary<int, int[]> NeuronSteps, IReadOnlyList<(string Name, Tensor First, Tensor Second)> Moments);
