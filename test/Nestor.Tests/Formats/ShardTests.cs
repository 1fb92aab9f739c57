using Nestor.Formats;

namespace Nestor.Tests.Formats;

public sealed class ShardTests
{
    [Fact]
    public void Shards_read_as_one_store()
    {
        using var folder = new TemporaryFolder();
        WriteShards(folder);
        WriteIndex(folder, """{"metadata":{"total_size":12},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}""");
        foreach (var path in (string[])[folder.Path, folder.File("model.safetensors.index.json")])
        {
            using var store = TensorStore.Open(path);
            Assert.Equal(["a", "b"], store.Names);
            var value = new float[1];
            store.Get("b", 1).CopyTo(value);
            Assert.Equal(2, value[0]);
        }
    }

    [Fact]
    public void The_index_decides_which_tensors_a_model_has()
    {
        using var folder = new TemporaryFolder();
        WriteShards(folder);
        WriteIndex(folder, """{"weight_map":{"b":"2.safetensors"}}""");
        using var store = TensorStore.Open(folder.Path);
        Assert.Equal(["b"], store.Names);
    }

    [Fact]
    public void A_single_file_wins_over_an_index()
    {
        using var folder = new TemporaryFolder();
        WriteIndex(folder, "not even JSON");
        SafetensorsWriter.Write(folder.File("model.safetensors"), [TensorSource.Of("single", new float[1], 1)]);
        using var store = TensorStore.Open(folder.Path);
        Assert.Equal(["single"], store.Names);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"3.safetensors"}}""", "'3.safetensors'", "missing")]
    [InlineData("""{"weight_map":{"c":"1.safetensors"}}""", "'c'", "1.safetensors", "does not hold it")]
    [InlineData("""{"weight_map":{"a":"../1.safetensors"}}""", "'a'", "same folder")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "'a'", "same folder")]
    [InlineData("""{"weight_map":{"a":"x\\..\\1.safetensors"}}""", "'a'", "same folder")]
    [InlineData("""{"weight_map":{"a":"C:1.safetensors"}}""", "'a'", "same folder")]
    [InlineData("""{"weight_map":{"a":".."}}""", "'a'", "same folder")]
    [InlineData("""{"weight_map":{"a":"1.safetensors\u0000"}}""", "'a'", "same folder")]
    [InlineData("""{"weight_map":{"a":""}}""", "'a'", "same folder")]
    [InlineData("""{"weight_map":{"a":1}}""", "'a'", "same folder")]
    [InlineData("""{"weight_map":{"a":"1.safetensors","a":"2.safetensors"}}""", "uplicate")]
    [InlineData("""{"weight_map":{"\ud800":"1.safetensors"}}""", "not valid JSON")]
    [InlineData("""{"weight_map":{}}""", "no tensor")]
    [InlineData("""{"weight_map":[]}""", "weight_map")]
    [InlineData("""{}""", "weight_map")]
    [InlineData("""[]""", "an object was wanted")]
    [InlineData("""{"weight_map":""", "not valid JSON")]
    [InlineData("", "not valid JSON")]
    public void A_damaged_index_is_refused_with_the_reason(string index, params string[] reasons)
    {
        using var folder = new TemporaryFolder();
        WriteShards(folder);
        WriteIndex(folder, index);
        Errors.AreOneLineWith(() => TensorStore.Open(folder.Path), ["model.safetensors.index.json", .. reasons]);
    }

    [Fact]
    public void A_damaged_shard_is_named()
    {
        using var folder = new TemporaryFolder();
        WriteShards(folder);
        WriteIndex(folder, """{"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}""");
        File.WriteAllBytes(folder.File("2.safetensors"), File.ReadAllBytes(folder.File("2.safetensors"))[..^1]);
        Errors.AreOneLineWith(() => TensorStore.Open(folder.Path), folder.File("2.safetensors"), "'b'", "cut short");
    }

    private static void WriteShards(TemporaryFolder folder)
    {
        SafetensorsWriter.Write(folder.File("1.safetensors"), [TensorSource.Of("a", new float[] { 1, 1 }, 2)]);
        SafetensorsWriter.Write(folder.File("2.safetensors"), [TensorSource.Of("b", new float[] { 2 }, 1)]);
    }

    private static void WriteIndex(TemporaryFolder folder, string index) => File.WriteAllText(folder.File("model.safetensors.index.json"), index);
}
