using System.CommandLine;
using System.Text.Json;
using Lectern.Host.Engine;
using Lectern.Host.Grading;
using Lectern.Host.Notebooks;
using Lectern.Host.Running;
using Spectre.Console;

namespace Lectern.Host.Commands;

/// <summary><c>./lectern exercises</c>: hands notebooks out, and grades those that come back.</summary>
internal static class ExercisesCommand
{
    /// <summary>The command, for the host's root command.</summary>
    public static Command Create() =>
        new("exercises", "For teachers: hands out notebooks without solutions, grades a folder of returned ones.") { CreateHandOut(), CreateGrade() };

    /// <summary><c>answer</c>, which no help names: one notebook's answers in this process, told to the one that started it.</summary>
    public static Command CreateAnswer()
    {
        var lesson = new Argument<string>("lesson");
        var seconds = new Option<double>("--cell-seconds");
        var command = new Command("answer", "Runs answers to a lesson's exercises.") { lesson, seconds };
        command.Hidden = true;
        command.SetAction(async (parsed, _) =>
        {
            var (mark, answers) = (Console.In.ReadLine()!, JsonSerializer.Deserialize<List<Answer>>(Console.In.ReadLine()!)!);
            ConsoleRouter.Install();
            var events = ConsoleRouter.Out;
            await new AnswerRun(parsed.GetRequiredValue(lesson), answers, parsed.GetValue(seconds), said =>
            {
                events.WriteLine(said.ToLine(mark));
                events.Flush();
            }).RunAsync();
            // A cell that could not be stopped, or a thread that it left behind, must not keep the process.
            Environment.Exit(0);
            return 0;
        });
        return command;
    }

    private static Command CreateHandOut()
    {
        var folder = new Argument<string>("FOLDER") { Description = "Where the notebooks go." };
        var names = new Argument<string[]>("NAME") { Description = "Lessons by name; all without one.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("hand-out", "Writes lessons without solutions and outputs.") { folder, names };
        command.SetAction(parsed =>
        {
            var course = new Course(Checkout.Notebooks);
            var lessons = parsed.GetValue(names) is { Length: > 0 } named ? course.Named(named) : course.Lessons;
            foreach (var lesson in lessons)
            {
                var path = Path.Combine(parsed.GetRequiredValue(folder), $"{lesson.Name}.ipynb");
                if (File.Exists(path))
                {
                    throw new IOException($"{path} is there already: name another folder, or remove it, so that nobody's answers are lost.");
                }
                HandOut.Of(lesson.Name, Notebook.Read(lesson.Path)).Write(path);
                Console.WriteLine(path);
            }
            return 0;
        });
        return command;
    }

    private static Command CreateGrade()
    {
        var limits = new GradeLimits();
        var folder = new Argument<string>("FOLDER") { Description = "Returned notebooks: STUDENT/LESSON.ipynb, or LESSON-STUDENT.ipynb." };
        var seconds = new Option<double>("--cell-seconds") { Description = "How long an answer's cell may take.", DefaultValueFactory = _ => limits.CellSeconds };
        var minutes = new Option<double>("--minutes") { Description = "How long a notebook may take in all.", DefaultValueFactory = _ => limits.Minutes };
        var memory = new Option<double>("--memory") { Description = "How many GB its process may take.", DefaultValueFactory = _ => limits.MemoryGigabytes };
        var atOnce = new Option<int>("--at-once") { Description = "Notebooks that run at the same time.", DefaultValueFactory = _ => 1 };
        var output = new Option<string?>("--output") { Description = "Folder of grades.csv and grades.html; FOLDER without it." };
        foreach (var option in new Option[] { seconds, minutes, memory, atOnce })
        {
            option.Validators.Add(result =>
            {
                if (result.Tokens is [{ Value: var text }] && !(double.TryParse(text, out var number) && number > 0))
                {
                    result.AddError($"{option.Name} is '{text}'; expected a number above 0.");
                }
            });
        }
        var command = new Command("grade", "Runs the answers of returned notebooks against the kit's own checks: a table, grades.csv, grades.html.")
        {
            folder, seconds, minutes, memory, atOnce, output,
        };
        command.SetAction((parsed, stop) => GradeAsync(
            parsed.GetRequiredValue(folder),
            new GradeLimits(parsed.GetValue(seconds), parsed.GetValue(minutes), parsed.GetValue(memory)),
            parsed.GetValue(atOnce), parsed.GetValue(output), stop));
        return command;
    }

    private static async Task<int> GradeAsync(string folder, GradeLimits limits, int atOnce, string? output, CancellationToken stop)
    {
        var files = Returned.In(folder, new Course(Checkout.Notebooks).Lessons);
        if (files.Count == 0)
        {
            throw new ArgumentException($"There are no notebooks in '{folder}': expected STUDENT/LESSON.ipynb, or files such as LESSON-STUDENT.ipynb.");
        }
        var done = 0;
        var table = await Grading.Grading.RunAsync(files, limits, atOnce, (file, grades) => Console.WriteLine(
            $"{Interlocked.Increment(ref done)}/{files.Count}  {Path.GetRelativePath(folder, file.Path)}: " +
            (grades.Count == 0 ? $"not graded, {file.Fault}" : string.Join(", ", grades.Select(g => g.Word)))), stop);
        output = Directory.CreateDirectory(output ?? folder).FullName;
        await File.WriteAllTextAsync(Path.Combine(output, "grades.csv"), table.ToCsv(), stop);
        await File.WriteAllTextAsync(Path.Combine(output, "grades.html"), table.ToHtml(), stop);
        AnsiConsole.Write(table.ToTerminal());
        Console.WriteLine($"{Path.Combine(output, "grades.csv")}, {Path.Combine(output, "grades.html")}");
        return 0;
    }
}
