using System.Text;
using System.Xml.Linq;

namespace Nestor.Training.Data;

/// <summary>
/// A member's documentation as one paragraph of sentences. The elements hold predicates ("Gets the length."), noun phrases ("An array to
/// copy.") and conditions ("<c>values</c> is null."); each gets the subject that a book would give it.
/// </summary>
internal static class MemberProse
{
    private const int FewestWords = 6;

    /// <summary>Words in -s that begin a summary and are no verb.</summary>
    private static readonly HashSet<string> NotVerbs = ["This", "Its", "Always", "Is", "Has", "Does", "Was", "Various", "Extensions", "Options", "Flags", "Values", "Methods", "Constants", "Windows"];

    /// <summary>What follows a plural noun at the start of a text, and hardly ever a verb.</summary>
    private static readonly HashSet<string> AfterNouns = ["for", "used", "of", "to", "are", "is", "which", "in", "on", "with", "from", "returned", "passed", "related", "associated"];

    private static readonly HashSet<string> Determiners = ["A", "An", "The", "One", "Any", "Each", "Either", "There", "This", "No", "All", "In", "At", "Both"];

    /// <summary>Writes the paragraph; a text that is in <paramref name="seen"/> is left out, others are added to it.</summary>
    public static string Write(MemberId id, XElement member, SeenTexts seen)
    {
        var paragraph = new StringBuilder();
        foreach (var element in member.Elements())
        {
            // Without a new summary, what is said of the parameters would hang in the air.
            if (paragraph.Length == 0 && element.Name.LocalName is "param" or "typeparam" or "exception" or "returns")
                continue;
            var name = element.Attribute("name")?.Value ?? "";
            foreach (var part in DocumentationText.Paragraphs(element))
            {
                foreach (var text in part.Split("-or-", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                {
                    if (!IsProse(text) || !seen.Add(text))
                        continue;
                    if (paragraph.Length > 0)
                        paragraph.Append(' ');
                    paragraph.Append(element.Name.LocalName switch
                    {
                        "summary" => Summary(id, text),
                        "param" => Parameter(name, "parameter", text),
                        "typeparam" => Parameter(name, "type parameter", text),
                        "exception" => Exception(MemberId.Prose(element.Attribute("cref")?.Value ?? ""), text),
                        "returns" => Returns(text),
                        _ => text,
                    });
                    if (!".!?:;".Contains(text[^1], StringComparison.Ordinal))
                        paragraph.Append('.');
                }
            }
        }

        return paragraph.ToString();
    }

    /// <summary>Sentences have several words, mostly of letters, and are neither a message to format nor a note that nothing is written yet.</summary>
    private static bool IsProse(string text)
    {
        var letters = 0;
        var words = 1;
        foreach (var c in text)
        {
            letters += char.IsLetter(c) ? 1 : 0;
            words += c == ' ' ? 1 : 0;
        }

        return words >= FewestWords
            && letters + words >= 0.85 * text.Length
            && !text.Contains("{0}", StringComparison.Ordinal)
            && !text.StartsWith("To be added", StringComparison.OrdinalIgnoreCase);
    }

    private static string Summary(MemberId id, string text)
    {
        const string overridden = "When overridden in a derived class, ";
        var subject = Subject(id);
        if (text.StartsWith(overridden, StringComparison.Ordinal))
            return overridden + LowerFirst(subject) + text[(overridden.Length - 1)..];
        if (IsPredicate(text, id.Kind))
            return $"{subject} {LowerFirst(text)}";
        if (id.Kind is 'T' or 'P' && Determiners.Contains(FirstWord(text)) && !text.Contains(id.Name, StringComparison.Ordinal))
            return $"{subject} is {LowerFirst(text)}";
        return id.Kind is 'T' or 'P' or 'F' && !text.StartsWith("This ", StringComparison.Ordinal) ? $"{id.Name}: {text}" : text;
    }

    private static string Subject(MemberId id) => id.Kind switch
    {
        'T' => id.Name,
        'M' when id.IsConstructor => $"The {id.TypeName} constructor",
        'M' => $"The {id.Name} method",
        'P' => $"The {id.Name} property",
        'E' => $"The {id.Name} event",
        _ => $"The {id.Name} field",
    };

    private static string Parameter(string name, string kind, string text)
    {
        const string contains = "When this method returns, contains ";
        if (text.StartsWith(contains, StringComparison.Ordinal))
            return $"When this method returns, {name} contains {text[contains.Length..]}";
        return Determiners.Contains(FirstWord(text)) || text.StartsWith("true ", StringComparison.Ordinal) || text.StartsWith("to ", StringComparison.Ordinal)
            ? $"The {name} {kind} is {LowerFirst(text)}"
            : $"{name}: {text}";
    }

    private static string Exception(string name, string text)
    {
        if (text.StartsWith("Thrown ", StringComparison.Ordinal))
            return $"{name} is {LowerFirst(text)}";
        return Determiners.Contains(FirstWord(text)) || char.IsLower(text[0]) ? $"{name} is thrown when {LowerFirst(text)}" : $"{name}: {text}";
    }

    private static string Returns(string text) =>
        Determiners.Contains(FirstWord(text)) && FirstWord(text) != "This" || text.StartsWith("true ", StringComparison.Ordinal) ? $"Returns {LowerFirst(text)}" : text;

    /// <summary>Whether a text begins with a verb in the third person, or with an adverb and such a verb; what a method does is seldom a plural.</summary>
    private static bool IsPredicate(string text, char kind)
    {
        var words = text.Split(' ', 3);
        var verb = words[0].EndsWith("ly", StringComparison.Ordinal) ? words[1] : words[0];
        return char.IsUpper(text[0])
            && verb.Length > 3
            && verb[^1] == 's' && verb[^2] is not ('s' or 'u')
            && verb.Skip(1).All(char.IsLower)
            && !NotVerbs.Contains(verb)
            && (kind == 'M' || !AfterNouns.Contains(words[1]));
    }

    private static string FirstWord(string text) => text.Split(' ', 2)[0];

    private static string LowerFirst(string text) => char.ToLowerInvariant(text[0]) + text[1..];
}
