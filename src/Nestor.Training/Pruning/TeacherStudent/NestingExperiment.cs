using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Nestor.Training.Pruning.TeacherStudent;

/// <summary>What order, and what a group lasso before it, does for prefixes of a student: a dense network is put in order and fine-tuned at several widths at once.</summary>
/// <remarks>The teacher's 24 neurons fade in importance, so every width is worth something. Teacher and data are the same for all seeds; student and batches are not.</remarks>
public static class NestingExperiment
{
    /// <summary>The prefixes.</summary>
    public static ImmutableArray<int> Widths { get; } = [4, 8, 16, 32, 64];

    /// <summary>How the student is trained before it is ordered.</summary>
    public static ImmutableArray<(string Name, GroupPenalty? Penalty)> Preparations { get; } =
    [
        ("dense", null),
        ("group lasso, coupled .003", new CoupledSmoothedPenalty(0.003)),
        ("group lasso, proximal .2", new ProximalPenalty(0.2)),
    ];

    /// <summary>The orders of neurons.</summary>
    public static ImmutableArray<string> Orders { get; } = ["natural", "random", "group norm", "activation x output"];

    private static ImmutableArray<int> FineTuningSteps { get; } = [0, 200, 1000];

    /// <summary>Prepares a student and measures it in every order after each number of nested steps.</summary>
    /// <param name="preparation">One of <see cref="Preparations"/>.</param>
    /// <param name="seed">Decides student and batches.</param>
    /// <param name="steps">Steps of the preparation.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<NestedErrors> Run((string Name, GroupPenalty? Penalty) preparation, ulong seed, int steps = 8000, CancellationToken cancellation = default)
    {
        using var teacher = Teacher.Graded(1);
        using var student = Student.Create(NeuronKind.Relu, Widths[^1], seed + 1000);
        new StudentTraining { Steps = steps, Penalty = preparation.Penalty }.Run(student, teacher, seed + 2000, cancellation);
        var results = new List<NestedErrors>();
        foreach (var order in Orders)
        {
            foreach (var nestedSteps in FineTuningSteps)
            {
                using var ordered = student.Select(Order(student, teacher, order, seed));
                if (nestedSteps > 0)
                    new StudentTraining { Steps = nestedSteps, LearningRate = 2e-3, Widths = Widths }.Run(ordered, teacher, seed + 3000, cancellation);
                results.Add(new NestedErrors(preparation.Name, order, nestedSteps, Errors(ordered, teacher)));
            }
        }

        return results;
    }

    /// <summary>A student trained at all widths from its first step.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static NestedErrors FromScratch(ulong seed, int steps = 8000, CancellationToken cancellation = default)
    {
        using var teacher = Teacher.Graded(1);
        using var student = Student.Create(NeuronKind.Relu, Widths[^1], seed + 1000);
        new StudentTraining { Steps = steps, Widths = Widths }.Run(student, teacher, seed + 2000, cancellation);
        return new NestedErrors("nested from scratch", "", steps, Errors(student, teacher));
    }

    /// <summary>A student of each width on its own.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static NestedErrors Separate(ulong seed, int steps = 8000, CancellationToken cancellation = default)
    {
        using var teacher = Teacher.Graded(1);
        return new NestedErrors("a model for each width", "", steps, [.. Widths.Select(width =>
        {
            using var student = Student.Create(NeuronKind.Relu, width, seed + 1000);
            new StudentTraining { Steps = steps }.Run(student, teacher, seed + 2000, cancellation);
            return StudentMeasures.ErrorOf(student, teacher);
        })]);
    }

    private static double[] Errors(Student student, Teacher teacher) => [.. Widths.Select(width => StudentMeasures.ErrorOf(student, teacher, width))];

    private static IEnumerable<int> Order(Student student, Teacher teacher, string order, ulong seed)
    {
        switch (order)
        {
            case "natural":
                return Enumerable.Range(0, student.Neurons);
            case "random":
                int[] places = [.. Enumerable.Range(0, student.Neurons)];
                new Random((int)seed).Shuffle(places);
                return places;
            case "group norm":
                return StudentMeasures.Order(student.Norms(StudentWeights.All));
            default:
                using (no_grad())
                using (NewDisposeScope())
                {
                    double[] activations = [.. student.Activations(teacher.TrainingInputs).square().mean([0]).sqrt().to(ScalarType.Float64).data<double>()];
                    return StudentMeasures.Order([.. student.Norms(StudentWeights.Out).Zip(activations, (norm, activation) => norm * activation)]);
                }
        }
    }
}

/// <summary>Errors of a student's prefixes.</summary>
/// <param name="Preparation">How it was trained before.</param>
/// <param name="Order">The order of its neurons.</param>
/// <param name="Steps">Nested steps after that.</param>
/// <param name="Errors">Mean squared error over variance at each of <see cref="NestingExperiment.Widths"/>.</param>
public sealed record NestedErrors(string Preparation, string Order, int Steps, IReadOnlyList<double> Errors);
