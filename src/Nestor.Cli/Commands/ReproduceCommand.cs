using System.CommandLine;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor reproduce</c>: runs a paper's experiment and writes its table and picture.</summary>
internal static class ReproduceCommand
{
    public static Command Create() => new("reproduce", "Run a paper's experiment and write its table and picture.")
    {
        ReproduceMatLmCommand.Create(),
        ReproduceMatVitCommand.Create(),
        ReproduceRetrievalCommand.Create(),
        ReproduceMixNMatchCommand.Create(),
        ReproduceConsistencyCommand.Create(),
        ReproduceTasksCommand.Create(),
        ReproduceSensingCommand.Create(),
        ReproducePruningCommand.Create(),
        ReproduceVotingCommand.Create(),
        ReproduceNestedVotingCommand.Create(),
    };
}
