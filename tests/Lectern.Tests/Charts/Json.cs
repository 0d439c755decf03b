using Lectern.Charts;

namespace Lectern.Tests.Charts;

/// <summary>Compares figures with JSON written by hand, with ' for ".</summary>
internal static class Json
{
    private const string Config = ",'config':{'responsive':true,'displaylogo':false,'modeBarButtonsToRemove':['select2d','lasso2d']}";

    public static void Equal(string expected, Figure figure)
    {
        var json = figure.WithTheme(Theme.None).ToJson().Replace('"', '\'').Replace("\\u002B", "+")
            .Replace(Config, "");
        Assert.Equal(string.Concat(expected.Split('\n').Select(line => line.Trim())), json);
    }
}
