using Nestor.Training.Nested;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Nestor.Training.Pruning.TeacherStudent;

/// <summary>A network of one layer, wider than its <see cref="Teacher"/>.</summary>
public sealed class Student : IPrunable, IDisposable
{
    private const double NormEpsilon = 1e-5;

    private readonly Parameter? gate, bias;
    private readonly Parameter into, outOf;

    private Student(NeuronKind kind, StudentWeights penalised, Func<StudentWeights, long[], Tensor> initial)
    {
        Kind = kind;
        Penalised = penalised;
        Parameter Own(StudentWeights part, params long[] shape)
        {
            using var weight = initial(part, shape);
            return (Parameter)new Parameter(weight.clone()).DetachFromDisposeScope();
        }

        gate = kind == NeuronKind.SwiGlu ? Own(StudentWeights.Gate, -1, Teacher.Inputs) : null;
        into = Own(StudentWeights.In, -1, Teacher.Inputs);
        bias = kind == NeuronKind.SwiGlu ? null : Own(StudentWeights.Bias, -1);
        outOf = Own(StudentWeights.Out, Teacher.Outputs, -1);
        Neurons = (int)into.shape[0];
        Groups = [new UnitGroups("student", GroupKind.FeedForwardNeuron, 0, Neurons, [.. Parts.Select(part => new GroupMember(part.Weight, part.Dimension, penalised.HasFlag(part.Part)))])];
    }

    /// <summary>What a neuron computes.</summary>
    public NeuronKind Kind { get; }

    /// <summary>Neurons.</summary>
    public int Neurons { get; }

    /// <summary>The neurons as units; only the weights that the student was made to penalise count.</summary>
    public IReadOnlyList<UnitGroups> Groups { get; }

    internal StudentWeights Penalised { get; }

    internal IReadOnlyList<NestedParameter> Parameters => [.. Parts.Select(part => new NestedParameter(part.Part.ToString(), part.Weight))];

    private IEnumerable<(StudentWeights Part, Parameter Weight, int Dimension)> Parts
    {
        get
        {
            if (gate is not null)
                yield return (StudentWeights.Gate, gate, 0);
            yield return (StudentWeights.In, into, 0);
            if (bias is not null)
                yield return (StudentWeights.Bias, bias, 0);
            yield return (StudentWeights.Out, outOf, 1);
        }
    }

    /// <summary>A student with random weights: rows of deviation 1 / sqrt(inputs), columns of 1 / sqrt(neurons), no bias.</summary>
    /// <param name="kind">What a neuron computes.</param>
    /// <param name="neurons">Neurons.</param>
    /// <param name="seed">Decides the weights.</param>
    /// <param name="penalised">Which weights of a neuron a penalty acts on.</param>
    public static Student Create(NeuronKind kind, int neurons, ulong seed, StudentWeights penalised = StudentWeights.All)
    {
        TorchRuntime.EnsureLoaded();
        using var random = new Generator(seed, CPU);
        return new Student(kind, penalised, (part, shape) =>
        {
            shape = [.. shape.Select(length => length < 0 ? neurons : length)];
            return part == StudentWeights.Bias ? zeros(shape) : randn(shape, generator: random).div_(Math.Sqrt(part == StudentWeights.Out ? neurons : Teacher.Inputs));
        });
    }

    /// <summary>Answers inputs with the first <paramref name="width"/> neurons.</summary>
    /// <returns>(examples, outputs).</returns>
    public Tensor Forward(Tensor inputs, int? width = null)
    {
        var count = width ?? Neurons;
        return Combine(Activations(inputs).narrow(1, 0, count), count);
    }

    /// <summary>The answer at several widths, its neurons computed once: losses of prefixes.</summary>
    internal IEnumerable<Tensor> Forward(Tensor inputs, IEnumerable<int> widths)
    {
        var activations = Activations(inputs);
        return widths.Select(width => Combine(activations.narrow(1, 0, width), width));
    }

    /// <summary>What each neuron says to inputs: (examples, neurons).</summary>
    public Tensor Activations(Tensor inputs)
    {
        var projected = inputs.mm(into.t());
        switch (Kind)
        {
            case NeuronKind.SwiGlu:
                return nn.functional.silu(inputs.mm(gate!.t())) * projected;
            case NeuronKind.BatchNormRelu:
                var centred = projected - projected.mean([0]);
                return (centred / (centred.square().mean([0]) + NormEpsilon).sqrt() + bias!).relu();
            default:
                return (projected + bias!).relu();
        }
    }

    /// <summary>The Euclidean norm of each neuron's weights of the given parts together.</summary>
    public double[] Norms(StudentWeights parts)
    {
        using var scope = NewDisposeScope();
        return new UnitGroups("student", GroupKind.FeedForwardNeuron, 0, Neurons, [.. Parts.Where(part => parts.HasFlag(part.Part)).Select(part => new GroupMember(part.Weight, part.Dimension))]).NormValues();
    }

    /// <summary>A student of some of this one's neurons, in the order given.</summary>
    public Student Select(IEnumerable<int> neurons)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var chosen = tensor(neurons.Select(neuron => (long)neuron).ToArray());
        var parts = Parts.ToDictionary(part => part.Part);
        return new Student(Kind, Penalised, (part, _) => parts[part].Weight.index_select(parts[part].Dimension, chosen));
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        foreach (var (_, weight, _) in Parts)
            weight.Dispose();
    }

    private Tensor Combine(Tensor activations, int width) => activations.mm(outOf.narrow(1, 0, width).t());
}
