using System.Numerics;
using System.Runtime.InteropServices;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>What <see cref="HyperplaneProjection"/> computes, by vector instructions: a Newton step reads three rows that are in the nearest cache and writes nothing.</summary>
internal static class HyperplaneKernel
{
    /// <summary>The changes for every point.</summary>
    /// <param name="points">(n, d), from 0 to 1.</param>
    /// <param name="normals">(n, d).</param>
    /// <param name="offsets">(n).</param>
    /// <param name="norm">The norm in which changes are small.</param>
    /// <param name="changes">(n, d), written.</param>
    public static void Change(ReadOnlySpan<float> points, ReadOnlySpan<float> normals, ReadOnlySpan<float> offsets, Norm norm, Span<float> changes)
    {
        var length = points.Length / offsets.Length;
        var row = new Row(length);
        for (var i = 0; i < offsets.Length; i++)
        {
            row.Change(points.Slice(i * length, length), normals.Slice(i * length, length), offsets[i], norm);
            row.Changes(length).CopyTo(changes.Slice(i * length, length));
        }
    }

    /// <summary>One point, filled up with zeros to whole vectors: a value without weight or room changes no sum.</summary>
    private readonly struct Row(int length)
    {
        private readonly float[] point = Padded(length), normal = Padded(length), edge = Padded(length), reach = Padded(length), slope = Padded(length);

        /// <summary>What the last call found; it stands where the point was.</summary>
        public ReadOnlySpan<float> Changes(int count) => point.AsSpan(0, count);

        public void Change(ReadOnlySpan<float> values, ReadOnlySpan<float> direction, float offset, Norm norm)
        {
            values.CopyTo(point);
            direction.CopyTo(normal);
            var points = Vectors(point);
            var normals = Vectors(normal);
            var product = Vector<float>.Zero;
            for (var i = 0; i < points.Length; i++)
                product += points[i] * normals[i];
            var above = Vector.Sum(product) - offset;
            Prepare(above >= 0 ? 1 : -1, norm);
            Move(new Vector<float>(Multiplier(Math.Abs(above))), above >= 0 ? 1 : -1, norm);
        }

        private void Prepare(float side, Norm norm)
        {
            var points = Vectors(point);
            var normals = Vectors(normal);
            var edges = Vectors(edge);
            var reaches = Vectors(reach);
            var slopes = Vectors(slope);
            for (var i = 0; i < points.Length; i++)
            {
                var (away, weight) = (normals[i] * side, Vector.Abs(normals[i]));
                var room = Room(points[i], away);
                reaches[i] = weight * room;
                (edges[i], slopes[i]) = norm == Norm.Infinity ? (room, weight) : (room / weight, weight * weight);
            }
        }

        private float Multiplier(float distance)
        {
            var edges = Vectors(edge);
            var reaches = Vectors(reach);
            var slopes = Vectors(slope);
            var multiplier = 0f;
            for (var (step, rests) = (0, false); step < HyperplaneProjection.MostSteps && !rests; step++)
            {
                var (least, covered, free) = (new Vector<float>(multiplier), Vector<float>.Zero, Vector<float>.Zero);
                for (var i = 0; i < edges.Length; i++)
                {
                    var isFree = Vector.GreaterThanOrEqual(edges[i], least);
                    covered += Vector.ConditionalSelect(isFree, Vector<float>.Zero, reaches[i]);
                    free += Vector.ConditionalSelect(isFree, slopes[i], Vector<float>.Zero);
                }

                var next = Math.Min(Math.Max(multiplier, (distance - Vector.Sum(covered)) / Math.Max(Vector.Sum(free), HyperplaneProjection.Tiny)), HyperplaneProjection.Huge);
                rests = next - multiplier <= HyperplaneProjection.Rounding * next;
                multiplier = next;
            }

            return multiplier;
        }

        private void Move(Vector<float> multiplier, float side, Norm norm)
        {
            var points = Vectors(point);
            var normals = Vectors(normal);
            for (var i = 0; i < points.Length; i++)
            {
                var away = normals[i] * side;
                var moves = Vector.Min(norm == Norm.Infinity ? multiplier : multiplier * Vector.Abs(away), Room(points[i], away));
                points[i] = Vector.ConditionalSelect(Vector.GreaterThan(away, Vector<float>.Zero), -moves, moves);
            }
        }

        // How far a value can go against the direction.
        private static Vector<float> Room(Vector<float> points, Vector<float> away) => Vector.ConditionalSelect(
            Vector.GreaterThan(away, Vector<float>.Zero), points, Vector.ConditionalSelect(Vector.LessThan(away, Vector<float>.Zero), Vector<float>.One - points, Vector<float>.Zero));

        private static float[] Padded(int length) => new float[(length + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count];

        private static Span<Vector<float>> Vectors(float[] values) => MemoryMarshal.Cast<float, Vector<float>>(values.AsSpan());
    }
}
