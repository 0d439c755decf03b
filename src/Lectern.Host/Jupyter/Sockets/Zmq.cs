using System.Reflection;
using System.Runtime.InteropServices;

namespace Lectern.Host.Jupyter.Sockets;

/// <summary>The functions of libzmq that the kernel calls, as the C header declares them.</summary>
internal static unsafe partial class Zmq
{
    public const int Reply = 4;
    public const int Dealer = 5;
    public const int Router = 6;
    public const int Publish = 1;
    public const int Subscribe = 2;
    public const int Request = 3;

    public const int IdentityOption = 5;
    public const int SubscribeOption = 6;
    public const int LingerOption = 17;
    public const int MaxMessageSizeOption = 22;
    public const int SendHighWaterOption = 23;
    public const int ReceiveHighWaterOption = 24;
    public const int ReceiveTimeoutOption = 27;
    public const int MandatoryOption = 33;
    public const int IPv6Option = 42;
    public const int HandoverOption = 56;
    public const int NoDropOption = 69;

    public const int DontWait = 1;
    public const int SendMore = 2;

    public const int Interrupted = 4;                                       // EINTR, on each system
    public static readonly int Again = OperatingSystem.IsMacOS() ? 35 : 11; // EAGAIN
    public const int Terminated = 156384765;                                // ETERM: libzmq's own
    public static readonly int Unreachable =                                // EHOSTUNREACH
        OperatingSystem.IsMacOS() ? 65 : OperatingSystem.IsWindows() ? 110 : 113;

    private const string Library = "libzmq";

    static Zmq() => NativeLibrary.SetDllImportResolver(typeof(Zmq).Assembly, Resolve);

    /// <summary>Memory of a message as libzmq lays it out.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Frame
    {
        private fixed long words[8];
    }

    [LibraryImport(Library, EntryPoint = "zmq_ctx_new", SetLastError = true)]
    public static partial nint NewContext();

    [LibraryImport(Library, EntryPoint = "zmq_ctx_shutdown", SetLastError = true)]
    public static partial int ShutDown(nint context);

    [LibraryImport(Library, EntryPoint = "zmq_ctx_term", SetLastError = true)]
    public static partial int Terminate(nint context);

    [LibraryImport(Library, EntryPoint = "zmq_socket", SetLastError = true)]
    public static partial nint Socket(nint context, int type);

    [LibraryImport(Library, EntryPoint = "zmq_close", SetLastError = true)]
    public static partial int Close(nint socket);

    [LibraryImport(Library, EntryPoint = "zmq_setsockopt", SetLastError = true)]
    public static partial int Set(nint socket, int option, void* value, nuint size);

    [LibraryImport(Library, EntryPoint = "zmq_bind", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Bind(nint socket, string address);

    [LibraryImport(Library, EntryPoint = "zmq_connect", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Connect(nint socket, string address);

    [LibraryImport(Library, EntryPoint = "zmq_send", SetLastError = true)]
    public static partial int Send(nint socket, void* data, nuint size, int flags);

    [LibraryImport(Library, EntryPoint = "zmq_msg_init")]
    public static partial int Begin(Frame* frame);

    [LibraryImport(Library, EntryPoint = "zmq_msg_recv", SetLastError = true)]
    public static partial int Receive(Frame* frame, nint socket, int flags);

    [LibraryImport(Library, EntryPoint = "zmq_msg_data")]
    public static partial void* Data(Frame* frame);

    [LibraryImport(Library, EntryPoint = "zmq_msg_size")]
    public static partial nuint Size(Frame* frame);

    [LibraryImport(Library, EntryPoint = "zmq_msg_more")]
    public static partial int HasMore(Frame* frame);

    [LibraryImport(Library, EntryPoint = "zmq_msg_close")]
    public static partial int End(Frame* frame);

    [LibraryImport(Library, EntryPoint = "zmq_errno")]
    private static partial int WindowsError();

    [LibraryImport(Library, EntryPoint = "zmq_strerror")]
    private static partial byte* Words(int error);

    /// <summary>Why the last call on this thread failed.</summary>
    public static int LastError => OperatingSystem.IsWindows() ? WindowsError() : Marshal.GetLastPInvokeError();

    /// <summary>An error's name in words.</summary>
    public static string Describe(int error) => Marshal.PtrToStringUTF8((nint)Words(error)) ?? $"error {error}";

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
        {
            return 0;
        }
        string[] names = OperatingSystem.IsWindows() ? ["libzmq.dll", "libzmq-v142-mt-4_3_5.dll"]
            : OperatingSystem.IsMacOS()
                ? ["libzmq.dylib", "libzmq.5.dylib", "/opt/homebrew/lib/libzmq.dylib", "/usr/local/lib/libzmq.dylib"]
                : ["libzmq.so.5", "libzmq.so"];
        foreach (var candidate in names)
        {
            if (NativeLibrary.TryLoad(candidate, assembly, path, out var handle))
            {
                return handle;
            }
        }
        throw new DllNotFoundException(
            $"The kernel speaks to Jupyter through libzmq, and none of {string.Join(", ", names)} can be loaded. " +
            "Debian, Ubuntu: sudo apt-get install libzmq5. macOS: brew install zeromq. " +
            "Windows: put libzmq.dll (NuGet package libzmq-vc142, or vcpkg install zeromq) into a folder on the PATH.");
    }
}
