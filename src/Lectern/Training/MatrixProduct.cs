using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Lectern.Training;

/// <summary>
/// Products of matrices into memory that is there. Where libtorch has brought oneDNN along, oneDNN computes them: with
/// one side much longer than the other, its products take four fifths of the time that Debian's OpenBLAS needs.
/// </summary>
internal static unsafe class MatrixProduct
{
    private static readonly delegate* unmanaged<byte, byte, long, long, long, float, float*, long, float*, long, float,
        float*, long, int> Sgemm = (delegate* unmanaged<byte, byte, long, long, long, float, float*, long, float*, long,
        float, float*, long, int>)Loaded("dnnl", "dnnl_sgemm");

    private static readonly delegate* unmanaged<int, void> SetThreads =
        (delegate* unmanaged<int, void>)Loaded("gomp", "omp_set_num_threads");

    /// <summary>Whether oneDNN is there.</summary>
    internal static bool IsFast => Sgemm is not null && SetThreads is not null;

    /// <summary>to ← a b, or to ← to + a b.</summary>
    /// <param name="to">[m, n], single precision, on the CPU, contiguous.</param>
    /// <param name="a">[m, k], likewise; it, or its transpose, is contiguous.</param>
    /// <param name="b">[k, n], likewise.</param>
    /// <param name="add">Whether what is there stays as a term.</param>
    internal static void Write(Tensor to, Tensor a, Tensor b, bool add = false)
    {
        if (!IsFast)
        {
            using var scope = NewDisposeScope();
            to.addmm_(a, b, beta: add ? 1 : 0);
            return;
        }
        var (m, k, n) = (a.shape[0], a.shape[1], b.shape[1]);
        float* left = First(a, out byte leftTurned, out long leftRow), right = First(b, out byte rightTurned, out long rightRow);
        SetThreads(get_num_threads());          // a thread that no operator of torch has run on would take all cores
        int status = Sgemm(leftTurned, rightTurned, m, n, k, 1, left, leftRow, right, rightRow, add ? 1 : 0,
            Kernels.Pointer<float>(to), n);
        GC.KeepAlive((to, a, b));
        if (status != 0) throw new InvalidOperationException($"oneDNN refused a product of [{m}, {k}] and [{k}, {n}]: status {status}.");
    }

    /// <summary>Where a matrix begins in memory, and whether it is the transpose of what lies there.</summary>
    private static float* First(Tensor x, out byte turned, out long row)
    {
        bool asItIs = x.is_contiguous();
        (turned, row) = ((byte)(asItIs ? 'N' : 'T'), x.shape[asItIs ? 1 : 0]);
        if (asItIs) return Kernels.Pointer<float>(x);
        using var transpose = x.t();
        if (!transpose.is_contiguous()) throw new ArgumentException("Neither the matrix nor its transpose is contiguous.", nameof(x));
        return Kernels.Pointer<float>(transpose);
    }

    /// <summary>A function of a library that is in this process already; null where there is none.</summary>
    private static void* Loaded(string library, string function)
    {
        using var process = Process.GetCurrentProcess();
        var module = process.Modules.Cast<ProcessModule>()
            .FirstOrDefault(one => one.ModuleName.StartsWith($"lib{library}.so", StringComparison.Ordinal));
        return module is not null && NativeLibrary.TryLoad(module.FileName, out nint handle)
            && NativeLibrary.TryGetExport(handle, function, out nint address) ? (void*)address : null;
    }
}
