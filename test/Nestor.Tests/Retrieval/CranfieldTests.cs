using Nestor.Retrieval.Evaluation;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Retrieval;

public sealed class CranfieldTests
{
    private static string Data => Path.Combine(Environment.GetEnvironmentVariable("NESTOR_DATA") ?? "", "retrieval", "cranfield");

    [Fact]
    public void The_collection_is_what_is_published()
    {
        Assert.SkipUnless(Directory.Exists(Data), "NESTOR_DATA names no folder with retrieval/cranfield.");
        var collection = CranfieldCollection.Read(Data);
        Assert.Equal((1400, 225), (collection.Documents.Count, collection.Queries.Count));
        Assert.Equal([470, 994], Enumerable.Range(0, 1400).Where(i => collection.Documents[i].Length == 0));
        Assert.StartsWith("experimental investigation of the aerodynamics of a wing in a slipstream .", collection.Documents[0], StringComparison.Ordinal);
        Assert.Equal("what similarity laws must be obeyed when constructing aeroelastic models of heated high speed aircraft .", collection.Queries[0]);
        Assert.Equal((3.0, 2.0, 1.0), (collection.Gains[0][183], collection.Gains[0][11], collection.Gains[0][12]));
        Assert.False(collection.Gains[0].ContainsKey(485));
        Assert.Equal(1837 - 225, collection.Gains.Sum(gains => gains.Count));
        Assert.All(collection.Gains, gains => Assert.NotEmpty(gains));
    }

    /// <summary>Published runs of BM25 on this collection have nDCG@10 of 0.35 to 0.45, depending on words and gains.</summary>
    [Fact]
    public void The_baseline_is_an_honest_one()
    {
        Assert.SkipUnless(Directory.Exists(Data), "NESTOR_DATA names no folder with retrieval/cranfield.");
        var collection = CranfieldCollection.Read(Data);
        var search = new Bm25(collection.Documents);
        var quality = collection.Queries.Select((query, i) => RankingQuality.NormalizedGain(search.Search(query, 10).Select(match => match.Row), collection.Gains[i], 10)).Average();
        Assert.InRange(quality, 0.33, 0.5);
    }

    [Fact]
    public void Damaged_files_are_told()
    {
        using var folder = new TemporaryFolder();
        Errors.AreOneLineWith(() => CranfieldCollection.Read(folder.Path), "no file", "cran.all.1400");
        File.WriteAllText(folder.File("cran.all.1400"), "nothing");
        Errors.AreOneLineWith(() => CranfieldCollection.Read(folder.Path), "cran.all.1400", ".I");
        File.WriteAllText(folder.File("cran.all.1400"), ".I 1\n.T\nt\n.W\nwords\n");
        File.WriteAllText(folder.File("cran.qry"), "\n.I 7\n.W\nquestion\n");
        File.WriteAllText(folder.File("cranqrel"), "1 1 2 \n\n1 2 3\n");
        Errors.AreOneLineWith(() => CranfieldCollection.Read(folder.Path), "Line 3", "'1 2 3'");
        File.WriteAllText(folder.File("cranqrel"), "1 1 2 \n");
        Assert.Equal(3, CranfieldCollection.Read(folder.Path).Gains[0][0]);
    }
}
