using CsCheck;
using Nestor.Retrieval;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Retrieval;

public sealed class IndexWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_added_in_parts_is_what_is_added_at_once() => Gen.Int[1, 40].Array[1, 4].Sample(parts =>
    {
        using var place = new TemporaryFolder();
        var vectors = TestIndex.Vectors(parts.Sum(), 19);
        TestIndex.Add(place.File("once"), vectors);
        var done = 0;
        foreach (var part in parts)
        {
            TestIndex.Add(place.File("parts"), vectors[done..(done + part)]);
            done += part;
        }

        Assert.Equal(TestIndex.Content(place.File("once")), TestIndex.Content(place.File("parts")));
        foreach (var file in Directory.GetFiles(place.File("once")))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(place.File("parts"), Path.GetFileName(file))));
    }, iter: 10);

    [Fact]
    public void Nothing_counts_before_its_commit_and_what_is_open_stays_as_it_is()
    {
        TestIndex.Add(folder.Path, TestIndex.Vectors(5, 8));
        var before = TestIndex.Content(folder.Path);
        using var open = VectorIndex.Open(folder.Path);
        using (var writer = IndexWriter.Open(folder.Path, TestIndex.Space(8)))
        {
            foreach (var vector in TestIndex.Vectors(3000, 8, seed: 2))
                writer.Add($"new {writer.Count}", vector);
            Assert.Equal(3005, writer.Count);
            Assert.Equal(before, TestIndex.Content(folder.Path));
        }

        Assert.Equal(before, TestIndex.Content(folder.Path));
        TestIndex.Add(folder.Path, TestIndex.Vectors(7, 8, seed: 3));
        Assert.Equal(12, TestIndex.Content(folder.Path).Length);
        Assert.Equal(before, TestIndex.Content(folder.Path)[..5]);
        Assert.Equal(5, open.Search(new float[] { 1, 0, 0, 0, 0, 0, 0, 0 }, new SearchOptions { Count = 100 }).Count);
    }

    [Fact]
    public void Any_name_is_kept()
    {
        string[] names = ["", "a/b.jpg", "Grüße\n", "数据", new string('x', IndexNames.Longest)];
        using (var writer = IndexWriter.Create(folder.Path, TestIndex.Space(1), Similarity.InnerProduct))
        {
            foreach (var name in names)
                writer.Add(name, [1]);
            Assert.All(names, name => Assert.True(writer.Contains(name)));
            writer.Commit();
        }

        Assert.Equal(names, TestIndex.Names(folder.Path));
        using var again = IndexWriter.Open(folder.Path, TestIndex.Space(1));
        Assert.All(names, name => Assert.True(again.Contains(name)));
    }

    [Fact]
    public void What_cannot_be_added_is_told_and_changes_nothing()
    {
        using (var writer = IndexWriter.Create(folder.Path, TestIndex.Space(2)))
        {
            writer.Add("good", [1, 2]);
            Errors.AreOneLineWith(() => writer.Add("good", [3, 4]), "'good' already");
            Errors.AreOneLineWith(() => writer.Add("long", [1, 2, 3]), "'long'", "3 dimensions", "have 2");
            Errors.AreOneLineWith(() => writer.Add("nan", [1, float.NaN]), "'nan'", "too large or none");
            Errors.AreOneLineWith(() => writer.Add("huge", [1e30f, 1]), "'huge'", "too large");
            Errors.AreOneLineWith(() => writer.Add("zero", [0, 0]), "'zero'", "no direction");
            Errors.AreOneLineWith(() => writer.Add(new string('x', IndexNames.Longest + 1), [1, 2]), "65537 bytes");
            writer.Commit();
        }

        Assert.Equal(["good"], TestIndex.Names(folder.Path));
    }

    [Fact]
    public void An_index_is_not_made_over_another_nor_by_two_at_once()
    {
        TestIndex.Add(folder.Path, TestIndex.Vectors(1, 2));
        Errors.AreOneLineWith(() => IndexWriter.Create(folder.Path, TestIndex.Space(2)), folder.Path, "already", "index add");
        using (IndexWriter.Open(folder.Path, TestIndex.Space(2)))
            Errors.AreOneLineWith(() => IndexWriter.Open(folder.Path, TestIndex.Space(2)), "Another program");
        TestIndex.Add(folder.Path, TestIndex.Vectors(1, 2));
        Errors.AreOneLineWith(() => IndexWriter.Create(folder.File("wide"), TestIndex.Space(1 << 21)), "2097152 dimensions");
        Errors.AreOneLineWith(() => IndexWriter.Open(folder.File("none"), TestIndex.Space(2)), "no index", "index build");
    }
}
