using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

[assembly: AssemblyFixture(typeof(Nestor.Cli.Tests.PostgresServer))]

namespace Nestor.Cli.Tests;

/// <summary>A PostgreSQL server of the tests' own, on a free port of this machine's loopback; started when first asked for.</summary>
public sealed class PostgresServer : IDisposable
{
    private const string Account = "postgres";

    private readonly string folder = Directory.CreateTempSubdirectory("nestor-postgres-").FullName;
    private readonly Lazy<string> connection;
    private bool started;

    public PostgresServer() => connection = new Lazy<string>(Start);

    /// <summary>The connection string; the test is skipped where PostgreSQL is not installed.</summary>
    public string Connection
    {
        get
        {
            Assert.SkipUnless(Binaries() is not null, "PostgreSQL's initdb is not installed (apt-get install postgresql).");
            return connection.Value;
        }
    }

    private string Data => Path.Combine(folder, "data");

    public void Dispose()
    {
        if (started)
            Run(Path.Combine(Binaries()!, "pg_ctl"), "-D", Data, "-m", "immediate", "-w", "stop");
        Directory.Delete(folder, recursive: true);
    }

    // Debian keeps the programs of each version in a folder of its own.
    private static string? Binaries()
    {
        const string debian = "/usr/lib/postgresql";
        var versions = Directory.Exists(debian) ? Directory.GetDirectories(debian).OrderDescending(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin")) : [];
        return versions.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)).FirstOrDefault(place => File.Exists(Path.Combine(place, "initdb")));
    }

    private string Start()
    {
        var port = FreePort();
        if (Environment.UserName == "root")
            Execute("chown", "-R", Account, folder);
        Run(Path.Combine(Binaries()!, "initdb"), "-D", Data, "-U", Account, "-A", "trust", "-E", "UTF8", "--no-sync");
        Run(Path.Combine(Binaries()!, "pg_ctl"), "-D", Data, "-l", Path.Combine(folder, "log"), "-w", "-o", $"-F -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=", "start");
        started = true;
        return $"Host=127.0.0.1;Port={port};Username={Account};Database={Account};Pooling=false";
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // The server refuses to run as root.
    private static void Run(params string[] command) => Execute(Environment.UserName == "root" ? ["runuser", "-u", Account, "--", .. command] : command);

    private static void Execute(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = Path.GetTempPath() })!;
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)} ended with {process.ExitCode}");
    }
}
