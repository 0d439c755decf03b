using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Lectern.Host.Jupyter;

/// <summary>Stands where standard output and error were, so that what native code writes reaches the notebook.</summary>
/// <remarks>
/// libtorch's warnings and a library's <c>printf</c> know nothing of .NET's console. On Windows they go where they went.
/// </remarks>
internal sealed unsafe partial class NativeConsole
{
    private const short Readable = 1;           // POLLIN
    private const int LineBuffered = 1;         // _IOLBF in glibc, musl and macOS alike

    private readonly Action<string, string> write;
    private readonly Pipe[] pipes;
    private readonly Lock gate = new();

    private NativeConsole(Action<string, string> write)
    {
        this.write = write;
        if (CStandardOutput() is var stream and not 0)
        {
            // To a pipe C writes in blocks of kilobytes; a reader wants each line when it is written.
            SetBuffer(stream, 0, LineBuffered, 0);
        }
        pipes = [new Pipe(1, "stdout"), new Pipe(2, "stderr")];
        foreach (var pipe in pipes)
        {
            new Thread(() => Loop(pipe)) { IsBackground = true, Name = $"native {pipe.Name}" }.Start();
        }
    }

    /// <summary>The standard error as it was before; for the kernel's log.</summary>
    public static TextWriter TakeError() => OperatingSystem.IsWindows() ? Console.Error
        : new StreamWriter(Copy(2), new UTF8Encoding(false)) { AutoFlush = true };

    /// <summary>The standard output as it was before; for messages that no cell's output may come between.</summary>
    public static Stream TakeOutput() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : Copy(1);

    private static FileStream Copy(int descriptor)
    {
        var copy = Duplicate(descriptor);
        CloseInPrograms(copy);
        return new FileStream(new SafeFileHandle(copy, ownsHandle: true), FileAccess.Write, bufferSize: 0);
    }

    // A program that a cell starts has no business with it, and would keep it open when the host is gone.
    private static void CloseInPrograms(int descriptor) => Control(descriptor, command: 2, argument: 1);     // F_SETFD, FD_CLOEXEC

    /// <summary>Puts pipes in the place of both streams.</summary>
    /// <param name="write">Takes what was written: the stream's name and the text.</param>
    /// <returns>The pipes' owner; null where the system has none.</returns>
    public static NativeConsole? Take(Action<string, string> write) =>
        OperatingSystem.IsWindows() ? null : new NativeConsole(write);

    /// <summary>Hands on all that has been written so far.</summary>
    public void Drain()
    {
        if (CStandardOutput() is var stream and not 0)
        {
            FlushStream(stream);
        }
        foreach (var pipe in pipes)
        {
            Read(pipe);
        }
    }

    private void Loop(Pipe pipe)
    {
        while (true)
        {
            var poll = new PollEntry { Descriptor = pipe.Read, Events = Readable };
            if (Poll(&poll, 1, -1) > 0)
            {
                Read(pipe);
            }
        }
    }

    // Never waits: another thread may have read what was there.
    private void Read(Pipe pipe)
    {
        const int Size = 1 << 16;
        var bytes = stackalloc byte[Size];
        lock (gate)
        {
            while (true)
            {
                var poll = new PollEntry { Descriptor = pipe.Read, Events = Readable };
                if (Poll(&poll, 1, 0) <= 0 || (poll.Happened & Readable) == 0)
                {
                    return;
                }
                var count = (int)ReadBytes(pipe.Read, bytes, Size);
                if (count <= 0)
                {
                    return;
                }
                var text = new char[pipe.Decoder.GetCharCount(bytes, count, flush: false)];
                fixed (char* first = text)
                {
                    pipe.Decoder.GetChars(bytes, count, first, text.Length, flush: false);
                }
                if (text.Length > 0)
                {
                    write(pipe.Name, new string(text));
                }
            }
        }
    }

    private static nint CStandardOutput() =>
        NativeLibrary.TryLoad("libc", typeof(NativeConsole).Assembly, null, out var c)
        && NativeLibrary.TryGetExport(c, OperatingSystem.IsMacOS() ? "__stdoutp" : "stdout", out var symbol)
            ? *(nint*)symbol
            : 0;

    [LibraryImport("libc", EntryPoint = "pipe", SetLastError = true)]
    private static partial int NewPipe(int* ends);

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Duplicate(int descriptor, int to);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint ReadBytes(int descriptor, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "fflush")]
    private static partial int FlushStream(nint stream);

    [LibraryImport("libc", EntryPoint = "setvbuf")]
    private static partial int SetBuffer(nint stream, nint buffer, int mode, nuint size);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }

    private sealed class Pipe
    {
        public Pipe(int descriptor, string name)
        {
            Name = name;
            var ends = stackalloc int[2];
            if (NewPipe(ends) != 0)
            {
                throw new IOException("No pipe could be had for the output of native code.");
            }
            Read = ends[0];
            Duplicate(ends[1], descriptor);
            Close(ends[1]);
            // A program that a cell starts writes into the pipe, and does not read it.
            CloseInPrograms(Read);
        }

        public int Read { get; }

        public string Name { get; }

        public Decoder Decoder { get; } = Encoding.UTF8.GetDecoder();
    }
}
