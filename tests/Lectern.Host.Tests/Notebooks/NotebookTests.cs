using Lectern.Host.Notebooks;

namespace Lectern.Host.Tests.Notebooks;

/// <summary>Notebook files: what is read is written again, byte for byte.</summary>
public sealed class NotebookTests
{
    // As Jupyter writes it: sorted members, one blank a level, letters beyond ASCII as they are.
    private const string Jupyter = """
        {
         "cells": [
          {
           "cell_type": "markdown",
           "id": "intro",
           "metadata": {},
           "source": [
            "# Ünïcode 🙂 \"quoted\" \\frac\n",
            "tab\there </div>"
           ]
          },
          {
           "cell_type": "code",
           "execution_count": 3,
           "id": "c0de",
           "metadata": {
            "tags": [
             "exercise"
            ],
            "unknown": {
             "deep": [
              1.50,
              -2e-07,
              null,
              true,
              {},
              []
             ]
            }
           },
           "outputs": [
            {
             "data": {
              "application/vnd.plotly.v1+json": {
               "data": [
                {
                 "x": [
                  1,
                  2.0
                 ]
                }
               ]
              },
              "text/plain": [
               "a\u001b[31mred\u0000"
              ]
             },
             "execution_count": 3,
             "metadata": {},
             "output_type": "execute_result"
            }
           ],
           "source": []
          }
         ],
         "metadata": {
          "kernelspec": {
           "display_name": "C# (Lectern)",
           "language": "C#",
           "name": ".net-csharp"
          }
         },
         "nbformat": 4,
         "nbformat_minor": 5
        }

        """;

    [Fact]
    public void A_file_that_Jupyter_wrote_is_written_again_byte_for_byte()
    {
        Assert.Equal(Jupyter, Notebook.Parse(Jupyter).ToString());
    }

    [Fact]
    public void Another_indentation_order_and_ending_stay_too()
    {
        const string Other = "{\n    \"nbformat\": 4,\n    \"nbformat_minor\": 5,\n    \"metadata\": {},\n    \"cells\": []\n}";
        Assert.Equal(Other, Notebook.Parse(Other).ToString());
    }

    [Fact]
    public void Changing_one_cell_changes_that_cell_alone()
    {
        var notebook = Notebook.Parse(Jupyter);
        notebook.Cells[1].ExecutionCount = 4;
        Assert.Equal(Jupyter.Replace("\"execution_count\": 3,\n   \"id\"", "\"execution_count\": 4,\n   \"id\""), notebook.ToString());
    }

    [Fact]
    public void A_new_notebook_names_the_kits_kernel_and_reads_back()
    {
        var notebook = Notebook.Create().Add(Cell.Markdown("m", "# Title\ntext")).Add(Cell.Code("c", "1 + 1", "exercise"));
        var again = Notebook.Parse(notebook.ToString());
        Assert.Equal(notebook.ToString(), again.ToString());
        Assert.Equal("Title", again.Title);
        Assert.Equal(["exercise"], again.Cells[1].Tags);
        Assert.Equal(".net-csharp", (string?)again.Metadata["kernelspec"]!["name"]);
        Assert.Equal("C# (Lectern)", (string?)again.Metadata["kernelspec"]!["display_name"]);
        Assert.Equal("C#", (string?)again.Metadata["language_info"]!["name"]);
    }

    [Fact]
    public void Cells_without_ids_get_the_same_ones_each_time()
    {
        var old = Jupyter.Replace("   \"id\": \"intro\",\n", "").Replace("\"nbformat_minor\": 5", "\"nbformat_minor\": 2");
        var ids = Notebook.Parse(old).Cells.Select(c => c.Id).ToList();
        Assert.Matches("^[0-9a-f]{8}$", ids[0]);
        Assert.Equal("c0de", ids[1]);
        Assert.Equal(ids, Notebook.Parse(old).Cells.Select(c => c.Id));
        Assert.Contains("\"nbformat_minor\": 5", Notebook.Parse(old).ToString());
    }

    [Theory]
    [InlineData("no json", "Not JSON")]
    [InlineData("[]", "Not a notebook")]
    [InlineData("{\"cells\": [1]}", "Not a notebook")]
    [InlineData("{\"cells\": [], \"nbformat\": 3}", "Expected nbformat 4")]
    public void What_is_no_notebook_is_named(string text, string message)
    {
        Assert.StartsWith(message, Assert.Throws<FormatException>(() => Notebook.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exercise_is_a_tagged_cell_with_the_solution_folded_after_it()
    {
        var notebook = Notebook.Create()
            .Add(Cell.Code("a", "var mine = 0;", "exercise"))
            .Add(Cell.Markdown("b", "<details><summary>Solution</summary>\n\n```csharp\nvar mine = 1;\nmine\n```\n\n</details>"))
            .Add(Cell.Code("c", "var other = 0;", "exercise"))
            .Add(Cell.Markdown("d", "no solution here"));
        var exercises = Exercise.Of(notebook);
        Assert.Equal(["var mine = 1;\nmine\n", null], exercises.Select(e => e.Solution));
    }
}
