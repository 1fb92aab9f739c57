using System.Xml;
using System.Xml.Linq;

namespace Nestor.Training.Data;

/// <summary>
/// Several megabytes of English that every machine with the .NET SDK has: the documentation of the framework, as IntelliSense shows it.
/// A document is a type: what it is and what each of its members does.
/// </summary>
/// <remarks>
/// Read from the XML files of the SDK's targeting packs, which are copyright Microsoft under the MIT license. Sentences that repeat, as those
/// of overloads do, stay where they come first. The text differs a little between SDK versions; <see cref="Version"/> says which it is.
/// </remarks>
public sealed class SdkDocumentation : TextSource
{
    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = 256 * 1024 * 1024,
    };

    private SdkDocumentation(string version, IReadOnlyList<SourceFile> files)
        : base($".NET SDK documentation {version}", files, skipped: 0) => Version = version;

    /// <summary>Version of the targeting packs, such as <c>10.0.1</c>.</summary>
    public string Version { get; }

    private protected override string Rules => "sdk 1";

    /// <summary>Finds the documentation of the newest .NET SDK on this machine.</summary>
    /// <param name="dotnetRoot">The folder that holds <c>packs</c>; null looks where this program's runtime is, in <c>DOTNET_ROOT</c>, on the <c>PATH</c> and in the usual places.</param>
    /// <exception cref="NestorException">No targeting pack with documentation is found, as on a machine that has the runtime but no SDK.</exception>
    public static SdkDocumentation Open(string? dotnetRoot = null)
    {
        var roots = dotnetRoot is null ? DotnetRoots.Find() : [dotnetRoot];
        foreach (var root in roots)
        {
            var (version, files) = TargetingPack.Documentation(root);
            if (files.Count > 0)
                return new SdkDocumentation(version, files);
        }

        var places = roots.Count == 0 ? "no .NET folder was found" : $"looked for packs{Path.DirectorySeparatorChar}{TargetingPack.Framework} in {string.Join(", ", roots)}";
        throw new NestorException($"No .NET SDK documentation is on this machine ({places}); install the .NET SDK, or give your own text with --text PATH.");
    }

    internal override IEnumerable<SourceDocument> Read()
    {
        var seen = new SeenTexts();
        long consumed = 0;
        foreach (var file in Files)
        {
            consumed += file.Length;
            foreach (var type in Types(file, seen))
                yield return new SourceDocument(type, consumed);
        }
    }

    /// <summary>The documents of one file: its types in the order of the file, each with its members.</summary>
    private static List<string> Types(SourceFile file, SeenTexts seen)
    {
        var types = new Dictionary<string, List<string>>();
        var order = new List<List<string>>();
        try
        {
            using var stream = file.Open();
            using var reader = XmlReader.Create(stream, Settings);
            for (var more = reader.ReadToFollowing("member"); more; more = reader.Name == "member" && reader.NodeType == XmlNodeType.Element || reader.ReadToFollowing("member"))
            {
                var member = (XElement)XNode.ReadFrom(reader);
                if (MemberId.Parse(member.Attribute("name")?.Value) is not { } id || id.IsInstructionListing)
                    continue;
                var text = MemberProse.Write(id, member, seen);
                if (text.Length == 0)
                    continue;
                if (!types.TryGetValue(id.Type, out var paragraphs))
                    order.Add(types[id.Type] = paragraphs = []);
                paragraphs.Add(text);
            }
        }
        catch (XmlException error)
        {
            throw new NestorException($"The file '{file.FullPath}' is damaged: {error.Message} Repair the .NET SDK, or give your own text with --text PATH.", error);
        }

        return order.ConvertAll(paragraphs => string.Join("\n\n", paragraphs));
    }
}
