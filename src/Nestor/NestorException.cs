namespace Nestor;

/// <summary>A failure the user can act on: the message says what was given, what was wanted and what to do.</summary>
/// <remarks>Programming errors throw the usual framework exceptions; damaged files, impossible requests and full disks throw this.</remarks>
public class NestorException : Exception
{
    /// <summary>Creates the failure with its one-line message.</summary>
    public NestorException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the failure with its one-line message and the exception that caused it.</summary>
    public NestorException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
