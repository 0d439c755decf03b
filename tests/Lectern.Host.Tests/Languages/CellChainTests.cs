using System.Runtime.CompilerServices;
using Lectern.Host.Languages;
using Lectern.Host.Tests.Engine;

namespace Lectern.Host.Tests.Languages;

/// <summary>Cells that are run again and again: the old ones go, and what is left means what it meant.</summary>
[Collection("sessions")]
public sealed class CellChainTests
{
    private const int Often = 60;           // more than the chain waits for before it looks
    private const int Staying = 100;        // cells that the runtime keeps for good

    private readonly CellCompiler compiler = new(Path.GetTempPath());

    // The first cell of a chain stays for its references.
    public CellChainTests() => Run("var zero = 0;");

    [Fact]
    public void Cells_that_declare_the_same_again_are_forgotten()
    {
        Repeat(i => $"var v{i % 3} = {i};");
        Repeat(i => $"int Twice(int n) => {i} * n; class P {{ public int X = {i}; }}");
        Assert.InRange(compiler.Chain.Count, 1, Often);
        Assert.Equal(57 + 58 + 59, Run("v0 + v1 + v2"));
        Assert.Equal(118, Run("Twice(2)"));
        Assert.Equal(59, Run("new P().X"));
        Assert.Equal(
            ["v0", "v1", "v2", "zero"], compiler.Chain.SelectMany(cell => cell.Variables).Select(one => one.Name).Distinct().Order());
    }

    [Theory]
    [InlineData("var a = 1;", "int F() => a;", "var a = \"{0}\";", "F()", 1)]
    [InlineData("var a = 1;", "var b = a + 1;", "var a = {0};", "b", 2)]
    [InlineData("int G(string s) => -1;", "int H() => G(\"x\");", "int G(int n) => {0};", "H() + G(\"y\") + G(2)", 57)]
    [InlineData("class P {{ public int X = 1; }}", "var p = new P(); int Of(P q) => q.X;", "class P {{ public int X = {0}; }}", "p.X + Of(p) + new P().X", 61)]
    [InlineData("class P<T> {{ public int X = 5; }}", "", "class P {{ public int X = {0}; }}", "new P<int>().X + new P().X", 64)]
    [InlineData("const int c = 4;", "int C() => c;", "const int c = {0};", "C() + c", 63)]
    [InlineData("var t = new {{ A = 1 }};", "", "var v = {0};", "t.A + v", 60)]
    [InlineData("using System.Numerics;", "int R() => (int)new Complex(3, 4).Magnitude;", "using System.Numerics; var v = {0};", "R() + (int)new Complex(v, 0).Real", 64)]
    [InlineData("static IEnumerator<int> GetEnumerator(this int n) {{ yield return n; }}", "int S(int n) {{ var s = 0; foreach (var x in n) s += x; return s; }}", "var v = {0};", "S(3) + v", 62)]
    [InlineData("var all = new List<Func<int>>();", "event Action Tick; void Raise() => Tick();", "var n = {0}; all.Add(() => n); Tick += () => n++;", "Raise(); all.Sum(f => f())", Often * (Often - 1) / 2 + Often)]
    public void What_is_left_means_what_it_meant(string first, string second, string again, string expression, int value)
    {
        Run(string.Format(first));
        if (second.Length > 0)
        {
            Run(string.Format(second));
        }
        Repeat(i => string.Format(again, i));
        Assert.InRange(compiler.Chain.Count, 1, Often - 1);
        Assert.Equal(value, Run(expression));
    }

    [Fact]
    public void A_method_for_an_old_type_stays_beside_its_namesakes()
    {
        Run("class P { public int X = 1; }");
        Run("int Of(P q) => q.X; var p = new P();");
        Repeat(i => $"class P {{ public int Y = {i}; }} int Of(P q) => q.Y;");
        Assert.Equal(60, Run("Of(p) + Of(new P())"));
    }

    [Fact]
    public void A_type_without_a_name_stays_the_same_type()
    {
        Repeat(i => $"var v = {i};");
        Run("var one = new { A = 1 }; var add = (ref int n) => n + v;");
        Repeat(i => $"var w = {i};");
        Assert.Equal(60, Run("var n = 1; add(ref n)"));
        Assert.Equal(true, Run("one = new { A = 2 }; one.A == 2"));
    }

    [Fact]
    public void A_late_cell_goes_when_nothing_of_it_is_in_use()
    {
        for (var i = 0; i < Staying; i++)
        {
            Run("0");
        }
        var computing = (WeakReference)Run("class Here; new WeakReference(typeof(Here).Assembly)")!;
        var held = (Func<int>)Run("class Held { public int X = 7; } var held = new Held(); Func<int> get = () => held.X; get")!;
        Repeat(_ => "class Here; class Held; var held = 0; var get = 0;");
        Assert.True(IsGone(computing));
        Assert.Equal(7, held());
    }

    [Fact]
    public async Task A_cell_that_is_forgotten_finds_what_it_refers_to_when_it_needs_it_at_last()
    {
        for (var i = 0; i < Staying; i++)
        {
            Run("0");
        }
        Run("var gate = new System.Threading.ManualResetEventSlim();");
        Run("class Late { public static int Five() => 5; }");
        var waiting = (Task<int>)Run("int After() => Late.Five(); var task = Task.Run(() => { gate.Wait(); return After(); }); task")!;
        var open = (Action)Run("Action open = gate.Set; open")!;
        Repeat(_ => "class Late; int After() => 0; var task = 0; var gate = 0; var open = 0;");
        for (var i = 0; i < 5; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        open();
        Assert.Equal(5, await waiting);
    }

    [Fact]
    public void A_late_cell_can_do_what_an_early_one_can()
    {
        for (var i = 0; i <= Staying; i++)
        {
            Run("0");
        }
        Run("using System.Runtime.InteropServices; class C { [ThreadStatic] public static int T; public static int S = 3; }");
        Run("static byte Third() { ReadOnlySpan<byte> bytes = [1, 2, 3]; return bytes[2]; }");
        Run("async Task<int> Wait() { await Task.Delay(1); await Task.Yield(); return 4; } dynamic d = new C();");
        Assert.Equal(4 + 3 + 3, Run("await Wait() + Third() + C.S + C.T"));
        Assert.Equal(2, Run("System.Linq.Expressions.Expression<Func<C, int>> e = c => 2; e.Compile()(new C())"));
        Assert.Equal(9, Run("int Square(dynamic n) => n * n; Square(3)"));
        Assert.Equal(true, Run("enum E { A, B } record R(E Kind, int[] Values); new R(E.B, [1]).ToString().Contains(\"Kind = B\")"));
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal(Environment.ProcessId, Run("[DllImport(\"libc\")] static extern int getpid(); getpid()"));
        }
    }

    [Fact]
    public async Task Completion_and_stack_traces_go_on_after_cells_were_forgotten()
    {
        using var book = new Cells();
        await book.Run("var early = 1;");
        Assert.Contains((await book.Session.Services.CompleteAsync(new Draft("earl"), 4, default)).Items, item => item.Text == "early");
        for (var i = 0; i < 2 * Often; i++)
        {
            Assert.Null((await book.Run($"var again = {i};")).Error);
        }
        await book.Run("int Fail() => throw new Exception(\"no\");");
        var items = (await book.Session.Services.CompleteAsync(new Draft("agai"), 4, default)).Items;
        Assert.Contains(items, item => item.Text == "again");
        Assert.Contains((await book.Session.Services.CompleteAsync(new Draft("earl"), 4, default)).Items, item => item.Text == "early");
        var error = (await book.Run("Fail()")).Error!;
        Assert.Contains(error.Traceback, line => line.Contains("Cell 122, line 1", StringComparison.Ordinal));
    }

    private static bool IsGone(WeakReference reference)
    {
        for (var i = 0; i < 20 && reference.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return !reference.IsAlive;
    }

    private void Repeat(Func<int, string> cell)
    {
        for (var i = 0; i < Often; i++)
        {
            Run(cell(i));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private object? Run(string code)
    {
        var cell = compiler.Compile(code, "Cell", default, out var faults);
        Assert.True(cell is not null, $"{code}: {string.Join('\n', faults)}");
        var value = cell.Start(compiler.Chain).GetAwaiter().GetResult();
        compiler.Keep(cell);
        return value;
    }
}
