using Nestor.Training.Data;

namespace Nestor.Training.Sensing;

/// <summary>Standard normal numbers that are a function of seed, stream and place (Box and Muller 1958): the same on every machine, in any order.</summary>
internal static class GaussianNumbers
{
    private const double Unit = 1.0 / (1UL << 53);

    /// <summary>Fills with the first numbers of a stream.</summary>
    /// <param name="values">To be overwritten.</param>
    /// <param name="seed">The experiment's seed.</param>
    /// <param name="stream">Which of the seed's independent streams.</param>
    /// <param name="row">Which row of the stream: rows are independent.</param>
    public static void Fill(Span<double> values, ulong seed, GaussianStream stream, int row = 0)
    {
        var place = ((long)stream << 32) + row;
        for (var i = 0; i < values.Length; i += 2)
        {
            // From 0, exclusive, to 1: the logarithm exists.
            var radius = Math.Sqrt(-2 * Math.Log(((CounterHash.At(seed, place, i) >> 11) + 1) * Unit));
            var (sine, cosine) = Math.SinCos(2 * Math.PI * Unit * (CounterHash.At(seed, place, i + 1) >> 11));
            values[i] = radius * cosine;
            if (i + 1 < values.Length)
                values[i + 1] = radius * sine;
        }
    }
}

/// <summary>What random numbers of a seed are for; streams are independent of each other.</summary>
internal enum GaussianStream
{
    /// <summary>The hidden matrix.</summary>
    Truth = 1,

    /// <summary>Entries of measurements.</summary>
    Measurements,

    /// <summary>Noise of observations.</summary>
    Noise,

    /// <summary>A method's starting point.</summary>
    Start,

    /// <summary>What a method adds to leave saddles.</summary>
    Perturbation,

    /// <summary>Noise that was not observed, to learn what noise does.</summary>
    Calibration,
}
