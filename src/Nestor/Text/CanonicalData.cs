using System.Globalization;

namespace Nestor.Text;

/// <summary>Unicode's canonical decompositions and combining classes, from the resource <c>canonical.txt</c>.</summary>
internal static class CanonicalData
{
    /// <summary>No character up to this one is ever changed, moved or joined to one before it.</summary>
    public const char LastUntouched = '\u02FF';

    private static readonly Dictionary<int, (int First, int Second)> AllParts = [];
    private static readonly Dictionary<(int First, int Second), int> Composites = [];
    private static readonly Dictionary<int, int> Classes = [];
    private static readonly HashSet<int> Changing = [];
    private static readonly bool[] ChangingInBasicPlane = new bool[char.MaxValue + 1];

    static CanonicalData()
    {
        using var stream = typeof(CanonicalData).Assembly.GetManifestResourceStream(typeof(CanonicalData), "canonical.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
                Add(line.Split(' '));
        }

        foreach (var character in Changing.Where(character => character <= char.MaxValue))
            ChangingInBasicPlane[character] = true;
    }

    /// <summary>Whether form C may replace the character, move it, or join it to one before it. Not told of Hangul.</summary>
    public static bool MayChange(int character) => character <= char.MaxValue ? ChangingInBasicPlane[character] : Changing.Contains(character);

    /// <summary>The combining class: 0 for characters that marks stand on.</summary>
    public static int Class(int character) => character <= LastUntouched ? 0 : Classes.GetValueOrDefault(character);

    /// <summary>What a character falls into; the second part is 0 where it is one character. Null if it does not.</summary>
    public static (int First, int Second)? Parts(int character) => AllParts.TryGetValue(character, out var parts) ? parts : null;

    /// <summary>The character that two others make together, if there is one.</summary>
    public static int? Composite(int first, int second) => Composites.TryGetValue((first, second), out var composite) ? composite : null;

    private static void Add(string[] fields)
    {
        var first = Number(fields[0]);
        if (fields[1] is not ("=" or ">"))
        {
            for (var character = first; character <= Number(fields[1]); character++)
            {
                Classes.Add(character, int.Parse(fields[2], CultureInfo.InvariantCulture));
                Changing.Add(character);
            }

            return;
        }

        var parts = (Number(fields[2]), fields.Length > 3 ? Number(fields[3]) : 0);
        AllParts.Add(first, parts);
        if (fields[1] == "=")
        {
            Composites.Add(parts, first);
            Changing.Add(parts.Item2);
        }
        else
        {
            Changing.Add(first);
        }
    }

    private static int Number(string hexadecimal) => int.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
