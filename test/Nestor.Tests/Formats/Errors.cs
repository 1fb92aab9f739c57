namespace Nestor.Tests.Formats;

/// <summary>What an error for a user must look like.</summary>
internal static class Errors
{
    /// <summary>The action throws a <see cref="NestorException"/> of one readable line that holds all of the texts.</summary>
    public static void AreOneLineWith(Action action, params ReadOnlySpan<string> texts)
    {
        var message = Assert.Throws<NestorException>(action).Message;
        Assert.DoesNotContain(message, char.IsControl);
        Assert.True(message.Length < 1000, message);
        foreach (var text in texts)
            Assert.Contains(text, message, StringComparison.Ordinal);
    }
}
