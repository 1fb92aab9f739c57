using System.Collections.Immutable;
using CsCheck;
using Nestor.Formats;

namespace Nestor.Tests.Formats;

public sealed class TensorStoreTests
{
    private static readonly Gen<(string Name, TensorType Type, long[] Shape)> Tensor = Gen.Select(
        Gen.String[Gen.Char["aβ.\"\\/\n\u2028'weight0123"], 0, 20], Gen.Enum<TensorType>(), Gen.Long[0, 5].Array[0, 4]);

    [Fact]
    public void Reading_what_we_wrote_is_identity() =>
        Gen.Select(Tensor.Array[0, 8], Gen.Dictionary(Gen.String, Gen.String)[0, 3], Gen.Int).Sample((tensors, metadata, seed) =>
        {
            using var folder = new TemporaryFolder();
            var path = folder.File("model.safetensors");
            var random = new Random(seed);
            var sources = tensors.DistinctBy(t => t.Name).Select(t => (t.Name, t.Type, t.Shape, Bytes: RandomBytes(random, t.Type, t.Shape))).ToList();
            SafetensorsWriter.Write(path, [.. sources.Select(t => new TensorSource(t.Name, t.Type, [.. t.Shape], stream => stream.Write(t.Bytes)))], metadata);

            using var store = TensorStore.Open(path);
            Assert.Equal(sources.Select(t => t.Name).Order(StringComparer.Ordinal), store.Names.Order(StringComparer.Ordinal));
            foreach (var (key, value) in metadata)
                Assert.Equal(value, store.Metadata[key]);
            foreach (var (name, type, shape, bytes) in sources)
            {
                var view = store.Get(name, shape);
                Assert.Equal((name, type, (long)bytes.Length), (view.Name, view.Type, view.ByteCount));
                Assert.Equal(bytes, view.Bytes);
            }
        }, iter: 200);

    [Fact]
    public unsafe void Every_tensor_we_write_is_aligned_to_its_elements()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("model.safetensors");
        SafetensorsWriter.Write(path, [.. Enum.GetValues<TensorType>().Reverse().Select(type => new TensorSource(type.ToString(), type, [3], s => s.Write(new byte[3 * type.Size])))]);
        using var store = TensorStore.Open(path);
        foreach (var name in store.Names)
            Assert.Equal(0, (nint)store.Get(name).Pointer % store.Get(name).Type.Size);
    }

    [Theory]
    [InlineData(TensorType.BF16)]
    [InlineData(TensorType.F16)]
    public void Every_16_bit_float_converts_exactly(TensorType type)
    {
        var bits = Enumerable.Range(0, 1 << 16).Select(i => (ushort)i).ToArray();
        using var folder = new TemporaryFolder();
        using var store = Store(folder, type, [bits.Length], System.Runtime.InteropServices.MemoryMarshal.AsBytes(bits.AsSpan()).ToArray());
        var values = new float[bits.Length];
        store.Get("t").CopyTo(values);
        for (var i = 0; i < bits.Length; i++)
        {
            var expected = type == TensorType.F16 ? (float)BitConverter.UInt16BitsToHalf(bits[i]) : BitConverter.UInt32BitsToSingle((uint)bits[i] << 16);
            Assert.Equal(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(values[i]));
        }
    }

    [Fact]
    public void Brain_floats_of_any_length_convert_to_their_end() =>
        Gen.UShort.Array[0, 70].Sample(bits =>
        {
            using var folder = new TemporaryFolder();
            using var store = Store(folder, TensorType.BF16, [bits.Length], System.Runtime.InteropServices.MemoryMarshal.AsBytes(bits.AsSpan()).ToArray());
            var values = new float[bits.Length + 1];
            values[^1] = 7;
            store.Get("t").CopyTo(values);
            Assert.Equal(bits.Select(b => (uint)b << 16), values[..^1].Select(BitConverter.SingleToUInt32Bits));
            Assert.Equal(7, values[^1]);
        }, iter: 50);

    [Fact]
    public void Doubles_round_to_the_nearest_float()
    {
        var doubles = new[] { Math.PI, 1e300, -1e-300, double.NaN };
        using var folder = new TemporaryFolder();
        using var store = Store(folder, TensorType.F64, [2, 2], System.Runtime.InteropServices.MemoryMarshal.AsBytes(doubles.AsSpan()).ToArray());
        var values = new float[4];
        store.Get("t").CopyTo(values);
        Assert.Equal([MathF.PI, float.PositiveInfinity, -0f, float.NaN], values);
    }

    [Fact]
    public void Integers_are_not_taken_for_floats()
    {
        using var folder = new TemporaryFolder();
        using var store = Store(folder, TensorType.I32, [1], new byte[4]);
        Errors.AreOneLineWith(() => store.Get("t").CopyTo(new float[1]), store.Path, "'t'", "I32", "F32");
    }

    [Fact]
    public void A_destination_that_is_too_short_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var store = Store(folder, TensorType.F32, [2], new byte[8]);
        Assert.Throws<ArgumentException>(() => store.Get("t").CopyTo(new float[1]));
    }

    [Fact]
    public void Rows_are_the_bytes_of_the_rows()
    {
        using var folder = new TemporaryFolder();
        using var store = Store(folder, TensorType.I16, [4, 3], [.. Enumerable.Range(0, 24).Select(i => (byte)i)]);
        var rows = store.Get("t").Rows(1, 2);
        Assert.Equal([2, 3], rows.Shape);
        Assert.Equal(Enumerable.Range(6, 12).Select(i => (byte)i), rows.Bytes.ToArray());
        Assert.Equal(0, store.Get("t").Rows(4, 0).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Get("t").Rows(3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Get("t").Rows(-1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Get("t").Rows(1, long.MaxValue));
    }

    [Fact]
    public void A_missing_tensor_is_named_with_its_file()
    {
        using var folder = new TemporaryFolder();
        using var store = Store(folder, TensorType.I8, [1], [1]);
        Errors.AreOneLineWith(() => store.Get("model.norm.weight"), store.Path, "'model.norm.weight'");
    }

    [Fact]
    public void Another_shape_is_named_with_the_wanted_one()
    {
        using var folder = new TemporaryFolder();
        using var store = Store(folder, TensorType.I8, [2, 3], new byte[6]);
        Errors.AreOneLineWith(() => store.Get("t", 3, 2), store.Path, "'t'", "[2, 3]", "[3, 2]");
        Errors.AreOneLineWith(() => store.Get("t", 6), "[6]");
    }

    [Fact]
    public unsafe void After_dispose_everything_that_reads_throws()
    {
        using var folder = new TemporaryFolder();
        var store = Store(folder, TensorType.F32, [2], new byte[8]);
        var view = store.Get("t");
        store.Dispose();
        store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => store.Get("t"));
        Assert.Throws<ObjectDisposedException>(() => view.CopyTo(new float[2]));
        Assert.Throws<ObjectDisposedException>(() => view.Bytes.Length);
        Assert.Throws<ObjectDisposedException>(() => (nint)view.Pointer);
        Assert.Throws<ObjectDisposedException>(() => view.Rows(0, 1).Bytes.Length);
        Assert.Throws<ObjectDisposedException>(() => TensorSource.Of(view).Write(Stream.Null));
    }

    [Fact]
    public void A_file_over_2_GB_reads_to_its_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The file is sparse, which Windows does not make by itself.");
        const long gap = 3L << 30;
        using var folder = new TemporaryFolder();
        var path = folder.File("large.safetensors");
        var header = "{\"gap\":{\"dtype\":\"U8\",\"shape\":[3,1073741824],\"data_offsets\":[0,3221225472]},\"end\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[3221225472,3221225480]}}"u8;
        using (var file = File.Create(path))
        {
            file.Write(BitConverter.GetBytes((long)header.Length));
            file.Write(header);
            file.Position += gap;
            file.Write(BitConverter.GetBytes(1.5f));
            file.Write(BitConverter.GetBytes(-2.5f));
        }

        using var store = TensorStore.Open(path);
        var values = new float[2];
        store.Get("end").CopyTo(values);
        Assert.Equal([1.5f, -2.5f], values);
        Assert.Equal(gap, store.Get("gap").ByteCount);
        Assert.Equal(0, store.Get("gap").Rows(2, 1).Bytes[^1]);
        Errors.AreOneLineWith(() => _ = store.Get("gap").Bytes.Length, path, "'gap'", "rows");
    }

    [Fact]
    public void Writing_the_same_name_twice_or_another_number_of_bytes_is_a_programming_error()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("model.safetensors");
        var one = TensorSource.Of("t", new float[2], 2);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [one, one]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [one with { Name = "__metadata__" }]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [one with { Shape = [-1] }]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [one with { Shape = [long.MaxValue, 2] }]));
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(path, [one with { Shape = [3] }]));
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(path, [one with { Shape = [1] }]));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private static byte[] RandomBytes(Random random, TensorType type, long[] shape)
    {
        var bytes = new byte[shape.Aggregate((long)type.Size, (a, b) => a * b)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static TensorStore Store(TemporaryFolder folder, TensorType type, ImmutableArray<long> shape, byte[] bytes)
    {
        var path = folder.File("model.safetensors");
        SafetensorsWriter.Write(path, [new TensorSource("t", type, shape, stream => stream.Write(bytes))]);
        return TensorStore.Open(path);
    }
}
