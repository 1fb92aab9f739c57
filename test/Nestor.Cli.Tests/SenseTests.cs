using System.Text.Json;

namespace Nestor.Cli.Tests;

public sealed class SenseTests
{
    [Fact]
    public void It_finds_the_rank_and_tells_survivors_certificate_errors_and_rate()
    {
        var outcome = NestorProcess.Run("sense", "--dimension", "30");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("", outcome.Errors);
        Assert.All((string[])["450 Gaussian measurements", "3 columns above", "certificate: holds", "each step", "least squares from the truth", "rank: 3"], told =>
            Assert.Contains(told, outcome.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void Json_holds_the_same_for_programs()
    {
        var outcome = NestorProcess.Run("sense", "--dimension", "30", "--network", "quadratic", "--noise", "0.2", "--json");
        using var told = JsonDocument.Parse(outcome.Output);
        Assert.Equal(3, told.RootElement.GetProperty("rank").GetInt32());
        Assert.True(told.RootElement.GetProperty("certified").GetBoolean());
        Assert.InRange(told.RootElement.GetProperty("error").GetDouble() / told.RootElement.GetProperty("oracle_error").GetDouble(), 0.99, 1.01);
        Assert.Equal("quadratic", told.RootElement.GetProperty("network").GetString());
    }

    [Fact]
    public void Lambda_outside_the_window_is_warned_of_and_nothing_is_pruned_without_a_certificate()
    {
        var outcome = NestorProcess.Run("sense", "--dimension", "30", "--method", "plain", "--lambda", "0.001", "--beta", "0.01", "--iterations", "300");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("warning NST201: lambda 0.001 is below the window", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("warning NST203", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("not pruned", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("from 1 to the dimension", "--rank", "60")]
    [InlineData("free numbers", "--measurements", "100")]
    [InlineData("'x' in --values is not a number", "--values", "1,x")]
    [InlineData("Rank 2 and 3 singular values", "--rank", "2", "--values", "1,2,3")]
    [InlineData("noise NaN", "--noise", "nan")]
    [InlineData("99 columns", "--columns", "99", "--lambda", "-1")]
    [InlineData("lambda is -1", "--columns", "99", "--lambda", "-1")]
    [InlineData("dimension 0", "--dimension", "0", "--values", "1")]
    public void What_cannot_be_solved_is_told_before_any_work(string told, params string[] arguments) =>
        NestorProcess.Run(["sense", .. arguments]).AssertFailed(told);

    [Theory]
    [InlineData("'cubic'", "--network", "cubic")]
    [InlineData("'luck'", "--method", "luck")]
    [InlineData("'many' for --iterations is not a whole number", "--iterations", "many")]
    public void What_the_command_does_not_understand_is_misuse(string told, params string[] arguments) =>
        NestorProcess.Run(["sense", .. arguments]).AssertMisused(told);
}
