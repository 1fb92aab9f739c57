using CsCheck;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness;

public sealed class GeometryTests
{
    private static readonly Gen<float[]> Points = Gen.Float[0, 1].Array[6];
    private static readonly Gen<Norm> Norms = Gen.Bool.Select(isTwo => isTwo ? Norm.Two : Norm.Infinity);

    [Fact]
    public void A_projection_lies_in_ball_and_range_and_stays_where_it_is() =>
        Gen.Select(Points, Gen.Float[-2, 2].Array[6], Norms, Gen.Double[0, 1]).Sample((from, moved, norm, epsilon) =>
        {
            TorchRuntime.EnsureLoaded();
            using var scope = NewDisposeScope();
            var threat = new Threat(norm, epsilon);
            var (origin, projected) = (Image(from), threat.Project(Image(moved), Image(from)));
            Assert.True(threat.Size(projected - origin).item<float>() <= epsilon + 1e-6);
            Assert.InRange(projected.min().item<float>(), 0, 1);
            Assert.InRange(projected.max().item<float>(), 0, 1);
            Assert.True((threat.Project(projected, origin) - projected).abs().max().item<float>() < 1e-6);
        }, iter: 100);

    [Fact]
    public void Random_starts_lie_in_ball_and_range() =>
        Gen.Select(Points, Norms, Gen.Double[0, 1], Gen.Int[1, 99]).Sample((from, norm, epsilon, seed) =>
        {
            TorchRuntime.EnsureLoaded();
            using var scope = NewDisposeScope();
            using var random = new Generator((ulong)seed, CPU);
            var threat = new Threat(norm, epsilon);
            foreach (var start in new[] { threat.RandomStart(Image(from), random), threat.RandomSurface(Image(from), random) })
            {
                Assert.True(threat.Size(start - Image(from)).item<float>() <= epsilon + 1e-6);
                Assert.InRange(start.min().item<float>(), 0, 1);
                Assert.InRange(start.max().item<float>(), 0, 1);
            }
        }, iter: 50);

    /// <summary>The conditions of Karush, Kuhn and Tucker for the nearest point of a plane within a box.</summary>
    [Fact]
    public void The_change_to_a_plane_is_the_smallest_within_the_range() =>
        Gen.Select(Points, Gen.Int[-50, 50].Select(i => i / 50f).Array[6], Gen.Float[-2, 2], Norms).Sample((from, normal, offset, norm) =>
        {
            TorchRuntime.EnsureLoaded();
            using var scope = NewDisposeScope();
            var change = HyperplaneProjection.Change(tensor(from).view(1, 6), tensor(normal).view(1, 6), tensor(new[] { offset }), norm).data<float>().ToArray();
            var distance = normal.Zip(from, (w, t) => w * t).Sum() - offset;
            double[] room = [.. from.Zip(normal, (t, w) => (double)(w * distance > 0 ? t : w * distance < 0 ? 1 - t : 0))];
            var reachable = normal.Zip(room, (w, r) => Math.Abs(w) * r).Sum();
            var covered = -normal.Zip(change, (w, d) => w * d).Sum() * Math.Sign(distance);

            Assert.All(change.Zip(room), pair => Assert.True(Math.Abs(pair.First) <= pair.Second + 1e-5));
            Assert.Equal(Math.Min(Math.Abs(distance), reachable), covered, 1e-3);
            if (Math.Abs(distance) > reachable - 1e-3)
                return;
            // Values that are not held by the range all have the same size (infinity norm), or a size in proportion to the normal (Euclidean).
            double[] multipliers = [.. Enumerable.Range(0, 6)
                .Where(i => Math.Abs(normal[i]) > 0.05 && Math.Abs(change[i]) < room[i] - 1e-4)
                .Select(i => Math.Abs(change[i]) / (norm == Norm.Infinity ? 1 : Math.Abs(normal[i])))];
            if (multipliers.Length == 0)
                return;
            Assert.InRange(multipliers.Max() - multipliers.Min(), 0, 2e-3);
            Assert.All(Enumerable.Range(0, 6).Where(i => Math.Abs(normal[i]) > 0.05), i =>
                Assert.True(Math.Abs(change[i]) / (norm == Norm.Infinity ? 1 : Math.Abs(normal[i])) <= multipliers.Max() + 2e-3));
        }, iter: 200);

    /// <summary>Nearest: no point of the simplex lies ahead of the projection on the way to the values.</summary>
    [Fact]
    public void The_nearest_weights_sum_to_one_and_none_is_negative() =>
        Gen.Float[-2, 2].Array[4].Sample(values =>
        {
            TorchRuntime.EnsureLoaded();
            using var scope = NewDisposeScope();
            var weights = SimplexProjection.Of(tensor(values).view(1, 4)).data<float>().ToArray();
            Assert.Equal(1, weights.Sum(), 1e-5);
            Assert.All(weights, weight => Assert.True(weight >= 0));
            var ahead = values.Zip(weights, (value, weight) => value - weight).ToArray();
            Assert.True(ahead.Max() <= ahead.Zip(weights, (gap, weight) => gap * weight).Sum() + 1e-5);
        }, iter: 100);

    /// <summary>Any number of values, so that rows end within a vector; zeros in normals, and planes that are out of reach, among them.</summary>
    [Fact]
    public void Vector_instructions_find_the_change_that_tensors_find() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 3], Gen.Int[0, 1000], Gen.Float[-2, 2], Norms).Sample((length, rows, seed, offset, norm) =>
        {
            TorchRuntime.EnsureLoaded();
            using var scope = NewDisposeScope();
            using var random = new Generator((ulong)seed, CPU);
            var points = rand([rows, length], generator: random);
            var normal = (rand([rows, length], generator: random) * 4 - 2).round();
            var offsets = full(rows, offset);
            var difference = HyperplaneProjection.Change(points, normal, offsets, norm) - HyperplaneProjection.Plain(points, normal, offsets, norm);
            Assert.InRange(difference.abs().max().item<float>(), 0, 1e-4);
        }, iter: 200);

    /// <summary>Steps of several sizes from anywhere in the ball, rows that end within a vector, and gradients that are partly zero.</summary>
    [Fact]
    public void Vector_instructions_step_where_tensors_step() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 3], Gen.Int[0, 1000], Gen.Float[0, 1], Gen.Float[0.01f, 1]).Sample((length, rows, seed, share, epsilon) =>
        {
            TorchRuntime.EnsureLoaded();
            using var scope = NewDisposeScope();
            using var random = new Generator((ulong)seed, CPU);
            Tensor Values() => rand([rows, 1, 1, length], generator: random);
            var threat = new Threat(Norm.Infinity, epsilon);
            var (origin, gradient, size) = (Values(), (Values() * 4 - 2).round(), rand([rows, 1, 1, 1], generator: random) * 2 * epsilon);
            var (image, previous) = (threat.RandomStart(origin, random), threat.RandomStart(origin, random));
            var (fastImage, fastPrevious) = (image.clone(), previous.clone());
            BoxStepKernel.Move(
                TensorMemory.Floats(fastImage), TensorMemory.Floats(fastPrevious), TensorMemory.Floats(gradient), TensorMemory.Floats(origin), TensorMemory.Floats(size), (float)threat.Epsilon, share);
            AutoPgdClimb.Move(threat, image, previous, gradient, origin, size, share);
            Assert.InRange((fastImage - image).abs().max().item<float>(), 0, 1e-6);
            Assert.Equal(0, (fastPrevious - previous).abs().max().item<float>());
        }, iter: 200);

    private static Tensor Image(float[] values) => tensor(values).view(1, 1, 2, 3);
}
