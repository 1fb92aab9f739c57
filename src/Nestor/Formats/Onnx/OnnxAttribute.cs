namespace Nestor.Formats.Onnx;

/// <summary>Attributes of ONNX nodes (<c>AttributeProto</c>).</summary>
internal static class OnnxAttribute
{
    private const int Name = 1, Float = 2, Int = 3, Ints = 8, Type = 20;
    private const int FloatType = 1, IntType = 2, IntsType = 7;

    /// <summary>A float.</summary>
    public static ProtoMessage Of(string name, float value) => new ProtoMessage().Add(Name, name).Add(Float, value).Add(Type, FloatType);

    /// <summary>A whole number.</summary>
    public static ProtoMessage Of(string name, long value) => new ProtoMessage().Add(Name, name).Add(Int, value).Add(Type, IntType);

    /// <summary>A list of whole numbers.</summary>
    public static ProtoMessage Of(string name, params ReadOnlySpan<long> values)
    {
        var attribute = new ProtoMessage().Add(Name, name);
        foreach (var value in values)
            attribute.Add(Ints, value);
        return attribute.Add(Type, IntsType);
    }
}
