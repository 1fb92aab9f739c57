using Nestor.Cli.Postgres;
using Nestor.Retrieval;
using Npgsql;

namespace Nestor.Cli.Tests;

/// <summary>An index in a real PostgreSQL server.</summary>
public sealed class VectorTableTests(PostgresServer server) : IDisposable
{
    private const int Dimensions = 12, Count = 60;

    private readonly string folder = Directory.CreateTempSubdirectory("nestor-table-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(Similarity.Cosine)]
    [InlineData(Similarity.InnerProduct)]
    public async Task Plain_SQL_finds_what_the_index_finds(Similarity similarity)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var source = NpgsqlDataSource.Create(server.Connection);
        using var index = Index(similarity, "a", seed: 1);
        var table = await VectorTable.Open(source, $"plain \"{similarity}\"", index, cancellation);
        await table.Push(index, cancellation);
        await table.Push(index, cancellation);
        for (var seed = 2; seed < 7; seed++)
        {
            var query = Unit(Vectors(1, seed)[0]);
            var expected = index.Search(query, new SearchOptions { Count = 5 });
            var actual = new List<(string Name, double Score)>();
            await using var command = source.CreateCommand(table.SearchSql);
            command.Parameters.AddWithValue(query);
            command.Parameters.AddWithValue(5);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
                actual.Add((reader.GetString(0), reader.GetDouble(1)));
            Assert.Equal(expected.Select(match => index.Name(match.Row)), actual.Select(row => row.Name));
            foreach (var (match, row) in expected.Zip(actual))
                Assert.Equal(match.Score, row.Score, 1e-5);
        }

        await using var count = source.CreateCommand($"SELECT count(*) FROM \"plain \"\"{similarity}\"\"\"");
        Assert.Equal((long)Count, await count.ExecuteScalarAsync(cancellation));
    }

    [Fact]
    public async Task Embeddings_of_another_model_are_refused_and_change_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var source = NpgsqlDataSource.Create(server.Connection);
        using var one = Index(Similarity.Cosine, "b", seed: 1);
        using var other = Index(Similarity.Cosine, "c", seed: 1);
        await VectorTable.Open(source, "refused", one, cancellation);
        var error = await Assert.ThrowsAsync<NestorException>(() => VectorTable.Open(source, "refused", other, cancellation));
        Assert.Contains("\"refused\"", error.Message, StringComparison.Ordinal);
        await using var make = source.CreateCommand("CREATE TABLE foreign_table (name text)");
        await make.ExecuteNonQueryAsync(cancellation);
        await Assert.ThrowsAsync<NestorException>(() => VectorTable.Open(source, "foreign_table", one, cancellation));
    }

    [Fact]
    public void The_tool_pushes_an_index_and_tells_the_SQL()
    {
        using (Index(Similarity.Cosine, "d", seed: 1))
        {
        }

        var outcome = NestorProcess.Run("index", "push", Path.Combine(folder, "d"), "--to", server.Connection, "--table", "pushed");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.StartsWith($"{Count} vectors are in the table pushed", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("SELECT name", outcome.Output, StringComparison.Ordinal);
        NestorProcess.Run("index", "push", Path.Combine(folder, "d"), "--to", server.Connection + ";Database=nowhere").AssertFailed("PostgreSQL");
        NestorProcess.Run("index", "push", Path.Combine(folder, "d"), "--to", "nonsense").AssertFailed("connection string");
    }

    /// <summary>The operators of pgvector: cosine distance and negative inner product, ascending.</summary>
    [Fact]
    public void With_pgvector_its_operators_search()
    {
        Assert.Equal(
            "SELECT name, 1 - (embedding <=> $1::vector(3)) AS score FROM t ORDER BY embedding <=> $1::vector(3), name LIMIT $2",
            VectorTable.SearchSqlOf("t", 3, Similarity.Cosine, hasPgvector: true));
        Assert.Equal(
            "SELECT name, -(embedding <#> $1::vector(3)) AS score FROM t ORDER BY embedding <#> $1::vector(3), name LIMIT $2",
            VectorTable.SearchSqlOf("t", 3, Similarity.InnerProduct, hasPgvector: true));
    }

    private VectorIndex Index(Similarity similarity, string name, int seed)
    {
        var place = Path.Combine(folder, name);
        using (var writer = IndexWriter.Create(place, new EmbeddingSpace(name, Dimensions), similarity))
        {
            foreach (var vector in Vectors(Count, seed))
                writer.Add($"it's {writer.Count}", vector);
            writer.Commit();
        }

        return VectorIndex.Open(place);
    }

    private static float[][] Vectors(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, Dimensions).Select(_ => 2 * random.NextSingle() - 1).ToArray())];
    }

    private static float[] Unit(float[] vector) => [.. vector.Select(value => value / MathF.Sqrt(vector.Sum(v => v * v)))];
}
