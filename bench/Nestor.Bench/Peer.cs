namespace Nestor.Bench;

/// <summary>Another engine, built by its user outside this project.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Program">Its <c>llama-bench</c>.</param>
/// <param name="Options">Options beside the usual ones.</param>
internal sealed record Peer(string Name, string Program, params string[] Options)
{
    /// <summary>The commit it was built from, once it has run.</summary>
    public string? Version { get; set; }

    /// <summary>The peers in a folder: <c>llama.cpp</c> and <c>ik_llama.cpp</c>, built in their folders <c>build</c>; the latter also repacks weights for its kernels.</summary>
    public static IReadOnlyList<Peer> In(string? folder)
    {
        Peer[] known =
        [
            new("llama.cpp", Bench(folder, "llama.cpp")),
            new("ik_llama.cpp", Bench(folder, "ik_llama.cpp")),
            new("ik_llama.cpp -rtr", Bench(folder, "ik_llama.cpp"), "-rtr", "1"),
        ];
        return known;
    }

    /// <summary>Whether it is there and can be measured on this system.</summary>
    public bool IsThere => ChildTime.IsKnown && File.Exists(Program);

    private static string Bench(string? folder, string name) => folder is null ? "" : Path.Combine(folder, name, "build", "bin", "llama-bench");
}
