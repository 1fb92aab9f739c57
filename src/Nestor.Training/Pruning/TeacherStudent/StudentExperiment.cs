namespace Nestor.Training.Pruning.TeacherStudent;

/// <summary>One way to train a student of 64 neurons on a teacher of eight, measured.</summary>
/// <param name="Kind">What a neuron computes.</param>
/// <param name="Name">The row of the table.</param>
/// <param name="Penalty">What drives neurons to zero; null for nothing.</param>
/// <param name="Penalised">The weights it acts on.</param>
/// <param name="WeightDecay">Decoupled weight decay.</param>
/// <param name="Seeds">How many teachers and students it is measured on.</param>
public sealed record StudentExperiment(NeuronKind Kind, string Name, GroupPenalty? Penalty, StudentWeights Penalised = StudentWeights.All, double WeightDecay = 0, int Seeds = 6)
{
    /// <summary>Neurons of the student.</summary>
    public const int Neurons = 64;

    private const ulong StudentSeeds = 1000, BatchSeeds = 2000;

    /// <summary>What finds eight neurons among 64: no penalty and weight decay, then each penalty over a range of strengths.</summary>
    public static IReadOnlyList<StudentExperiment> Strengths { get; } =
    [
        new(NeuronKind.Relu, "none", null),
        new(NeuronKind.Relu, "weight decay .1", null, WeightDecay: 0.1),
        .. new[] { 0.001, 0.003, 0.01, 0.03, 0.1 }.Select(lambda => Relu(new CoupledSmoothedPenalty(lambda))),
        new(NeuronKind.SwiGlu, "coupled .01", new CoupledSmoothedPenalty(0.01)),
        new(NeuronKind.SwiGlu, "proximal .5", new ProximalPenalty(0.5)),
        new(NeuronKind.SwiGlu, "target 8", new TargetDecay(8)),
        .. new[] { 0.1, 0.5, 1 }.Select(lambda => Relu(new DecoupledSmoothedPenalty(lambda))),
        .. new[] { 0.1, 0.3, 0.5, 1 }.Select(lambda => Relu(new ProximalPenalty(lambda))),
        Relu(new TargetDecay(8)),
    ];

    /// <summary>How penalties on a part of a neuron are dodged.</summary>
    public static IReadOnlyList<StudentExperiment> OneSided { get; } =
    [
        new(NeuronKind.SwiGlu, "none", null, Seeds: 3),
        new(NeuronKind.SwiGlu, "joint, lambda .5", new ProximalPenalty(0.5), Seeds: 3),
        new(NeuronKind.SwiGlu, "joint, lambda 1", new ProximalPenalty(1), Seeds: 3),
        new(NeuronKind.SwiGlu, "up and down", new ProximalPenalty(0.5), StudentWeights.In | StudentWeights.Out, Seeds: 3),
        new(NeuronKind.SwiGlu, "down only", new ProximalPenalty(0.5), StudentWeights.Out, Seeds: 3),
        new(NeuronKind.SwiGlu, "gate only", new ProximalPenalty(0.5), StudentWeights.Gate, Seeds: 3),
        new(NeuronKind.SwiGlu, "up only", new ProximalPenalty(0.5), StudentWeights.In, Seeds: 3),
        new(NeuronKind.Relu, "joint", new ProximalPenalty(0.5), Seeds: 3),
        new(NeuronKind.Relu, "w_out only", new ProximalPenalty(0.5), StudentWeights.Out, Seeds: 3),
        new(NeuronKind.Relu, "w_in and bias only", new ProximalPenalty(0.5), StudentWeights.In | StudentWeights.Bias, Seeds: 3),
    ];

    /// <summary>Why the norm of weights before a normalisation means nothing.</summary>
    public static IReadOnlyList<StudentExperiment> Normalised { get; } =
    [
        new(NeuronKind.BatchNormRelu, "none", null, Seeds: 2),
        new(NeuronKind.BatchNormRelu, "w_in only", new ProximalPenalty(0.5), StudentWeights.In, Seeds: 2),
        new(NeuronKind.BatchNormRelu, "joint (w_in, bias, w_out)", new ProximalPenalty(0.5), Seeds: 2),
        new(NeuronKind.BatchNormRelu, "w_out and bias", new ProximalPenalty(0.5), StudentWeights.Out | StudentWeights.Bias, Seeds: 2),
        new(NeuronKind.BatchNormRelu, "w_out only, lambda .3", new ProximalPenalty(0.3), StudentWeights.Out, Seeds: 2),
    ];

    /// <summary>Trains and measures with one seed, which decides teacher, student and batches.</summary>
    /// <param name="seed">The seed, first 1.</param>
    /// <param name="steps">Steps of training; fewer for a short try.</param>
    /// <param name="fineTuningSteps">Steps without penalty after the cut to the teacher's width; 0 for none.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public StudentMeasures Run(ulong seed, int steps = 8000, int fineTuningSteps = 2000, CancellationToken cancellation = default)
    {
        using var teacher = TeacherOf(seed);
        using var student = Train(teacher, seed, steps, cancellation);
        var measures = StudentMeasures.Of(student, teacher);
        if (fineTuningSteps == 0)
            return measures;
        using var cut = student.Select(StudentMeasures.Order(student.Norms(StudentWeights.All)).Take(teacher.Neurons));
        new StudentTraining { Steps = fineTuningSteps, LearningRate = 2e-3 }.Run(cut, teacher, seed + BatchSeeds + 1000, cancellation);
        return measures with { TopFineTuned = StudentMeasures.ErrorOf(cut, teacher) };
    }

    /// <summary>The student of a seed, trained; the caller's to free.</summary>
    public Student Train(Teacher teacher, ulong seed, int steps = 8000, CancellationToken cancellation = default)
    {
        var student = Student.Create(Kind, Neurons, seed + StudentSeeds, Penalised);
        try
        {
            new StudentTraining { Steps = steps, Penalty = Penalty, WeightDecay = WeightDecay, Schedule = new(Penalty is TargetDecay ? 0.5 : 0) }.Run(student, teacher, seed + BatchSeeds, cancellation);
            return student;
        }
        catch
        {
            student.Dispose();
            throw;
        }
    }

    /// <summary>The teacher of a seed; the caller's to free.</summary>
    public Teacher TeacherOf(ulong seed) => Kind switch
    {
        NeuronKind.SwiGlu => Teacher.SwiGlu(seed),
        NeuronKind.BatchNormRelu => Teacher.Relu(seed, noise: 0.05),
        _ => Teacher.Relu(seed),
    };

    private static StudentExperiment Relu(GroupPenalty penalty) => new(NeuronKind.Relu, penalty switch
    {
        CoupledSmoothedPenalty coupled => FormattableString.Invariant($"coupled {coupled.Lambda:#.###}"),
        DecoupledSmoothedPenalty decoupled => FormattableString.Invariant($"decoupled {decoupled.Lambda:#.###}"),
        ProximalPenalty proximal => FormattableString.Invariant($"proximal {proximal.Lambda:#.###}"),
        _ => "target 8",
    }, penalty);
}
