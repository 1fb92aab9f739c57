using System.Text.Json;

namespace Nestor.Formats;

/// <summary>A part of a JSON document that knows where it stands, so that what is wrong with it can be said.</summary>
/// <param name="Element">The value.</param>
/// <param name="Place">Its place: <c>model.vocab</c>.</param>
internal readonly record struct JsonPart(JsonElement Element, string Place)
{
    /// <summary>Whether the part is absent or null.</summary>
    public bool IsNull => Element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    /// <summary>The property of an object; a null part if it is absent.</summary>
    public JsonPart this[string name] =>
        new(Wanted(JsonValueKind.Object, "an object").TryGetProperty(name, out var value) ? value : default, Place.Length == 0 ? name : $"{Place}.{name}");

    /// <summary>The properties of an object.</summary>
    public JsonElement.ObjectEnumerator Properties => Wanted(JsonValueKind.Object, "an object").EnumerateObject();

    /// <summary>Number of items of an array.</summary>
    public int Length => Wanted(JsonValueKind.Array, "an array").GetArrayLength();

    /// <summary>The items of an array.</summary>
    public IEnumerable<JsonPart> Items
    {
        get
        {
            var index = 0;
            foreach (var item in Wanted(JsonValueKind.Array, "an array").EnumerateArray())
                yield return new JsonPart(item, $"{Place}[{index++}]");
        }
    }

    /// <summary>A string.</summary>
    public string String => Wanted(JsonValueKind.String, "a string").GetString()!;

    /// <summary>A whole number of 32 bits.</summary>
    public int Int32 => Wanted(JsonValueKind.Number, "a whole number").TryGetInt32(out var value)
        ? value
        : throw new NestorException($"{Place} is {Quoted.OneLine(Element.GetRawText())}, a whole number of 32 bits was wanted");

    /// <summary>The <c>type</c> of an object, or null if the part is null.</summary>
    public string? Type => IsNull ? null : this["type"].String;

    /// <summary>A boolean, or a default where there is none.</summary>
    public bool Boolean(bool absent = false) => Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ when IsNull => absent,
        _ => throw Wrong("true or false"),
    };

    /// <summary>A string, or null where there is none.</summary>
    public string? StringOrNull() => IsNull ? null : String;

    private JsonElement Wanted(JsonValueKind kind, string name) => Element.ValueKind == kind ? Element : throw Wrong(name);

    private NestorException Wrong(string wanted) => new(
        $"{(Place.Length == 0 ? "the file" : Quoted.OneLine(Place))} is {(IsNull ? "missing" : $"a JSON {Element.ValueKind.ToString().ToLowerInvariant()}")}, {wanted} was wanted");
}
