#!/usr/bin/env dotnet
#:project ../src/Nestor/Nestor.csproj
// dotnet run samples/chat.cs MODEL [WIDTH]: talks with a model at a width, such as 50%. An empty line ends the talk.
using Microsoft.Extensions.AI;
using Nestor.Chat;

if (args.Length is 0 or > 2)
{
    Console.Error.WriteLine("dotnet run samples/chat.cs MODEL [WIDTH]");
    return 2;
}

using IChatClient client = NestorChatClient.Open(args[0]);
var options = new ChatOptions { MaxOutputTokens = 200, AdditionalProperties = new() { ["width"] = args.ElementAtOrDefault(1) ?? "100%" } };
var talk = new List<ChatMessage>();

while (Read() is { Length: > 0 } line)
{
    talk.Add(new ChatMessage(ChatRole.User, line));
    var updates = new List<ChatResponseUpdate>();
    await foreach (var update in client.GetStreamingResponseAsync(talk, options))
    {
        Console.Write(update.Text);
        updates.Add(update);
    }

    Console.WriteLine();
    talk.AddMessages(updates);
}

return 0;

static string? Read()
{
    Console.Write("> ");
    return Console.ReadLine();
}
