using System.Globalization;
using System.Text.Json;

namespace Nestor.Formats;

/// <summary>The keys of one object in a configuration file. A key that is missing or null reads as null; a wrong value is an error that names file and key.</summary>
/// <param name="path">The file, for errors.</param>
/// <param name="element">The object.</param>
/// <param name="prefix">The way to the object from the root, for errors: <c>nestor.</c>.</param>
internal readonly struct ConfigFields(string path, JsonElement element, string prefix = "")
{
    /// <summary>A whole number from 1.</summary>
    public int? Size(string key) => Find(key) is { } value ? SizeOf(key, value) : null;

    /// <summary>A whole number from 1 that must be given.</summary>
    public int RequiredSize(string key) => SizeOf(key, Required(key));

    /// <summary>A whole number, possibly large, that must be given.</summary>
    public long RequiredCount(string key) =>
        Required(key) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var count) ? count : throw Wrong(key, "a whole number");

    /// <summary>One size for all layers, or, where <paramref name="listAllowed"/>, a list with one for each.</summary>
    public int[] RequiredWidths(string key, int layers, bool listAllowed)
    {
        var fields = this;
        var value = Required(key);
        if (value.ValueKind != JsonValueKind.Array)
            return [.. Enumerable.Repeat(SizeOf(key, value), layers)];
        if (!listAllowed)
            throw Wrong(key, "one whole number");
        return value.GetArrayLength() == layers
            ? [.. value.EnumerateArray().Select(item => fields.SizeOf(key, item))]
            : throw new NestorException($"The key {prefix}{key} in '{path}' lists {value.GetArrayLength()} widths; the model has {layers} layers.");
    }

    /// <summary>Whether the key is there, be it null.</summary>
    public bool Has(string key) => element.TryGetProperty(key, out _);

    /// <summary>A token id, or the first of a list of them.</summary>
    public int? Token(string key) => Tokens(key, int.MaxValue) is [var first, ..] ? first : null;

    /// <summary>A token id, or a list of at most <paramref name="most"/>; empty where the key is missing.</summary>
    public IReadOnlyList<int> Tokens(string key, int most)
    {
        if (Find(key) is not { } value)
            return [];
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > most)
            throw Wrong(key, $"a list of at most {most} token ids");
        var fields = this;
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(TokenOf)] : [TokenOf(value)];

        int TokenOf(JsonElement item) => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var token) ? token : throw fields.Wrong(key, "a token id");
    }

    /// <summary>A number.</summary>
    public float? Number(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetSingle(out var number) => number,
        _ => throw Wrong(key, "a number"),
    };

    /// <summary>A number that must be given.</summary>
    public float RequiredNumber(string key) => Number(key) ?? throw Missing(key);

    /// <summary>A list of so many numbers.</summary>
    public float[]? Numbers(string key, int count)
    {
        if (Find(key) is not { } list)
            return null;
        var fields = this;
        return list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == count
            ? [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetSingle(out var number) ? number : throw fields.Wrong(key, "a list of numbers"))]
            : throw Wrong(key, $"a list of {count} numbers");
    }

    /// <summary>True or false.</summary>
    public bool? Flag(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Wrong(key, "true or false"),
    };

    /// <summary>Refuses a flag that is set.</summary>
    public void RefuseTrue(string key)
    {
        if (Flag(key) == true)
            throw Wrong(key, "false, because Nestor does not compute what it adds to this kind of model,");
    }

    /// <summary>A text.</summary>
    public string? Text(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        _ => throw Wrong(key, "a text"),
    };

    /// <summary>A text that must be given.</summary>
    public string RequiredText(string key) => Text(key) ?? throw Missing(key);

    /// <summary>An object of at most <paramref name="most"/> texts.</summary>
    public IReadOnlyDictionary<string, string>? Texts(string key, int most)
    {
        if (Find(key) is not { } given)
            return null;
        if (given.ValueKind != JsonValueKind.Object || given.GetPropertyCount() > most)
            throw Wrong(key, $"an object of at most {most} texts");
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in given.EnumerateObject())
            texts.Add(property.Name, property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : throw Wrong(key, "an object of texts"));
        return texts;
    }

    /// <summary>Whether the key is a number.</summary>
    public bool IsNumber(string key) => Find(key) is { ValueKind: JsonValueKind.Number };

    /// <summary>An object.</summary>
    public ConfigFields? Section(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new ConfigFields(path, value, $"{prefix}{key}."),
        _ => throw Wrong(key, "an object"),
    };

    /// <summary>A list of at most <paramref name="most"/> objects; empty where the key is missing.</summary>
    public IReadOnlyList<ConfigFields> Sections(string key, int most)
    {
        if (Find(key) is not { } list)
            return [];
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > most || list.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.Object))
            throw Wrong(key, $"a list of at most {most} objects");
        var (file, at) = (path, prefix);
        return [.. list.EnumerateArray().Select((item, i) => new ConfigFields(file, item, string.Create(CultureInfo.InvariantCulture, $"{at}{key}[{i}].")))];
    }

    /// <summary>The error for a value of a key that is given.</summary>
    public NestorException Wrong(string key, string wanted) =>
        new($"The key {prefix}{key} in '{path}' is {Quoted.OneLine(Find(key)?.GetRawText() ?? "missing")}; {wanted} was wanted.");

    private int SizeOf(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var size) && size > 0
            ? size
            : throw Wrong(key, $"a whole number from 1 to {int.MaxValue}");

    private JsonElement Required(string key) => Find(key) ?? throw Missing(key);

    private NestorException Missing(string key) => new($"The key {prefix}{key} is missing in '{path}'; add it or choose a complete model folder.");

    private JsonElement? Find(string key) =>
        element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
