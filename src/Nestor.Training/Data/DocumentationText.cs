using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Nestor.Training.Data;

/// <summary>The words of a documentation element: references become names, code is left out, white space collapses.</summary>
internal static partial class DocumentationText
{
    private const int Deepest = 32;
    private const char Break = '\n';

    /// <summary>The paragraphs of an element, without empty ones.</summary>
    public static IEnumerable<string> Paragraphs(XElement element)
    {
        var text = new StringBuilder();
        Append(text, element, 0);
        return text.ToString().Split(Break, StringSplitOptions.RemoveEmptyEntries)
            .Select(Collapse)
            .Where(paragraph => paragraph.Length > 0);
    }

    private static void Append(StringBuilder text, XElement element, int depth)
    {
        if (depth > Deepest)
            return;
        foreach (var node in element.Nodes())
        {
            if (node is XText words)
                text.Append(words.Value.Replace(Break, ' '));
            else if (node is XElement child)
                Append(text, child, child.Name.LocalName, depth);
        }
    }

    private static void Append(StringBuilder text, XElement element, string kind, int depth)
    {
        switch (kind)
        {
            case "code" or "example" or "listheader" or "devremarks" or "inheritdoc" or "script" or "img":
                break;
            case "paramref" or "typeparamref":
                text.Append(Attribute(element, "name"));
                break;
            case "see" or "seealso" or "xref" or "a":
                var before = text.Length;
                Append(text, element, depth + 1);
                if (text.Length == before)
                    text.Append(Reference(element));
                break;
            case "sup":
                text.Append('^');
                Append(text, element, depth + 1);
                break;
            case "term" when element.ElementsAfterSelf().Any():
                Append(text, element, depth + 1);
                text.Append(": ");
                break;
            default:
                var block = kind is "para" or "p" or "br" or "list" or "ul" or "ol" or "item" or "li" or "div" or "remarks" or "format";
                if (block)
                    text.Append(Break);
                Append(text, element, depth + 1);
                if (block)
                    text.Append(Break);
                break;
        }
    }

    private static string Reference(XElement element)
    {
        if (element.Attribute("langword") is { } word)
            return word.Value;
        if (element.Attribute("cref") is { } reference)
            return MemberId.Prose(reference.Value);
        // <xref href="System.String.Format*?displayProperty=nameWithType">; a web address is no prose.
        var target = Attribute(element, "href");
        return element.Name.LocalName == "xref" ? MemberId.Prose("T:" + Uri.UnescapeDataString(target.Split('?')[0]).TrimEnd('*')) : "";
    }

    private static string Attribute(XElement element, string name) => element.Attribute(name)?.Value ?? "";

    /// <summary>Single spaces, and none before the mark that ends a clause: where an element was left out or set on its own line.</summary>
    private static string Collapse(string text) =>
        LooseMark().Replace(string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), "$1");

    [GeneratedRegex(@" ([.,;:)])(?= |$)")]
    private static partial Regex LooseMark();
}
