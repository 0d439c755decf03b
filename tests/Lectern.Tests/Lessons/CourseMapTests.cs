using Lectern.Lessons;
using Record = Lectern.Lessons.Record;

namespace Lectern.Tests.Lessons;

/// <summary>The course's map: order, ways, and what it says of notebooks that do not fit.</summary>
public sealed class CourseMapTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern map ").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Each_lesson_comes_after_what_it_builds_on_and_a_way_has_no_more()
    {
        Write("0-ground", "Zero", "[]");
        Write("0-ground", "Alpha", "[\"Zero\"]");
        Write("1-top", "Beta", "[\"Alpha\"]");
        Write("1-top", "Aside", "[]");
        Write("1-top", "Child", "[\"Aside\"]");
        var map = CourseMap.Load(folder, folder);
        Assert.Equal(["Zero", "Alpha", "Aside", "Child", "Beta"], map.Lessons.Select(lesson => lesson.Name));
        Assert.Equal(["Zero", "Alpha", "Beta"], map.Way("Beta").Select(lesson => lesson.Name));
        Assert.Equal(("1-top", "Beta & more", 20), map.Lessons.Where(lesson => lesson.Name == "Beta").Select(lesson => (lesson.Area, lesson.Title, lesson.Minutes)).Single());
        Assert.Contains("Child, Beta", Assert.Throws<ArgumentException>(() => map.Way("Gamma")).Message);

        var table = map.Table(map.Way("Alpha"));
        Assert.Contains("<a href=\"0-ground/Alpha.ipynb\">Alpha</a>", table.Html);
        Assert.Contains("Alpha &amp; more", table.Html);
        Assert.DoesNotContain("Beta", table.Html);
        Assert.Matches(@"2 lessons\s+40", table.Text);
        Assert.Contains("not run at full scale yet", table.Text);
    }

    [Fact]
    public void A_number_that_the_paper_has_too_stands_first()
    {
        Write("0-ground", "Zero", "[]");
        new Record("Zero", "set", "data", "command", [], [1], [new Result("other", "", null, null, null, 3, null, 1), new Result("score", "%", 81.5, null, "Table 2", 81.4, 0.4, 10)],
            1, 1, "machine", "engine", new DateOnly(2026, 1, 1), "abc").Save(folder);
        Assert.Contains("score: 81.5 % → 81.4 ± 0.4 %", CourseMap.Load(folder, folder).Table().Text);
    }

    [Theory]
    [InlineData("[\"Nobody\"]", "no such lesson")]
    [InlineData("[\"Zero\"]", "in a circle")]
    [InlineData("7", "which says how long reading takes")]
    [InlineData("[3]", "which says how long reading takes")]
    public void What_a_notebook_says_wrongly_is_named(string after, string message)
    {
        Write("0-ground", "Zero", after);
        string said = Assert.Throws<InvalidDataException>(() => CourseMap.Load(folder, folder)).Message;
        Assert.Contains("Zero", said);
        Assert.Contains(message, said);
    }

    [Fact]
    public void Minutes_are_those_that_the_lesson_itself_names()
    {
        var notebooks = Path.Combine(Record.Folder()!, "..", "..", "notebooks");
        var map = CourseMap.Load(notebooks);
        Assert.All(map.Lessons, lesson =>
        {
            string text = File.ReadAllText(Path.Combine(notebooks, lesson.Area, lesson.Name + ".ipynb"));
            var said = System.Text.RegularExpressions.Regex.Match(text, @"Reading takes about (\d+) minutes");
            if (said.Success) Assert.Equal(said.Groups[1].Value, $"{lesson.Minutes}");
        });
        Assert.True(map.Lessons.Count >= 30);
    }

    private void Write(string area, string name, string after)
    {
        Directory.CreateDirectory(Path.Combine(folder, area));
        File.WriteAllText(Path.Combine(folder, area, name + ".ipynb"),
            $$"""{ "cells": [{ "cell_type": "markdown", "source": ["# {{name}} & more\n", "text"] }], "metadata": { "lectern": { "minutes": 20, "after": {{after}} } } }""");
    }
}
