using System.Text.Json.Nodes;

namespace Lectern.Host.Jupyter;

/// <summary>What the kernel says of itself.</summary>
internal static class KernelInfo
{
    /// <summary>The language's name, as notebooks and VS Code know it.</summary>
    public const string Language = "C#";

    /// <summary>The content of a <c>kernel_info_reply</c>.</summary>
    public static byte[] Reply { get; } = Json.Bytes(new JsonObject
    {
        ["status"] = "ok",
        ["protocol_version"] = "5.3",
        ["implementation"] = "lectern",
        ["implementation_version"] = typeof(KernelInfo).Assembly.GetName().Version!.ToString(3),
        ["language_info"] = new JsonObject
        {
            ["name"] = Language,
            ["version"] = "14.0",
            ["mimetype"] = "text/x-csharp",
            ["file_extension"] = ".cs",
            ["pygments_lexer"] = "csharp",
            ["codemirror_mode"] = "text/x-csharp",
        },
        ["banner"] = $"Lectern: C# 14 on .NET {Environment.Version}",
        ["help_links"] = new JsonArray(),
        ["debugger"] = false,
    });
}
