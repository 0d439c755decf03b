using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]
[assembly: InternalsVisibleTo("Torch.Tests")]

namespace TorchSharp.Native;

/// <summary>The C interface of native/bridge.cpp; see there for who owns what.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = "lectern_torch";

    /// <summary>Loads the bridge before its first call, so that a failure says what to do, and sets the threads.</summary>
    static NativeMethods()
    {
        NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, Resolve);
        lt_set_threads(ThreadCount());
    }

    /// <summary>LECTERN_THREADS or OMP_NUM_THREADS, else one a core: libtorch alone would start with one.</summary>
    private static int ThreadCount()
    {
        foreach (string name in (string[])["LECTERN_THREADS", "OMP_NUM_THREADS"])
            if (int.TryParse(Environment.GetEnvironmentVariable(name), out int count) && count > 0) return count;
        return Environment.ProcessorCount;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library) return 0;
        string file = Path.Combine(Path.GetDirectoryName(assembly.Location) ?? AppContext.BaseDirectory, "liblectern_torch.so");
        if (!File.Exists(file)) file = Path.Combine(AppContext.BaseDirectory, "liblectern_torch.so");
        // An application that has the kit as a package finds it where packages keep native libraries.
        if (!File.Exists(file) && NativeLibrary.TryLoad(name, assembly, path, out nint packaged)) return packaged;
        if (!File.Exists(file))
            throw new DllNotFoundException(
                $"The bridge to libtorch is not at '{file}'. Build the kit again: `./lectern doctor` names what is missing.");
        try
        {
            return NativeLibrary.Load(file);
        }
        catch (DllNotFoundException error)
        {
            throw new DllNotFoundException(
                $"'{file}' was built for a libtorch that is not found now ({error.Message.Trim()}). Install libtorch again, or "
                + "set LIBTORCH to its folder and rebuild; `./lectern doctor` tells which one is in use.", error);
        }
    }

    [LibraryImport(Library)] internal static partial byte* lt_error();
    [LibraryImport(Library)] internal static partial nint lt_find(byte* name, byte* overload);
    [LibraryImport(Library)] internal static partial int lt_call(nint op, NativeValue* arguments, int count, NativeValue* results, int capacity);
    [LibraryImport(Library)] internal static partial void lt_free(nint memory);

    [LibraryImport(Library)] internal static partial void lt_release(nint tensor);
    [LibraryImport(Library)] internal static partial nint lt_retain(nint tensor);
    [LibraryImport(Library)] internal static partial long lt_dim(nint tensor);
    [LibraryImport(Library)] internal static partial int lt_shape(nint tensor, long* shape);
    [LibraryImport(Library)] internal static partial int lt_strides(nint tensor, long* strides);
    [LibraryImport(Library)] internal static partial long lt_numel(nint tensor);
    [LibraryImport(Library)] internal static partial int lt_dtype(nint tensor);
    [LibraryImport(Library)] internal static partial long lt_device(nint tensor);
    [LibraryImport(Library)] internal static partial int lt_layout(nint tensor);
    [LibraryImport(Library)] internal static partial int lt_is_contiguous(nint tensor);
    [LibraryImport(Library)] internal static partial nint lt_data(nint tensor);
    [LibraryImport(Library)] internal static partial int lt_is_lazy(nint tensor);
    [LibraryImport(Library)] internal static partial long lt_storage_offset(nint tensor);
    [LibraryImport(Library)] internal static partial long lt_storage_id(nint tensor);

    [LibraryImport(Library)] internal static partial int lt_requires_grad(nint tensor);
    [LibraryImport(Library)] internal static partial int lt_set_requires_grad(nint tensor, int value);
    [LibraryImport(Library)] internal static partial int lt_is_leaf(nint tensor);
    [LibraryImport(Library)] internal static partial nint lt_grad(nint tensor);
    [LibraryImport(Library)] internal static partial int lt_set_grad(nint tensor, nint gradient);
    [LibraryImport(Library)] internal static partial int lt_retain_grad(nint tensor);
    [LibraryImport(Library)] internal static partial long lt_version(nint tensor);
    [LibraryImport(Library)] internal static partial void lt_changed(nint tensor);
    [LibraryImport(Library)] internal static partial byte* lt_grad_fn(nint tensor);
    [LibraryImport(Library)] internal static partial int lt_grad_enabled();
    [LibraryImport(Library)] internal static partial void lt_set_grad_enabled(int value);
    [LibraryImport(Library)] internal static partial nint lt_inference_begin(int value);
    [LibraryImport(Library)] internal static partial void lt_inference_end(nint guard);
    [LibraryImport(Library)]
    internal static partial int lt_backward(nint* roots, nint* gradients, long count, int keepGraph, int createGraph, nint* inputs, long inputCount);
    [LibraryImport(Library)]
    internal static partial int lt_gradients(nint* roots, nint* gradients, long count, nint* inputs, long inputCount, int keepGraph,
        int createGraph, int allowUnused, nint* results);
    [LibraryImport(Library)] internal static partial void lt_set_error(byte* text);
    [LibraryImport(Library)]
    internal static partial int lt_attach(nint context, byte* title, delegate* unmanaged<nint, nint, nint*, int, nint*, int, int> backward,
        delegate* unmanaged<nint, void> drop, nint* inputs, int inputCount, nint* outputs, int* differentiable, int outputCount,
        nint* saved, int savedCount);
    [LibraryImport(Library)] internal static partial int lt_saved(nint node, nint* results);

    [LibraryImport(Library)] internal static partial int lt_record_start();
    [LibraryImport(Library)] internal static partial byte* lt_record_stop();
    [LibraryImport(Library)] internal static partial nint lt_record_open(byte* name, nint* inputs, int count);
    [LibraryImport(Library)] internal static partial void lt_record_close(nint opened, nint* outputs, int count);

    [LibraryImport(Library)] internal static partial int lt_manual_seed(long seed);
    [LibraryImport(Library)] internal static partial nint lt_generator(long device, long seed);
    [LibraryImport(Library)] internal static partial nint lt_default_generator();
    [LibraryImport(Library)] internal static partial void lt_generator_free(nint generator);
    [LibraryImport(Library)] internal static partial int lt_generator_seed(nint generator, long seed);
    [LibraryImport(Library)] internal static partial long lt_generator_initial_seed(nint generator);
    [LibraryImport(Library)] internal static partial nint lt_generator_state(nint generator);
    [LibraryImport(Library)] internal static partial int lt_generator_set_state(nint generator, nint state);

    [LibraryImport(Library)] internal static partial int lt_threads();
    [LibraryImport(Library)] internal static partial int lt_set_threads(int count);
    [LibraryImport(Library)] internal static partial int lt_interop_threads();
    [LibraryImport(Library)] internal static partial int lt_set_interop_threads(int count);
    [LibraryImport(Library)] internal static partial byte* lt_torch_version();
    [LibraryImport(Library)] internal static partial byte* lt_configuration();
    [LibraryImport(Library)] internal static partial int lt_audit_meta(int value);
    [LibraryImport(Library)] internal static partial int lt_autocast(int device, int type);
    [LibraryImport(Library)] internal static partial int lt_cuda_available();
    [LibraryImport(Library)] internal static partial int lt_cuda_count();
    [LibraryImport(Library)] internal static partial int lt_cuda_synchronize(long index);

    [LibraryImport(Library)] internal static partial nint lt_group_open(byte* host, int port, int rank, int size, int server, long timeout, int nccl);
    [LibraryImport(Library)] internal static partial void lt_group_close(nint group);
    [LibraryImport(Library)] internal static partial int lt_group_sum(nint group, nint tensor);
    [LibraryImport(Library)] internal static partial int lt_group_broadcast(nint group, nint tensor, int root);
    [LibraryImport(Library)] internal static partial int lt_group_barrier(nint group);
    [LibraryImport(Library)] internal static partial long lt_group_count(nint group, byte* name, long step);
    [LibraryImport(Library)] internal static partial nint lt_reducer_open(nint group, nint* parameters, long count, long bucketBytes);
    [LibraryImport(Library)] internal static partial int lt_reducer_prepare(nint reducer, nint loss);
    [LibraryImport(Library)] internal static partial void lt_reducer_close(nint reducer);
}
