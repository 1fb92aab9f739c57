using Nestor.Models;
using Nestor.Training.Optimization;
using static TorchSharp.torch;

namespace Nestor.Training.Pruning.TeacherStudent;

/// <summary>How a <see cref="Student"/> learns: Adam with a cosine from the learning rate to zero, batches of 500, the squared error summed over outputs.</summary>
public sealed record StudentTraining
{
    private const int BatchSize = 500;

    /// <summary>Steps.</summary>
    public int Steps { get; init; } = 8000;

    /// <summary>The first, highest learning rate.</summary>
    public double LearningRate { get; init; } = 5e-3;

    /// <summary>Decoupled weight decay of matrices.</summary>
    public double WeightDecay { get; init; }

    /// <summary>What drives neurons to zero; null for nothing.</summary>
    public GroupPenalty? Penalty { get; init; }

    /// <summary>How the penalty comes in.</summary>
    public PenaltySchedule Schedule { get; init; } = new(0);

    /// <summary>The prefixes whose mean loss is minimised; empty for the whole student alone.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [];

    /// <summary>Trains a student in place.</summary>
    /// <param name="student">The student.</param>
    /// <param name="teacher">What it learns from.</param>
    /// <param name="seed">Decides the batches.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Run(Student student, Teacher teacher, ulong seed, CancellationToken cancellation = default)
    {
        var schedule = new CosineSchedule(LearningRate, 0, Steps, FinalShare: 0);
        var lasso = Penalty is null ? null : new GroupLasso(student.Groups, new GroupLassoOptions { Penalty = Penalty, Schedule = Schedule }, Steps);
        using var optimizer = new AdamW(student.Parameters, new AdamWOptions { Beta2 = 0.999, WeightDecay = WeightDecay });
        using var random = new Generator(seed, CPU);
        IReadOnlyList<int> widths = Widths.Count > 0 ? Widths : [student.Neurons];
        for (var step = 0; step < Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var rows = randint(0, Teacher.Examples, [BatchSize], dtype: ScalarType.Int64, generator: random);
            var (inputs, answers) = (teacher.TrainingInputs.index_select(0, rows), teacher.TrainingAnswers.index_select(0, rows));
            var loss = student.Forward(inputs, widths).Select(output => (output - answers).square().sum()).Aggregate((sum, next) => sum + next);
            (loss / (BatchSize * widths.Count)).backward();

            var rate = schedule.At(step);
            lasso?.BeforeStep(step, rate);
            optimizer.Step(rate, double.PositiveInfinity, WidthPlan.Uniform(student.Neurons, 1));
            lasso?.AfterStep(step, rate);
        }
    }
}
