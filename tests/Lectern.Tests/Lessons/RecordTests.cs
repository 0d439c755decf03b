using System.Text.Json.Nodes;
using Lectern.Lessons;
using Record = Lectern.Lessons.Record;

namespace Lectern.Tests.Lessons;

public sealed class RecordTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern-records-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private const string Example = """
        { "lesson": "FairComparison", "experiment": "proteins-gin", "dataset": "PROTEINS", "command": "./lectern reproduce FairComparison",
          "setting": { "folds": 10, "learning_rate": 0.001 }, "seeds": [0, 1, 2],
          "results": [ { "metric": "test accuracy", "unit": "%", "paper": 73.3, "paper_deviation": 4.0, "source": "Table 3",
                         "measured": 73.1, "deviation": 3.8, "runs": 30 },
                       { "metric": "test accuracy, no graph", "unit": "%", "paper": null, "paper_deviation": null, "source": null,
                         "measured": 70.5, "deviation": null, "runs": 1 } ],
          "seconds": 1834, "peak_memory_mb": 911, "machine": "2 cores, …", "engine": "libtorch 1.13.1, OpenBLAS", "date": "2026-11-30", "commit": "abc" }
        """;

    [Fact]
    public void The_designs_example_is_read_and_written_back_as_it_was()
    {
        var record = Record.Parse(Example);
        Assert.Equal("FairComparison.proteins-gin.json", record.FileName());
        Assert.Equal(new DateOnly(2026, 11, 30), record.Date);
        Assert.Equal((73.3, 4.0, "Table 3", 30),
            (record.Results[0].Paper, record.Results[0].PaperDeviation, record.Results[0].Source,
                record.Results[0].Runs));
        Assert.Null(record.Results[1].Paper);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Example), JsonNode.Parse(record.ToJson())),
            record.ToJson());
        Assert.Contains("\"machine\": \"2 cores, …\"", record.ToJson());
    }

    [Fact]
    public void A_saved_record_is_found_by_its_lesson()
    {
        var record = Record.Parse(Example);
        Assert.Equal(Path.Combine(folder, "FairComparison.proteins-gin.json"), record.Save(folder));
        (record with { Experiment = "enzymes-gin" }).Save(folder);
        (record with { Lesson = "FairComparisonTwo" }).Save(folder);
        Assert.Equal(["enzymes-gin", "proteins-gin"],
            Record.Load("FairComparison", folder).Select(r => r.Experiment));
        Assert.Empty(Record.Load("Unknown", folder));
        Assert.Equal(3, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public void What_is_no_record_is_named()
    {
        File.WriteAllText(Path.Combine(folder, "Broken.x.json"), "{ \"lesson\": ");
        Assert.Contains("Broken.x.json",
            Assert.Throws<InvalidDataException>(() => Record.Load("Broken", folder)).Message);
        Assert.Throws<InvalidDataException>(() => Record.Parse("{}"));
    }

    [Fact]
    public void A_result_of_several_runs_has_their_mean_and_deviation()
    {
        var result = Result.Of("accuracy", "%", [80, 82, 84], paper: 81.5, source: "Table 2");
        Assert.Equal((82, 2, 3), (result.Measured, result.Deviation, result.Runs));
        Assert.Null(Result.Of("accuracy", "%", [80.0]).Deviation);
    }

    [Fact]
    public void Settings_are_written_in_the_files_manner() =>
        Assert.Equal("{\"hidden_size\":16,\"learning_rate\":0.01}",
            Record.SettingOf(new { HiddenSize = 16, LearningRate = 0.01 }).ToJsonString());

    [Fact]
    public void The_papers_table_shows_both_numbers_their_setting_and_how_they_came_about()
    {
        Record.Parse(Example).Save(folder);
        var text = Show.PaperTable("FairComparison", folder).Text;
        Assert.Equal(
            """
            Experiment    Metric                   Paper         Where    Measured      Runs
            ------------  -----------------------  ------------  -------  ------------  ----
            proteins-gin  test accuracy            73.3 ± 4.0 %  Table 3  73.1 ± 3.8 %    30
            proteins-gin  test accuracy, no graph  –             –        70.5 %           1

            proteins-gin: PROTEINS, folds 10, learning rate 0.001. ./lectern reproduce FairComparison (30:34, 911 MB, libtorch 1.13.1, OpenBLAS, 2 cores, …, 2026-11-30)
            """, text);
        Assert.Contains("\"y\":[73.3,null]", Show.PaperBars("FairComparison", folder).ToJson());
    }

    [Fact]
    public void A_lesson_without_records_names_the_command()
    {
        Assert.Contains("./lectern reproduce Unknown", Show.PaperTable("Unknown", folder).Text);
        Assert.Contains("not measured", Show.PaperBars("Unknown", folder).Title);
    }

    [Fact]
    public void The_records_folder_is_the_clones_own() =>
        Assert.EndsWith(Path.Combine("tests", "reproduction"), Record.Folder());

    private sealed record PairSettings((int Training, int Evaluation) Before, IReadOnlyList<(double X, double Y)> Places);

    [Fact]
    public void Settings_keep_pairs_of_numbers()
    {
        var setting = Record.SettingOf(new PairSettings((2000, 1000), [(0.5, 1)]));
        Assert.Equal("""{"before":{"item1":2000,"item2":1000},"places":[{"item1":0.5,"item2":1}]}""", setting.ToJsonString());
    }
}
