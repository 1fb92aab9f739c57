[assembly: AssemblyFixture(typeof(Nestor.Cli.Tests.TrainedModel))]

namespace Nestor.Cli.Tests;

/// <summary>A folder for the tests of the tool, with a text and a tiny model trained on it once.</summary>
public sealed class TrainedModel : IDisposable
{
    internal const int Steps = 4;

    private static readonly string[] Syllables = ["ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu"];

    private readonly string folder = Directory.CreateTempSubdirectory("nestor-cli-").FullName;

    public TrainedModel()
    {
        var random = new Random(1);
        string Word() => string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => Syllables[random.Next(Syllables.Length)]));
        File.WriteAllLines(Text, Enumerable.Range(0, 400).Select(_ => $"{{\"text\":\"a small {string.Join(' ', Enumerable.Range(0, 40).Select(_ => Word()))}\"}}"));
        Training = NestorProcess.Run(Train(Folder));
    }

    internal Outcome Training { get; }

    internal string Text => Path("text.jsonl");

    internal string Folder => Path("model");

    internal string Path(string name) => System.IO.Path.Combine(folder, name);

    /// <summary>The arguments of a short training; options given in <paramref name="more"/> replace the usual ones.</summary>
    internal string[] Train(string output, params string[] more)
    {
        string[][] usual = [["--preset", "tiny"], ["--steps", $"{Steps}"], ["--batch", "2"], ["--window", "16"], ["--text", Text]];
        return ["train", "--out", output, .. usual.Where(option => !more.Contains(option[0])).SelectMany(option => option), .. more];
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
