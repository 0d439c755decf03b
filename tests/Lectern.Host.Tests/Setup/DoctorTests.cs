using Lectern.Data;
using Lectern.Host.Setup;

namespace Lectern.Host.Tests.Setup;

public sealed class DoctorTests
{
    /// <summary>Two cores with all that the kit can use.</summary>
    private static readonly MachineFacts Healthy = new()
    {
        Root = "/home/reader/lectern", Sdk = "10.0.401", BridgeLibrary = "/home/reader/liblectern_torch.so",
        LibtorchVersion = "1.13.1", LibtorchFolder = "/usr/lib/x86_64-linux-gnu",
        Blas = "/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3", Gigaflops = 150,
        Threads = 2, Cores = 2,
        Jupyter = "jupyter_core 4.12.0", HasZeroMq = true,
        KernelFolder = "/home/reader/.local/share/jupyter/kernels/.net-csharp", KernelHost = "/home/reader/lectern/Lectern.Host.dll",
        KernelHostExists = true, HasTurboJpeg = true, Browser = "/usr/bin/chromium",
        Katex = "/usr/share/javascript/katex",
        Cache = "/home/reader/.cache/lectern", CacheBytes = 3_500_000, FreeBytes = 9_000_000_000,
    };

    [Fact]
    public void A_machine_with_everything_gets_no_warning_and_exit_code_zero()
    {
        var findings = Doctor.Examine(Healthy);

        Assert.All(findings, f => Assert.Equal(Verdict.Ok, f.Verdict));
        Assert.Equal(0, Doctor.ExitCode(findings));
        Assert.Equal("All is well.", Doctor.Summary(findings));
    }

    [Fact]
    public void The_reference_blas_is_a_warning_that_names_the_package_and_the_alternatives()
    {
        var facts = Healthy with { Blas = "/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0", Gigaflops = 7 };

        var finding = Find("BLAS", facts);

        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.Contains("reference BLAS, 7 GFLOP/s", finding.Says);
        Assert.Contains("libopenblas0-pthread", finding.Remedy);
        Assert.Contains("update-alternatives --auto libblas.so.3", finding.Remedy);
    }

    [Theory]
    [InlineData("/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3", "OpenBLAS")]
    [InlineData("/usr/lib/x86_64-linux-gnu/libmkl_rt.so", "MKL")]
    [InlineData("/usr/lib/x86_64-linux-gnu/blis-openmp/libblas.so.3", "BLIS")]
    [InlineData(null, "within libtorch")]
    public void A_fast_blas_is_named_and_not_warned_of(string? library, string name)
    {
        var finding = Find("BLAS", Healthy with { Blas = library });

        Assert.Equal(Verdict.Ok, finding.Verdict);
        Assert.StartsWith(name, finding.Says);
    }

    [Fact]
    public void A_fast_blas_that_computes_slowly_is_a_warning()
        => Assert.Equal(Verdict.Warn, Find("BLAS", Healthy with { Gigaflops = 9 }).Verdict);

    [Fact]
    public void One_thread_on_two_cores_is_a_warning_with_the_setting_that_mends_it()
    {
        var finding = Find("threads", Healthy with { Threads = 1, ThreadSetting = "OMP_NUM_THREADS=1" });

        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.Equal("1 for 2 cores (OMP_NUM_THREADS=1)", finding.Says);
        Assert.Equal("unset it, or set LECTERN_THREADS=2", finding.Remedy);
    }

    [Fact]
    public void One_thread_on_one_core_is_well_and_more_threads_than_cores_are_not()
    {
        Assert.Equal(Verdict.Ok, Find("threads", Healthy with { Threads = 1, Cores = 1 }).Verdict);
        Assert.Equal(Verdict.Warn, Find("threads", Healthy with { Threads = 8 }).Verdict);
    }

    [Fact]
    public void An_engine_that_does_not_load_is_a_failure_with_exit_code_one()
    {
        var facts = Healthy with { EngineError = "libtorch_cpu.so: cannot open shared object file" };

        var findings = Doctor.Examine(facts);

        var engine = findings.Single(f => f.Subject == "engine");
        Assert.Equal(Verdict.Fail, engine.Verdict);
        Assert.Contains("cannot open shared object file", engine.Says);
        Assert.Contains("libtorch-dev", engine.Remedy);
        Assert.Equal(1, Doctor.ExitCode(findings));
        Assert.StartsWith("Lessons cannot run", Doctor.Summary(findings));
    }

    [Fact]
    public void A_package_that_is_too_new_for_the_system_is_told_from_one_that_is_broken()
    {
        var tooNew = Healthy with { IsBridge = false, EngineError = "version `GLIBCXX_3.4.32' not found" };

        Assert.Contains("use the bridge", Find("engine", tooNew).Remedy);
        Assert.Contains("restore", Find("engine", tooNew with { EngineError = "no such file" }).Remedy);
    }

    [Fact]
    public void Warnings_alone_leave_the_exit_code_zero()
    {
        var findings = Doctor.Examine(Healthy with { Sdk = null, Katex = null, HasTurboJpeg = false });

        Assert.Equal(3, findings.Count(f => f.Verdict == Verdict.Warn));
        Assert.Equal(0, Doctor.ExitCode(findings));
        Assert.Equal("Lessons run; 3 things could be better.", Doctor.Summary(findings));
    }

    [Fact]
    public void Remedies_name_apt_only_where_it_is()
    {
        Assert.StartsWith("sudo apt-get install", Find("formulas", Healthy with { Katex = null }).Remedy);
        var elsewhere = Healthy with { Katex = null, HasApt = false };
        Assert.Equal("install libjs-katex", Find("formulas", elsewhere).Remedy);
    }

    [Fact]
    public void A_graphics_card_that_libtorch_was_not_built_for_is_a_warning_and_none_is_not()
    {
        var card = Healthy with { NvidiaDriver = "550.1" };

        Assert.Equal(Verdict.Ok, Find("CUDA", Healthy).Verdict);
        Assert.Contains("processor only", Find("CUDA", card).Says);
        Assert.Contains("CUDA_VISIBLE_DEVICES", Find("CUDA", card with { LibtorchHasCuda = true }).Remedy);
        Assert.Equal(Verdict.Ok, Find("CUDA", card with { CudaDevices = 1 }).Verdict);
    }

    [Fact]
    public void Jupyter_without_libzmq_is_a_warning_and_no_jupyter_is_not()
    {
        Assert.Equal(Verdict.Warn, Find("Jupyter", Healthy with { HasZeroMq = false }).Verdict);
        Assert.Equal(Verdict.Ok, Find("Jupyter", Healthy with { HasZeroMq = false, Jupyter = null }).Verdict);
    }

    [Fact]
    public void A_kernel_that_is_gone_or_anothers_is_a_warning_and_none_is_an_offer()
    {
        Assert.Equal(Verdict.Warn, Find("Jupyter", Healthy with { KernelHostExists = false }).Verdict);
        Assert.Contains("--force", Find("Jupyter", Healthy with { KernelHost = null }).Remedy);
        var none = Find("Jupyter", Healthy with { KernelFolder = null, KernelHost = null });
        Assert.Equal((Verdict.Ok, "./lectern install, or ./lectern lab"), (none.Verdict, none.Remedy));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_or_has_no_room_and_a_mirror_that_is_not_there_are_warnings()
    {
        var lost = Healthy with { Mirror = "/nowhere", MirrorExists = false };

        Assert.Contains("denied", Find("data cache", Healthy with { CacheError = "Access denied" }).Says);
        Assert.Equal(Verdict.Warn, Find("data cache", Healthy with { FreeBytes = 5_000_000 }).Verdict);
        Assert.Equal(Verdict.Warn, Find("data mirror", lost).Verdict);
    }

    [Fact]
    public void The_blas_in_use_is_the_one_that_answers_as_libblas()
    {
        // OpenCV, which Debian's libtorch loads, brings an OpenBLAS that libtorch itself does not call.
        string[] loaded = ["/usr/lib/libopenblas.so.0", "/usr/lib/blas/libblas.so.3.11.0",
            "/usr/lib/libc.so.6"];

        Assert.Equal(loaded[1], MachineProbe.BlasIn(loaded));
        Assert.Equal(loaded[0], MachineProbe.BlasIn(loaded[..1]));
        Assert.Null(MachineProbe.BlasIn(loaded[2..]));
    }

    [Fact]
    public void This_machine_can_be_examined_without_an_exception()
    {
        using var cache = new TemporaryFolder();

        var facts = MachineProbe.Read(root: null, new DataPlaces(cache.Path, cache.Path, Mirror: null));

        Assert.Equal(12, Doctor.Examine(facts).Count);
        Assert.Null(facts.CacheError);
        Assert.True(facts.Cores >= 1);
    }

    private static Finding Find(string subject, MachineFacts facts) =>
        Doctor.Examine(facts).Single(f => f.Subject == subject);
}
