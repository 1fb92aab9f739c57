namespace Nestor.Formats.Onnx;

/// <summary>A size of an ONNX tensor: a number, or the name of one that is known when the model runs (<c>dim_param</c>).</summary>
internal readonly record struct OnnxSize(long Value, string? Name)
{
    public static implicit operator OnnxSize(int value) => new(value, Name: null);

    public static implicit operator OnnxSize(string name) => new(0, name);
}
