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
    public static TensorSource Source(string name, Tensor tensor) => new(name, TensorType.F32, [.. tensor.shape], stream =>
    {
        using var scope = NewDisposeScope();
        stream.Write(MemoryMarshal.AsBytes(Floats(tensor.detach().cpu().contiguous())));
    });
}
