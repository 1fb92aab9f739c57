using static TorchSharp.torch;

namespace Nestor.Training.Pruning.TeacherStudent;

/// <summary>What a trained <see cref="Student"/> is measured by; errors are mean squares over the variance of the answers.</summary>
public sealed record StudentMeasures
{
    private const double Alive = 0.1, Dead = 1e-6, OfLargestProduct = 0.01;

    /// <summary>Error of the whole student.</summary>
    public required double Error { get; init; }

    /// <summary>Neurons whose joint norm is above .1.</summary>
    public required int AliveByJointNorm { get; init; }

    /// <summary>Neurons none of whose parts is zero (below 1e-6).</summary>
    public required int AliveByParts { get; init; }

    /// <summary>Neurons whose product of the norms of their parts is above 1 % of the largest.</summary>
    public required int AliveByProduct { get; init; }

    /// <summary>The largest norm of a part before the output.</summary>
    public required double LargestIn { get; init; }

    /// <summary>The largest norm of an output column.</summary>
    public required double LargestOut { get; init; }

    /// <summary>Neurons whose input row is zero.</summary>
    public required int ZeroIn { get; init; }

    /// <summary>Neurons whose output column is zero.</summary>
    public required int ZeroOut { get; init; }

    /// <summary>The joint norms, largest first.</summary>
    public required IReadOnlyList<double> JointNorms { get; init; }

    /// <summary>What the largest gap of joint norms says of the width.</summary>
    public required FoundWidth Found { get; init; }

    /// <summary>Error with the neurons of joint norm above .1 alone.</summary>
    public required double ErrorOfAlive { get; init; }

    /// <summary>Error with as many neurons as the teacher has, those of the largest joint norms.</summary>
    public required double TopByJointNorm { get; init; }

    /// <summary>The same by the product of the norms of their parts.</summary>
    public required double TopByProduct { get; init; }

    /// <summary>The same by the norm of the input row.</summary>
    public required double TopByIn { get; init; }

    /// <summary>The same by the norm of the output column.</summary>
    public required double TopByOut { get; init; }

    /// <summary>Error of those of the largest joint norms after fine-tuning without penalty; null where it was not tried.</summary>
    public double? TopFineTuned { get; init; }

    /// <summary>Measures a student.</summary>
    public static StudentMeasures Of(Student student, Teacher teacher)
    {
        var (joint, into, outOf) = (student.Norms(StudentWeights.All), student.Norms(StudentWeights.In), student.Norms(StudentWeights.Out));
        var gate = student.Kind == NeuronKind.SwiGlu ? student.Norms(StudentWeights.Gate) : into;
        double[] product = [.. into.Select((norm, i) => norm * outOf[i] * (student.Kind == NeuronKind.SwiGlu ? gate[i] : 1))];
        return new StudentMeasures
        {
            Error = ErrorOf(student, teacher),
            AliveByJointNorm = joint.Count(norm => norm > Alive),
            AliveByParts = Enumerable.Range(0, student.Neurons).Count(i => Math.Min(gate[i], Math.Min(into[i], outOf[i])) >= Dead),
            AliveByProduct = product.Count(value => value > OfLargestProduct * product.Max()),
            LargestIn = Math.Max(into.Max(), gate.Max()),
            LargestOut = outOf.Max(),
            ZeroIn = into.Count(norm => norm < Dead),
            ZeroOut = outOf.Count(norm => norm < Dead),
            JointNorms = [.. joint.OrderDescending()],
            Found = new GapThreshold().Find(joint),
            ErrorOfAlive = ErrorOf(student, teacher, joint, joint.Count(norm => norm > Alive)),
            TopByJointNorm = ErrorOf(student, teacher, joint, teacher.Neurons),
            TopByProduct = ErrorOf(student, teacher, product, teacher.Neurons),
            TopByIn = ErrorOf(student, teacher, into, teacher.Neurons),
            TopByOut = ErrorOf(student, teacher, outOf, teacher.Neurons),
        };
    }

    /// <summary>Error of the first <paramref name="width"/> neurons of a student.</summary>
    public static double ErrorOf(Student student, Teacher teacher, int? width = null)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        return teacher.Error(student.Forward(teacher.TestInputs, width));
    }

    /// <summary>The places of the largest scores, largest first.</summary>
    internal static IEnumerable<int> Order(double[] scores) => Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]);

    private static double ErrorOf(Student student, Teacher teacher, double[] scores, int count)
    {
        if (count == 0)
            return 1;
        using var cut = student.Select(Order(scores).Take(count));
        return ErrorOf(cut, teacher);
    }
}
