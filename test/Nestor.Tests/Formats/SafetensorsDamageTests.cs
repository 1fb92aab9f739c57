using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Nestor.Formats;

namespace Nestor.Tests.Formats;

/// <summary>Files from outside: each is a valid store or one clear error.</summary>
public sealed class SafetensorsDamageTests
{
    private const string One = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}      """, 8)]
    [InlineData("""{}""", 0)]
    [InlineData("""{"__metadata__":{}}""", 0)]
    [InlineData("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}}""", 0)]
    [InlineData("""{"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]},"e":{"dtype":"U8","shape":[0],"data_offsets":[3,3]},"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", 4)]
    [InlineData("""{"a":{"data_offsets":[0,1],"shape":[1],"dtype":"BOOL"},"__metadata__":{"format":"pt"}}""", 1)]
    public void Valid_files_open(string header, int bytes)
    {
        using var folder = new TemporaryFolder();
        using var store = TensorStore.Open(Write(folder, header, bytes));
        foreach (var name in store.Names)
            Assert.Equal(store.Get(name).ByteCount, store.Get(name).Bytes.Length);
    }

    [Theory]
    [InlineData(One, 7, "'a'", "cut short", "7")]
    [InlineData(One, 9, "end at byte 8", "9")]
    [InlineData("", 0, "does not start with '{'")]
    [InlineData(" {}", 0, "does not start with '{'")]
    [InlineData("[]", 0, "does not start with '{'")]
    [InlineData("{", 0, "not valid JSON")]
    [InlineData("{}{}", 0, "not valid JSON")]
    [InlineData("{\"\\ud800\":{}}", 0, "not valid JSON")]
    [InlineData("{\"__metadata__\":{\"x\":\"\\udc00\"}}", 0, "not valid JSON")]
    [InlineData("""{"a":1}""", 0, "'a'", "an object was wanted")]
    [InlineData("""{"a\n\u0007":1}""", 0, "an object was wanted")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "'a'", "no dtype")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,8]}}""", 8, "'a'", "no shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "'a'", "no data_offsets")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", 8, "'a'", "F8_E4M3", "BF16")]
    [InlineData("""{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}""", 8, "'a'", "f32")]
    [InlineData("""{"a":{"dtype":3,"shape":[2],"data_offsets":[0,8]}}""", 8, "'a'", "dtype 3")]
    [InlineData("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, "'a'", "shape 2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "'a'", "shape [-2]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}""", 8, "'a'", "shape [2.0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", 8, "'a'", "shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}""", 8, "'a'", "at most 16")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,8]}}""", 8, "'a'", "no file can hold")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}""", 4, "'a'", "no file can hold")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}""", 0, "'a'", "no file can hold")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", 8, "'a'", "shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "'a'", "8 bytes", "needs 12")]
    [InlineData("""{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}""", 8, "'a'", "8 bytes", "needs 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "'a'", "[8,0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "'a'", "[-8,0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "'a'", "[0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", 8, "'a'", "[0,8,8]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[9223372036854775799,9223372036854775807]}}""", 8, "'a'", "cut short")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'a'", "begins at byte 4", "away from")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[3],"data_offsets":[2,5]}}""", 5, "'b'", "inside")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}}""", 7, "'b'", "away from")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", 3, "inside")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "not valid JSON", "uplicate")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}""", 1, "not valid JSON", "uplicate")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "not valid JSON", "uplicate")]
    [InlineData("""{"__metadata__":[]}""", 0, "__metadata__")]
    [InlineData("""{"__metadata__":{"x":1}}""", 0, "__metadata__", "'x'")]
    public void Damaged_files_are_refused_with_the_reason(string header, int bytes, params string[] reasons)
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, header, bytes);
        Errors.AreOneLineWith(() => TensorStore.Open(path), [path, .. reasons]);
    }

    [Theory]
    [InlineData(0UL, "does not start")]
    [InlineData(55UL, "only 54 follow")]
    [InlineData(100_000_001UL, "format allows")]
    [InlineData(ulong.MaxValue, "format allows")]
    [InlineData((ulong)long.MaxValue + 9, "format allows")]
    public void Absurd_header_lengths_are_refused(ulong length, string reason)
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, One, 0, length);
        Errors.AreOneLineWith(() => TensorStore.Open(path), path, reason);
    }

    [Fact]
    public void A_claimed_size_costs_no_memory()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, """{"a":{"dtype":"U8","shape":[1000000000000],"data_offsets":[0,1000000000000]}}""", 1, length: null);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<NestorException>(() => TensorStore.Open(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_header_that_is_not_UTF_8_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, Encoding.Latin1.GetBytes("{\"\u00e9\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}"), 1);
        Errors.AreOneLineWith(() => TensorStore.Open(path), path, "not UTF-8");
    }

    [Fact]
    public void Files_that_are_not_there_or_no_files_are_refused()
    {
        using var folder = new TemporaryFolder();
        Errors.AreOneLineWith(() => TensorStore.Open(folder.File("none.safetensors")), "There is no file", "none.safetensors");
        Errors.AreOneLineWith(() => TensorStore.Open(folder.File("none/none.safetensors")), "There is no file");
        Errors.AreOneLineWith(() => TensorStore.Open(""), "cannot name a file");
        Errors.AreOneLineWith(() => TensorStore.Open(folder.Path), "model.safetensors.index.json");
        File.WriteAllBytes(folder.File("empty.safetensors"), []);
        Errors.AreOneLineWith(() => TensorStore.Open(folder.File("empty.safetensors")), "0 bytes");
        File.WriteAllBytes(folder.File("short.safetensors"), new byte[7]);
        Errors.AreOneLineWith(() => TensorStore.Open(folder.File("short.safetensors")), "7 bytes");
        Directory.CreateDirectory(folder.File("model.safetensors"));
        Errors.AreOneLineWith(() => TensorStore.Open(folder.Path), "neither");
        Assert.SkipUnless(File.Exists("/dev/zero"), "This system has no /dev/zero.");
        Errors.AreOneLineWith(() => TensorStore.Open("/dev/zero"), "/dev/zero");
    }

    [Fact]
    public void Changed_bytes_and_cuts_give_a_valid_store_or_an_error()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("valid.safetensors");
        SafetensorsWriter.Write(path, [TensorSource.Of("a", new float[6], 2, 3), TensorSource.Of("b", new float[1]), new TensorSource("c", TensorType.BF16, [0, 4], _ => { })]);
        var valid = File.ReadAllBytes(path);
        var headerEnd = 8 + BinaryPrimitives.ReadInt32LittleEndian(valid);

        // Half of the changes are to characters that JSON means something by, so that many files pass the parser.
        var value = Gen.OneOf(Gen.Byte, Gen.Char["{}[]:,\"0123456789-eE.\\u FBIU"].Select(c => (byte)c));
        Gen.Select(Gen.Select(Gen.Int[0, headerEnd - 1], value).Array[0, 3], Gen.Frequency((3, Gen.Const(valid.Length)), (1, Gen.Int[0, valid.Length]))).Sample((changes, length) =>
        {
            var bytes = valid[..length];
            foreach (var (at, to) in changes.Where(change => change.Item1 < length))
                bytes[at] = to;
            var changed = folder.File(Guid.NewGuid() + ".safetensors");
            File.WriteAllBytes(changed, bytes);
            try
            {
                ReadEverything(changed, bytes.Length);
            }
            catch (NestorException error)
            {
                Assert.Contains(changed, error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain(error.Message, char.IsControl);
            }

            File.Delete(changed);
        }, iter: 3000);
    }

    private static void ReadEverything(string path, long length)
    {
        using var store = TensorStore.Open(path);
        var values = new float[length];
        long total = 0;
        foreach (var name in store.Names)
        {
            var view = store.Get(name);
            Assert.Equal(view.Count, view.Shape.Aggregate(1L, (a, b) => a * b));
            total += view.Bytes.ToArray().Length;
            if (view.Type.IsFloating)
                view.CopyTo(values);
        }

        Assert.InRange(total, 0, length - 8);
    }

    private static string Write(TemporaryFolder folder, string header, int bytes, ulong? length = null) =>
        Write(folder, Encoding.UTF8.GetBytes(header), bytes, length);

    private static string Write(TemporaryFolder folder, byte[] header, int bytes, ulong? length = null)
    {
        var path = folder.File("file.safetensors");
        File.WriteAllBytes(path, [.. BitConverter.GetBytes(length ?? (ulong)header.Length), .. header, .. new byte[bytes]]);
        return path;
    }
}
