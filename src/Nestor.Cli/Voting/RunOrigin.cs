using System.Runtime.InteropServices;

namespace Nestor.Cli.Voting;

/// <summary>How a run was made.</summary>
/// <param name="Command">The command.</param>
/// <param name="Machine">System, processors and runtime.</param>
/// <param name="Remark">What else there is to say; null for nothing.</param>
internal sealed record RunOrigin(string Command, string Machine, string? Remark)
{
    /// <summary>That of a run on this machine.</summary>
    public static RunOrigin Here(string command, string? remark) =>
        new(command, $"{RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}", remark);
}
