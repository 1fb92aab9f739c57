namespace Nestor.Formats;

/// <summary>The type of a value in a GGUF file's metadata, by its number in the file.</summary>
internal enum GgufValueType : uint
{
    UInt8,
    Int8,
    UInt16,
    Int16,
    UInt32,
    Int32,
    Float32,
    Bool,
    Text,
    Array,
    UInt64,
    Int64,
    Float64,
}
