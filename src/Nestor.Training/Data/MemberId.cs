namespace Nestor.Training.Data;

/// <summary>
/// A documentation id, such as <c>M:System.Collections.Generic.List`1.Add(`0)</c>: a kind (<c>T</c>ype, <c>M</c>ethod, <c>P</c>roperty,
/// <c>F</c>ield, <c>E</c>vent), the full name of its type and its own short name.
/// </summary>
internal readonly record struct MemberId(char Kind, string Type, string Name)
{
    /// <summary>Types of one instruction set: their documentation lists C intrinsics and assembly, megabytes of it.</summary>
    public bool IsInstructionListing =>
        Type.StartsWith("System.Runtime.Intrinsics.X86.", StringComparison.Ordinal)
        || Type.StartsWith("System.Runtime.Intrinsics.Arm.", StringComparison.Ordinal)
        || Type.StartsWith("System.Runtime.Intrinsics.Wasm.", StringComparison.Ordinal);

    /// <summary>Whether the member is a constructor.</summary>
    public bool IsConstructor => Name is "#ctor" or "#cctor";

    /// <summary>The short name of the type, without arity: <c>List</c>.</summary>
    public string TypeName => Short(Type);

    public static MemberId? Parse(string? id)
    {
        if (id is null || id.Length < 3 || id[1] != ':' || !"TMPFE".Contains(id[0], StringComparison.Ordinal))
            return null;
        var name = WithoutArguments(id);
        if (id[0] == 'T')
            return new MemberId('T', name, Short(name));
        var dot = name.LastIndexOf('.');
        return dot <= 0 ? null : new MemberId(id[0], name[..dot], Short(name));
    }

    /// <summary>An id as prose names it: <c>List.Add</c>, or <c>List</c> for a type or a constructor.</summary>
    public static string Prose(string id) =>
        Parse(id) is { } member
            ? member.Kind == 'T' || member.IsConstructor ? member.TypeName : $"{member.TypeName}.{member.Name}"
            : id.Length > 2 && id[1] == ':' ? WithoutArguments(id) : id;

    private static string WithoutArguments(string id)
    {
        var end = id.AsSpan().IndexOfAny("({~");
        return end < 0 ? id[2..] : id[2..Math.Max(2, end)];
    }

    /// <summary>The last part of a dotted name; an operator is <c>op_Addition</c>, an explicit implementation <c>System#IDisposable#Dispose</c>.</summary>
    private static string Short(string name)
    {
        var start = name.LastIndexOf('.') + 1;
        var last = name[start..];
        if (last is "#ctor" or "#cctor")
            return last;
        last = last[(last.LastIndexOf('#') + 1)..];
        var arity = last.IndexOf('`', StringComparison.Ordinal);
        if (arity >= 0)
            last = last[..arity];
        return last.StartsWith("op_", StringComparison.Ordinal) ? last[3..] : last;
    }
}
