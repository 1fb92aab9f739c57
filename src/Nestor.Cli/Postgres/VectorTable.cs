using Nestor.Formats;
using Nestor.Retrieval;
using Npgsql;
using NpgsqlTypes;

namespace Nestor.Cli.Postgres;

/// <summary>An index as a table of PostgreSQL: plain SQL, with pgvector's type and operators where the server has them, arrays otherwise.</summary>
/// <remarks>
/// Columns <c>name text primary key</c> and <c>embedding</c>, a <c>vector(d)</c> or a <c>real[]</c>. The table's comment says which embeddings it
/// holds, so that those of another model are refused.
/// </remarks>
internal sealed class VectorTable
{
    private const string Extension = "vector";

    private readonly NpgsqlDataSource source;
    private readonly string table;
    private readonly EmbeddingSpace space;
    private readonly Similarity similarity;

    private VectorTable(NpgsqlDataSource source, string table, VectorIndex index, bool hasPgvector) =>
        (this.source, this.table, space, similarity, HasPgvector) = (source, Identifier(table), index.Space, index.Similarity, hasPgvector);

    /// <summary>Whether the server has pgvector.</summary>
    public bool HasPgvector { get; }

    /// <summary>The SQL that searches: <c>$1</c> is the query's embedding as <c>real[]</c>, <c>$2</c> how many matches are wanted. Rows are name and score, best first.</summary>
    public string SearchSql => SearchSqlOf(table, space.Dimensions, similarity, HasPgvector);

    /// <summary>Makes the table where it does not exist yet.</summary>
    /// <param name="source">The database.</param>
    /// <param name="table">The table's name.</param>
    /// <param name="index">What it is to hold.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="NestorException">There is a table of that name with embeddings of another model, or none.</exception>
    /// <exception cref="NpgsqlException">The server cannot be reached, or refuses.</exception>
    public static async Task<VectorTable> Open(NpgsqlDataSource source, string table, VectorIndex index, CancellationToken cancellation)
    {
        await using var has = source.CreateCommand("SELECT count(*) FROM pg_available_extensions WHERE name = $1");
        has.Parameters.AddWithValue(Extension);
        var hasPgvector = (long)(await has.ExecuteScalarAsync(cancellation))! > 0;
        var opened = new VectorTable(source, table, index, hasPgvector);
        await opened.Create(cancellation);
        return opened;
    }

    /// <summary>The search of a table.</summary>
    /// <remarks>Vectors of an index of cosines have length 1, so that arrays need only their inner product, which a query of length 1 makes the cosine.</remarks>
    public static string SearchSqlOf(string table, int dimensions, Similarity similarity, bool hasPgvector)
    {
        if (!hasPgvector)
            return $"SELECT name, (SELECT sum(a::float8 * b) FROM unnest(embedding, $1) AS pair(a, b)) AS score FROM {table} ORDER BY score DESC, name LIMIT $2";
        var (distance, score) = similarity == Similarity.Cosine ? ("<=>", "1 - ") : ("<#>", "-");
        return $"SELECT name, {score}(embedding {distance} $1::vector({dimensions})) AS score FROM {table} ORDER BY embedding {distance} $1::vector({dimensions}), name LIMIT $2";
    }

    /// <summary>Writes all vectors of the index, all or none; those of names that are there already are replaced.</summary>
    /// <param name="index">The index.</param>
    /// <param name="cancellation">Stops it; then nothing was written.</param>
    /// <exception cref="NestorException">A name is none that PostgreSQL can hold.</exception>
    /// <exception cref="NpgsqlException">The server refuses.</exception>
    public async Task Push(VectorIndex index, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await Execute(connection, "CREATE TEMPORARY TABLE nestor_pushed (name text, embedding real[]) ON COMMIT DROP", cancellation);
        await using (var copy = await connection.BeginBinaryImportAsync("COPY nestor_pushed FROM STDIN (FORMAT binary)", cancellation))
        {
            for (var row = 0; row < index.Count; row++)
            {
                var name = index.Name(row);
                if (name.Contains('\0'))
                    throw new NestorException($"The name {Quoted.Quote(name)} holds a zero character, which PostgreSQL does not take; rename it and build the index again.");
                await copy.StartRowAsync(cancellation);
                await copy.WriteAsync(name, NpgsqlDbType.Text, cancellation);
                await copy.WriteAsync(index.Vector(row), NpgsqlDbType.Array | NpgsqlDbType.Real, cancellation);
            }

            await copy.CompleteAsync(cancellation);
        }

        await Execute(
            connection,
            $"INSERT INTO {table} SELECT name, embedding{(HasPgvector ? $"::vector({space.Dimensions})" : "")} FROM nestor_pushed ON CONFLICT (name) DO UPDATE SET embedding = excluded.embedding",
            cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private async Task Create(CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var find = new NpgsqlCommand("SELECT to_regclass($1) IS NOT NULL, obj_description(to_regclass($1))", connection) { Parameters = { new() { Value = table } } };
        await using (var reader = await find.ExecuteReaderAsync(cancellation))
        {
            await reader.ReadAsync(cancellation);
            if (reader.GetBoolean(0))
            {
                var comment = await reader.IsDBNullAsync(1, cancellation) ? "" : reader.GetString(1);
                if (comment != Comment)
                    throw new NestorException($"The table {table} holds something else than the index's embeddings{(comment.Length > 0 ? $" ({Quoted.Quote(comment)})" : "")}; choose another table.");
                return;
            }
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (HasPgvector)
            await Execute(connection, $"CREATE EXTENSION IF NOT EXISTS {Extension}", cancellation);
        await Execute(connection, $"CREATE TABLE {table} (name text PRIMARY KEY, embedding {(HasPgvector ? $"vector({space.Dimensions})" : "real[]")} NOT NULL)", cancellation);
        await Execute(connection, $"COMMENT ON TABLE {table} IS '{Comment}'", cancellation);
        await transaction.CommitAsync(cancellation);
    }

    // An index's fingerprint is letters and digits, so it needs no escape.
    private string Comment => $"nestor {space.Fingerprint} {space.Dimensions} {similarity}";

    private static string Identifier(string name) => name.Length is > 0 and <= 63 && !name.Contains('\0')
        ? $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : throw new NestorException($"{Quoted.Quote(name)} cannot name a table; give 1 to 63 characters.");

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
