using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Nestor.Inference.Kernels;
using Nestor.Models;

namespace Nestor.Inference;

/// <summary>Rotary position embedding (Su et al. 2021) in HuggingFace's layout: element <c>i</c> of a head turns with element <c>i + half</c>.</summary>
/// <remarks>Pair <c>i</c> turns by <c>position * theta^(-2i / headSize)</c>, stretched where the model says so; frequency and angle are rounded to single precision as HuggingFace does.</remarks>
internal sealed unsafe class RotaryPositions
{
    private readonly int headSize;
    private readonly float[] frequencies;

    public RotaryPositions(int headSize, float theta, RopeScaling? scaling = null)
    {
        this.headSize = headSize;
        frequencies = Frequencies(headSize, theta, scaling);
    }

    /// <summary>Radians for each position by which each pair turns, (head size / 2).</summary>
    public static float[] Frequencies(int headSize, float theta, RopeScaling? scaling)
    {
        var frequencies = new float[headSize / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            var frequency = (float)Math.Pow(theta, -2.0 * i / headSize);
            frequencies[i] = (float)(scaling?.Stretch(frequency) ?? frequency);
        }

        return frequencies;
    }

    /// <summary>The turns of consecutive positions, used by every layer and head.</summary>
    /// <param name="position">Position of the first token.</param>
    /// <param name="tokens">Number of positions.</param>
    /// <param name="cosines">(tokens, headSize / 2)</param>
    /// <param name="sines">(tokens, headSize / 2)</param>
    public void Turns(int position, int tokens, float* cosines, float* sines)
    {
        for (var token = 0; token < tokens; token++)
        {
            foreach (var frequency in frequencies)
            {
                var angle = (position + token) * frequency;
                *cosines++ = (float)Math.Cos(angle);
                *sines++ = (float)Math.Sin(angle);
            }
        }
    }

    /// <summary>Turns every head of every token in place.</summary>
    /// <param name="vectors">(tokens, heads, headSize)</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="heads">Heads of one token.</param>
    /// <param name="cosines">(tokens, headSize / 2)</param>
    /// <param name="sines">(tokens, headSize / 2)</param>
    public void Rotate(float* vectors, int tokens, int heads, float* cosines, float* sines)
    {
        var half = headSize / 2;
        for (var token = 0; token < tokens; token++, cosines += half, sines += half)
        {
            for (var head = 0; head < heads; head++, vectors += headSize)
                RotateHead(vectors, vectors + half, half, cosines, sines);
        }
    }

    [MethodImpl(InnerLoop.Options)]
    private static void RotateHead(float* first, float* second, int half, float* cosines, float* sines)
    {
        var i = 0;
        for (; i <= half - Vectors.Lanes; i += Vectors.Lanes)
        {
            Vector512<float> a = Vector512.Load(first + i), b = Vector512.Load(second + i);
            Vector512<float> cosine = Vector512.Load(cosines + i), sine = Vector512.Load(sines + i);
            (a * cosine - b * sine).Store(first + i);
            (b * cosine + a * sine).Store(second + i);
        }

        for (; i < half; i++)
        {
            float a = first[i], b = second[i];
            first[i] = a * cosines[i] - b * sines[i];
            second[i] = b * cosines[i] + a * sines[i];
        }
    }
}
