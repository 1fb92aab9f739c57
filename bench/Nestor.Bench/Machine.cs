using Nestor.Inference.Measurement;

namespace Nestor.Bench;

/// <summary>What figures were measured on.</summary>
internal static class Machine
{
    /// <summary>Processor, cores, vector instructions, system and runtime.</summary>
    public static string Description => MachineDescription.Text;

    /// <summary>Runs a measurement and tells how much of the processors other programs took meanwhile.</summary>
    public static string OthersDuring(Action measurement)
    {
        var others = new OtherPrograms();
        measurement();
        return others.Told();
    }
}
