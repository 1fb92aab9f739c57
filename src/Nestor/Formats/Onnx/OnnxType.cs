namespace Nestor.Formats.Onnx;

/// <summary>The type of an ONNX tensor's elements, by its number in a file (<c>TensorProto.DataType</c>).</summary>
internal enum OnnxType
{
    Float = 1,
    Int64 = 7,
    Bool = 9,
}
