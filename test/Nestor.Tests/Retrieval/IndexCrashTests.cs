using Nestor.Retrieval;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Retrieval;

/// <summary>
/// An addition writes vectors and names behind the committed end, in some order, and last replaces index.json by a rename. So the states a crash
/// can leave are: the old index.json, and any length of the other two files from the committed one on.
/// </summary>
public sealed class IndexCrashTests : IDisposable
{
    private const int Dimensions = 5, Before = 3, Added = 2;

    private readonly TemporaryFolder folder = new();
    private readonly string old, whole;

    public IndexCrashTests()
    {
        (old, whole) = (folder.File("old"), folder.File("whole"));
        TestIndex.Add(old, TestIndex.Vectors(Before, Dimensions));
        Copy(old, whole);
        TestIndex.Add(whole, TestIndex.Vectors(Added, Dimensions, seed: 2));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_crash_at_any_byte_leaves_the_index_as_before_and_it_can_be_added_to()
    {
        var (before, after) = (TestIndex.Content(old), TestIndex.Content(whole));
        var (vectors, names) = (File.ReadAllBytes(Path.Combine(whole, IndexFolder.Vectors)), File.ReadAllBytes(Path.Combine(whole, IndexFolder.Names)));
        var (committed, committedNames) = ((int)Length(old, IndexFolder.Vectors), (int)Length(old, IndexFolder.Names));
        var crashed = folder.File("crashed");
        Copy(old, crashed);
        foreach (var (vectorEnd, nameEnd) in Enumerable.Range(committed, vectors.Length - committed + 1).Select(end => (end, committedNames))
            .Concat(Enumerable.Range(committedNames, names.Length - committedNames + 1).SelectMany(end => new[] { (committed, end), (vectors.Length, end) })))
        {
            File.WriteAllBytes(Path.Combine(crashed, IndexFolder.Vectors), vectors[..vectorEnd]);
            File.WriteAllBytes(Path.Combine(crashed, IndexFolder.Names), names[..nameEnd]);
            Assert.Equal(before, TestIndex.Content(crashed));
        }

        TestIndex.Add(crashed, TestIndex.Vectors(Added, Dimensions, seed: 2));
        Assert.Equal(after, TestIndex.Content(crashed));
    }

    [Fact]
    public void What_an_interrupted_addition_left_behind_is_overwritten()
    {
        var after = TestIndex.Content(whole);
        foreach (var name in new[] { IndexFolder.Vectors, IndexFolder.Names })
            File.WriteAllBytes(Path.Combine(old, name), [.. File.ReadAllBytes(Path.Combine(old, name)), .. Enumerable.Repeat((byte)0xA5, 5000)]);
        Assert.Equal(Before, TestIndex.Content(old).Length);
        TestIndex.Add(old, TestIndex.Vectors(Added, Dimensions, seed: 2));
        Assert.Equal(after, TestIndex.Content(old));
    }

    [Fact]
    public void An_index_that_was_begun_and_never_committed_is_empty()
    {
        using (var writer = IndexWriter.Create(folder.File("begun"), TestIndex.Space(Dimensions)))
            writer.Add("lost", TestIndex.Vectors(1, Dimensions)[0]);
        Assert.Empty(TestIndex.Content(folder.File("begun")));
        File.Delete(Path.Combine(folder.File("begun"), IndexFolder.Names));
        File.Delete(Path.Combine(folder.File("begun"), IndexFolder.Vectors));
        Assert.Empty(TestIndex.Content(folder.File("begun")));
        TestIndex.Add(folder.File("begun"), TestIndex.Vectors(Before, Dimensions));
        Assert.Equal(TestIndex.Content(old), TestIndex.Content(folder.File("begun")));
    }

    /// <summary>What no crash leaves, but a disk or a copy may: fewer bytes than were committed.</summary>
    [Theory]
    [InlineData(IndexFolder.Vectors)]
    [InlineData(IndexFolder.Names)]
    [InlineData(IndexFolder.Commit)]
    public void A_file_cut_short_at_any_byte_is_told(string name)
    {
        var path = Path.Combine(whole, name);
        var bytes = File.ReadAllBytes(path);
        for (var length = 0; length < bytes.Length - (name == IndexFolder.Commit ? 1 : 0); length++)
        {
            File.WriteAllBytes(path, bytes[..length]);
            Errors.AreOneLineWith(() => VectorIndex.Open(whole).Dispose(), name);
        }
    }

    [Theory]
    [InlineData(IndexFolder.Vectors)]
    [InlineData(IndexFolder.Names)]
    [InlineData(IndexFolder.Commit)]
    public void Any_changed_byte_is_told_or_means_the_same(string name)
    {
        var content = TestIndex.Content(whole);
        var path = Path.Combine(whole, name);
        var bytes = File.ReadAllBytes(path);
        for (var i = 0; i < bytes.Length; i++)
        {
            foreach (var change in new byte[] { 1, 0x20, 0x80 })
            {
                bytes[i] ^= change;
                File.WriteAllBytes(path, bytes);
                bytes[i] ^= change;
                try
                {
                    Assert.Equal(content, TestIndex.Content(whole));
                    Assert.Equal(IndexFolder.Commit, name);
                }
                catch (NestorException error)
                {
                    Assert.Contains(name, error.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Theory]
    [InlineData("\"dimensions\": 5", "\"dimensions\": 2000000000")]
    [InlineData("\"count\": 5", "\"count\": 2147483647")]
    [InlineData("\"count\": 5", "\"count\": -1")]
    [InlineData("\"name_bytes\": 60", "\"name_bytes\": 2147483647")]
    [InlineData("\"similarity\": \"cosine\"", "\"similarity\": \"manhattan\"")]
    [InlineData("\"version\": 1", "\"version\": 2")]
    [InlineData("\"format\": \"nestor-index\"", "\"format\": []")]
    [InlineData("\"fingerprint\": \"aaa", "\"fingerprint\": \"aab")]
    public void A_hostile_commit_is_refused(string part, string hostile)
    {
        var path = Path.Combine(whole, IndexFolder.Commit);
        var text = File.ReadAllText(path);
        Assert.Contains(part, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(part, hostile, StringComparison.Ordinal));
        Errors.AreOneLineWith(() => VectorIndex.Open(whole).Dispose(), IndexFolder.Commit);
    }

    /// <summary>With a checksum of its own that fits: sizes that no files have.</summary>
    [Theory]
    [InlineData(int.MaxValue, 5, 60)]
    [InlineData(int.MaxValue, IndexCommit.MostDimensions, 60)]
    [InlineData(5, 5, int.MaxValue)]
    [InlineData(5, IndexCommit.MostDimensions, 60)]
    [InlineData(0, 5, 60)]
    public void A_commit_that_lies_about_sizes_is_refused(int count, int dimensions, int nameBytes)
    {
        (IndexCommit.Read(whole) with { Count = count, NameBytes = nameBytes, Space = TestIndex.Space(dimensions) }).Write(whole);
        Errors.AreOneLineWith(() => VectorIndex.Open(whole).Dispose(), whole);
    }

    private static long Length(string folder, string name) => new FileInfo(Path.Combine(folder, name)).Length;

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
