using System.CommandLine;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor robust</c>: how well image classifiers, alone and voting, withstand attacks.</summary>
internal static class RobustCommand
{
    public static Command Create() => new("robust", "Measure how well image classifiers withstand attacks, alone and voting.")
    {
        RobustTrainCommand.Create(),
        RobustSelectCommand.Create(),
        RobustEvaluateCommand.Create(),
    };
}
