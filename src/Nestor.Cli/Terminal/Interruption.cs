using System.Runtime.InteropServices;

namespace Nestor.Cli.Terminal;

/// <summary>Ctrl-C and SIGTERM: the first asks the work to stop, so that it can write a checkpoint; the second ends the process at once.</summary>
/// <remarks>In place of System.CommandLine's own handler, which 3.0.0 crashes in at the second signal.</remarks>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly PosixSignalRegistration[] registrations;

    public Interruption() => registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
    ];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => stop.Token;

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose(); // The source stays whole for a signal that is being handled.
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = !stop.IsCancellationRequested; // Not cancelled, a signal does what it does to any process.
        stop.Cancel();
    }
}
