using System.CommandLine;
using System.Globalization;
using Nestor.Cli.Postgres;
using Nestor.Retrieval;
using Npgsql;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor index push INDEX --to CONNECTION --table T</c>: an index as a table of PostgreSQL, for collections that outgrow one machine.</summary>
internal static class IndexPushCommand
{
    public static Command Create()
    {
        var index = IndexCommand.Index();
        var to = new Option<string>("--to") { Description = "Npgsql's connection string, such as Host=db;Database=d;Username=u. The password may come from PGPASSWORD.", Required = true };
        var table = new Option<string>("--table") { Description = "The table; made where it does not exist.", DefaultValueFactory = _ => "embeddings" };
        var command = new Command("push", "Write an index into a table of PostgreSQL, with pgvector where the server has it.") { index, to, table };
        command.SetAction((parsed, cancellation) => Run(parsed.GetRequiredValue(index), parsed.GetRequiredValue(to), parsed.GetRequiredValue(table), cancellation));
        return command;
    }

    private static async Task Run(string folder, string connection, string table, CancellationToken cancellation)
    {
        using var index = VectorIndex.Open(folder);
        try
        {
            await using var source = NpgsqlDataSource.Create(connection);
            var vectors = await VectorTable.Open(source, table, index, cancellation);
            await vectors.Push(index, cancellation);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{index.Count:N0} vectors are in the table {table}, as {(vectors.HasPgvector ? "pgvector's type" : "arrays: the server has no pgvector")}"));
            Console.WriteLine("to search, with $1 an embedding as real[] and $2 a number of matches:");
            Console.WriteLine(vectors.SearchSql);
        }
        catch (NpgsqlException error)
        {
            throw new NestorException($"PostgreSQL did not do it: {error.Message.ReplaceLineEndings(" ")}; check the connection string, the server and your rights.", error);
        }
        catch (ArgumentException error)
        {
            throw new NestorException($"The connection string cannot be used: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }
}
