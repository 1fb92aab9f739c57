using CsCheck;
using Nestor.Retrieval;
using Nestor.Retrieval.Kernels;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Retrieval;

public sealed class VectorSearchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Scores within 1e-5 of double precision; the rows are those of the scores, best first.</summary>
    [Theory]
    [InlineData(Similarity.Cosine)]
    [InlineData(Similarity.InnerProduct)]
    public void The_matches_are_those_of_comparing_everything_plainly(Similarity similarity)
    {
        var vectors = TestIndex.Vectors(500, 37);
        TestIndex.Add(folder.Path, vectors, similarity);
        using var index = VectorIndex.Open(folder.Path);
        foreach (var query in TestIndex.Vectors(20, 37, seed: 2))
        {
            var expected = vectors.Select((vector, row) => (Row: row, Score: Score(vector, query, similarity))).OrderByDescending(match => match.Score).Take(10).ToList();
            var actual = index.Search(query);
            Assert.Equal(expected.Select(match => match.Row), actual.Select(match => match.Row));
            foreach (var (wanted, match) in expected.Zip(actual))
                Assert.Equal(wanted.Score, match.Score, 1e-5);
        }
    }

    [Fact]
    public void Kernels_threads_and_company_change_no_bit()
    {
        TestIndex.Add(folder.Path, TestIndex.Vectors(9000, 20));
        using var index = VectorIndex.Open(folder.Path);
        var queries = TestIndex.Vectors(VectorScan.QueriesTogether + 3, 20, seed: 3);
        var expected = queries.Select(query => index.SearchMany(query, new SearchOptions(), ScoreKernels.Plain)[0]).ToArray();
        foreach (var kernel in ScoreKernels.Supported)
        {
            foreach (var threads in new[] { 1, 2, 3 })
                Assert.Equal(expected, index.SearchMany([.. queries.SelectMany(query => query)], new SearchOptions { Threads = threads }, kernel));
        }
    }

    [Fact]
    public void A_filter_that_lets_everything_through_changes_nothing()
    {
        TestIndex.Add(folder.Path, TestIndex.Vectors(300, 64));
        using var index = VectorIndex.Open(folder.Path);
        Gen.Select(Gen.Int[1, 64], Gen.Int[1, 20], Gen.Int).Sample((dimensions, count, seed) =>
        {
            var query = TestIndex.Vectors(1, 64, seed)[0];
            var options = new SearchOptions { Count = count };
            var expected = index.Search(query, options);
            Assert.Equal(expected, index.Search(query, options with { FilterDimensions = dimensions, FilterCandidates = 300 }));
            Assert.Equal(expected, index.Search(query, options with { FilterDimensions = 64, FilterCandidates = count }));
        }, iter: 30);
    }

    [Fact]
    public void More_candidates_find_nothing_worse_and_scores_are_always_of_all_dimensions()
    {
        TestIndex.Add(folder.Path, TestIndex.Vectors(400, 48), Similarity.InnerProduct);
        using var index = VectorIndex.Open(folder.Path);
        var exact = index.SearchMany(new float[48], new SearchOptions { Count = 400 });
        Assert.Equal(400, exact[0].Count);
        Gen.Select(Gen.Int[5, 100], Gen.Int[0, 300], Gen.Int).Sample((few, more, seed) =>
        {
            var query = TestIndex.Vectors(1, 48, seed)[0];
            var all = index.Search(query, new SearchOptions { Count = 400 }).ToDictionary(match => match.Row, match => match.Score);
            var options = new SearchOptions { Count = 5, FilterDimensions = 16 };
            var narrow = index.Search(query, options with { FilterCandidates = few });
            var wide = index.Search(query, options with { FilterCandidates = few + more });
            Assert.All(narrow.Zip(wide), pair => Assert.True(pair.Second.Score >= pair.First.Score));
            Assert.All(narrow, match => Assert.Equal(all[match.Row], match.Score));
        }, iter: 30);
    }

    [Fact]
    public void A_vector_finds_itself_by_its_cosine_and_the_first_of_equals_comes_first()
    {
        var vectors = TestIndex.Vectors(50, 16);
        TestIndex.Add(folder.Path, [.. vectors, .. vectors.Select(vector => vector.Select(value => 3 * value).ToArray())]);
        using var index = VectorIndex.Open(folder.Path);
        for (var row = 0; row < 50; row++)
        {
            var matches = index.Search(vectors[row], new SearchOptions { Count = 2 });
            Assert.Equal([row, row + 50], matches.Select(match => match.Row).Order());
            Assert.All(matches, match => Assert.Equal(1, match.Score, 1e-6));
            Assert.True(matches[0].Score > matches[1].Score || matches[0].Row < matches[1].Row);
        }
    }

    [Fact]
    public void Fewer_vectors_than_wanted_are_all_found_and_an_empty_index_finds_none()
    {
        using (IndexWriter.Create(folder.File("empty"), TestIndex.Space(3)))
        {
        }

        using var empty = VectorIndex.Open(folder.File("empty"));
        Assert.Empty(empty.Search([1, 2, 3]));
        TestIndex.Add(folder.File("few"), TestIndex.Vectors(4, 3));
        using var few = VectorIndex.Open(folder.File("few"));
        Assert.Equal(4, few.Search([1, 2, 3]).Count);
        Assert.Empty(few.SearchMany([]));
    }

    [Fact]
    public void Wrong_queries_are_told()
    {
        TestIndex.Add(folder.Path, TestIndex.Vectors(4, 3));
        using var index = VectorIndex.Open(folder.Path);
        Errors.AreOneLineWith(() => index.Search([1, 2]), "2 dimensions", "3", "model");
        Errors.AreOneLineWith(() => index.SearchMany([1, 2, 3, 4]), "4 numbers", "3 dimensions");
        Errors.AreOneLineWith(() => index.Search([1, float.NaN, 3]), "The query");
        Errors.AreOneLineWith(() => index.Search([0, 0, 0]), "zero", "inner product");
        Errors.AreOneLineWith(() => index.Search([1, 2, 3], new SearchOptions { FilterDimensions = 4 }), "4 dimensions", "3");
        Errors.AreOneLineWith(() => index.Search([1, 2, 3], new SearchOptions { Count = 0, Threads = -1, FilterDimensions = 0, FilterCandidates = -1 }), "matches", "threads", "filter", "candidates");
    }

    [Fact]
    public void An_index_is_refused_to_another_space()
    {
        TestIndex.Add(folder.Path, TestIndex.Vectors(4, 3));
        using var index = VectorIndex.Open(folder.Path);
        index.ThrowIfOther(TestIndex.Space(3));
        Errors.AreOneLineWith(() => index.ThrowIfOther(new EmbeddingSpace(new string('b', 64), 3)), folder.Path, "another model", "slice");
        Errors.AreOneLineWith(() => index.ThrowIfOther(TestIndex.Space(4)), "3 dimensions", "4");
        Errors.AreOneLineWith(() => IndexWriter.Open(folder.Path, new EmbeddingSpace(new string('b', 64), 3)), "another model");
    }

    private static double Score(float[] a, float[] b, Similarity similarity)
    {
        double Dot(float[] x, float[] y) => x.Zip(y, (u, v) => (double)u * v).Sum();
        return similarity == Similarity.Cosine ? Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b)) : Dot(a, b);
    }
}
