using System.Runtime.InteropServices;
using Nestor.Formats;
using TorchSharp;
using static TorchSharp.torch;

namespace Nestor.Training;

/// <summary>The memory of contiguous CPU tensors as spans, without copying.</summary>
internal static class TensorMemory
{
    /// <summary>All elements of a float32 tensor in row-major order; valid while the tensor lives.</summary>
    public static Span<float> Floats(Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float32 || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
            throw new ArgumentException($"A contiguous float32 tensor on the CPU is wanted; {tensor.dtype} on {tensor.device_type} was given.", nameof(tensor));
        return MemoryMarshal.Cast<byte, float>(tensor.bytes);
    }

    /// <summary>All elements of a float64 tensor in row-major order; valid while the tensor lives.</summary>
    public static Span<double> Doubles(Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float64 || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
            throw new ArgumentException($"A contiguous float64 tensor on the CPU is wanted; {tensor.dtype} on {tensor.device_type} was given.", nameof(tensor));
        return MemoryMarshal.Cast<byte, double>(tensor.bytes);
    }

    /// <summary>A float32 tensor, on any device, as something to write to a safetensors file.</summary>
    /// <param name="name">The name in the file.</param>
    /// <param name="tensor">The values.</param>
    /// <param name="type">Type in the file: F32, or F16 or BF16, to whose nearest values they are rounded.</param>
    public static TensorSource Source(string name, Tensor tensor, TensorType type = TensorType.F32) => new(name, type, [.. tensor.shape], stream =>
    {
        using var scope = NewDisposeScope();
        var stored = tensor.detach().cpu().contiguous();
        if (type == TensorType.F32)
            stream.Write(MemoryMarshal.AsBytes(Floats(stored)));
        else
            stream.Write(stored.to(type == TensorType.BF16 ? ScalarType.BFloat16 : type == TensorType.F16 ? ScalarType.Float16 : throw new ArgumentException($"Weights cannot be written as {type}.", nameof(type))).bytes);
    });
}
