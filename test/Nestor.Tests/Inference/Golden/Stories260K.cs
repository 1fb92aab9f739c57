namespace Nestor.Tests.Inference.Golden;

/// <summary>What llama2.c itself writes with stories260K.bin: 256 tokens, always the most probable one. Commit 350e04f, <c>gcc -O2 -o run run.c -lm</c>.</summary>
internal static class Stories260K
{
    /// <summary><c>./run stories260K.bin -z tok512.bin -t 0 -n 256</c></summary>
    public const string Unprompted =
        """
        Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. She wanted to play with it, but it was too high.
        Lily's mom said, "Lily, let's go to the park." Lily was sad and didn't know what to do. She said, "I want to play with your ball, but I can't find it."
        Lily was sad and didn't know what to do. She said, "I'm sorry, Lily. I didn't know what to do."
        Lily didn't want to help her mom, so she said, "I'm sorry, mom. I didn't know what to do." Her mom said, "Don't worry, Lily. We can help you.
        """;

    /// <summary><c>./run stories260K.bin -z tok512.bin -t 0 -n 256 -i "Tom and his dog"</c></summary>
    public const string TomAndHisDog =
        """
        Tom and his dog, Max, who lived in a big house. They liked to play with their toys and run around the house. They liked to play with their toys and sing.
        One day, they saw a big box. They wanted to play with the box. They wanted to play with the box. They wanted to play with the box. They did not want to play with the box.
        "Look, Max!" Tom said. "I want to play with you."
        "Yes, I can play with you."
        "Yes, I can play with you." Tom said. He says, "I want to play with me. It is not a boy. It is not a boy. It is not a boy. It is not a boy. It is not a boy. It is not a boy.
        """;
}
