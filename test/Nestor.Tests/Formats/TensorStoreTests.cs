using Nestor.Formats;

namespace Nestor.Tests.Formats;

public sealed class TensorStoreTests
{
    [Fact]
    public void Reading_what_we_wrote_is_identity()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("model.safetensors");
        SafetensorsWriter.Write(path, [TensorSource.Of("a", new float[] { 1, 2, 3, 4, 5, 6 }, 2, 3), TensorSource.Of("scalar", new float[] { 7 })]);
        using var store = TensorStore.Open(path);
        var values = new float[6];
        store.Get("a", 2, 3).CopyTo(values);
        Assert.Equal([1, 2, 3, 4, 5, 6], values);
        Assert.Equal("pt", store.Metadata["format"]);
        store.Get("a").Rows(1, 1).CopyTo(values);
        Assert.Equal([4, 5, 6], values[..3]);
    }
}
