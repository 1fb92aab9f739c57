using static TorchSharp.torch;

namespace Nestor.Training.Pruning.TeacherStudent;

/// <summary>A small network whose number of neurons is known, and what it answers: inputs, noisy answers to learn from, and clean ones to be measured by.</summary>
/// <remarks>Inputs are N(0, I) of 20 numbers, answers 5; 3,000 for training and 3,000 for measuring. Setting of our own.</remarks>
public sealed class Teacher : IDisposable
{
    /// <summary>Numbers of an input.</summary>
    public const int Inputs = 20;

    /// <summary>Numbers of an answer.</summary>
    public const int Outputs = 5;

    /// <summary>Examples to learn from, and as many to be measured by.</summary>
    public const int Examples = 3000;

    private Teacher(int neurons, ulong seed, double noise, Func<Generator, Func<Tensor, Tensor>> network)
    {
        TorchRuntime.EnsureLoaded();
        Neurons = neurons;
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        using var random = new Generator(seed, CPU);
        var answer = network(random);
        Tensor Draw() => randn([Examples, Inputs], generator: random);
        TrainingInputs = Draw().DetachFromDisposeScope();
        TestInputs = Draw().DetachFromDisposeScope();
        TrainingAnswers = (answer(TrainingInputs) + randn([Examples, Outputs], generator: random) * noise).DetachFromDisposeScope();
        TestAnswers = answer(TestInputs).DetachFromDisposeScope();
        Variance = TestAnswers.sub(TestAnswers.mean([0])).square().mean().item<float>();
    }

    /// <summary>Neurons of the teacher: the width a student should be found to need.</summary>
    public int Neurons { get; }

    /// <summary>(examples, inputs).</summary>
    public Tensor TrainingInputs { get; }

    /// <summary>(examples, outputs), with noise.</summary>
    public Tensor TrainingAnswers { get; }

    /// <summary>(examples, inputs).</summary>
    public Tensor TestInputs { get; }

    /// <summary>(examples, outputs), without noise.</summary>
    public Tensor TestAnswers { get; }

    /// <summary>Variance of the clean answers, which errors are divided by.</summary>
    public double Variance { get; }

    /// <summary>Eight ReLU neurons: rows of lengths from 2 to .8, biases of deviation .3, output columns of length 1; noise .1.</summary>
    public static Teacher Relu(ulong seed, double noise = 0.1) => new(8, seed, noise, random =>
        ReluNetwork(random, linspace(2, 0.8, 8), 0.3 * ones(8)));

    /// <summary>24 ReLU neurons of fading importance: rows of lengths geometric from 2 to .2 in random order, biases fading likewise from .2 to .02; noise .05.</summary>
    public static Teacher Graded(ulong seed) => new(24, seed, 0.05, random =>
    {
        var order = randperm(24, generator: random);
        return ReluNetwork(random, logspace(Math.Log10(2), Math.Log10(0.2), 24)[order], 0.2 * logspace(0, -1, 24)[order]);
    });

    /// <summary>Eight SwiGLU neurons: rows of gate and up of deviation 2 / sqrt(20), output columns of length 1, no biases; noise .05.</summary>
    public static Teacher SwiGlu(ulong seed) => new(8, seed, 0.05, random =>
    {
        Tensor Rows() => randn([8, Inputs], generator: random) * (2 / Math.Sqrt(Inputs));
        var (gate, up, down) = (Rows(), Rows(), UnitRows(random, 8, Outputs));
        return inputs => (nn.functional.silu(inputs.mm(gate.t())) * inputs.mm(up.t())).mm(down);
    });

    /// <summary>Mean squared error of clean answers on the inputs for measuring, over their variance.</summary>
    /// <param name="answers">(examples, outputs).</param>
    public double Error(Tensor answers) => (answers - TestAnswers).square().mean().item<float>() / Variance;

    /// <summary>Frees the examples.</summary>
    public void Dispose()
    {
        TrainingInputs.Dispose();
        TrainingAnswers.Dispose();
        TestInputs.Dispose();
        TestAnswers.Dispose();
    }

    private static Func<Tensor, Tensor> ReluNetwork(Generator random, Tensor lengths, Tensor biasDeviations)
    {
        var neurons = (int)lengths.shape[0];
        var rows = UnitRows(random, neurons, Inputs) * lengths.unsqueeze(1);
        var biases = randn([neurons], generator: random) * biasDeviations;
        var columns = UnitRows(random, neurons, Outputs);
        return inputs => (inputs.mm(rows.t()) + biases).relu().mm(columns);
    }

    private static Tensor UnitRows(Generator random, int rows, int columns)
    {
        var drawn = randn([rows, columns], generator: random);
        return drawn / drawn.square().sum([1], keepdim: true).sqrt();
    }
}
