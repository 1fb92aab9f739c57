using CsCheck;
using Nestor.Models;

namespace Nestor.Tests.Models;

public sealed class RopeScalingTests
{
    private static readonly Gen<RopeScaling> Scalings =
        Gen.Select(Gen.Float[1.5f, 64f], Gen.Float[0.5f, 2f], Gen.Float[2.5f, 16f], Gen.Int[64, 20_000], (factor, low, high, context) => new RopeScaling(factor, low, high, context));

    private static readonly Gen<double> Frequencies = Gen.Double[-7, 0].Select(exponent => Math.Pow(10, exponent));

    /// <summary>HuggingFace's rule is told in wave lengths, ours in turns.</summary>
    [Fact]
    public void Frequencies_are_stretched_as_HuggingFace_does() =>
        Gen.Select(Scalings, Frequencies).Sample((scaling, frequency) =>
        {
            var wave = 2 * Math.PI / frequency;
            var smooth = (scaling.OriginalContext / wave - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
            var expected = wave < scaling.OriginalContext / scaling.HighFrequencyFactor ? frequency
                : wave > scaling.OriginalContext / scaling.LowFrequencyFactor ? frequency / scaling.Factor
                : (1 - smooth) * frequency / scaling.Factor + smooth * frequency;
            Assert.Equal(expected, scaling.Stretch(frequency), 1e-12 * frequency);
        });

    [Fact]
    public void A_faster_frequency_stays_faster() =>
        Gen.Select(Scalings, Frequencies, Gen.Double[1.0001, 4]).Sample((scaling, frequency, times) =>
            Assert.True(scaling.Stretch(frequency) < scaling.Stretch(frequency * times)));
}
