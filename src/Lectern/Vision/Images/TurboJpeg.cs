using System.Runtime.InteropServices;

namespace Lectern.Vision;

/// <summary>The functions of libturbojpeg (2.x) that reading takes, as its C header declares them.</summary>
internal sealed unsafe class TurboJpeg
{
    internal const int Rgb = 0, Cmyk = 11;                  // pixel formats
    internal const int CmykColours = 3, YcckColours = 4;    // colour spaces

    private static readonly string[] Names = OperatingSystem.IsWindows()
        ? ["turbojpeg.dll", "libturbojpeg.dll"]
        : OperatingSystem.IsMacOS() ? ["libturbojpeg.dylib", "/opt/homebrew/lib/libturbojpeg.dylib"]
        : ["libturbojpeg.so.0", "libturbojpeg.so"];

    private static TurboJpeg? loaded;

    private readonly delegate* unmanaged[Cdecl]<nint> start;
    private readonly delegate* unmanaged[Cdecl]<nint, int> destroy;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, CULong, int*, int*, int*, int*, int> header;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int,
        int> decompress;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*> errorText;
    private readonly delegate* unmanaged[Cdecl]<nint, int> errorCode;

    private TurboJpeg(nint library)
    {
        nint Of(string name) => NativeLibrary.GetExport(library, name);
        start = (delegate* unmanaged[Cdecl]<nint>)Of("tjInitDecompress");
        destroy = (delegate* unmanaged[Cdecl]<nint, int>)Of("tjDestroy");
        header = (delegate* unmanaged[Cdecl]<nint, byte*, CULong, int*, int*, int*, int*, int>)
            Of("tjDecompressHeader3");
        decompress = (delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int, int>)
            Of("tjDecompress2");
        errorText = (delegate* unmanaged[Cdecl]<nint, byte*>)Of("tjGetErrorStr2");
        errorCode = (delegate* unmanaged[Cdecl]<nint, int>)Of("tjGetErrorCode");
    }

    /// <summary>The library, loaded once.</summary>
    /// <exception cref="DllNotFoundException">It is not there; the message has the remedy.</exception>
    internal static TurboJpeg Instance => loaded ??= Load(Names);

    internal static TurboJpeg Load(params string[] names)
    {
        foreach (string name in names)
            if (NativeLibrary.TryLoad(name, out nint library)) return new TurboJpeg(library);
        throw new DllNotFoundException(
            $"JPEG pictures are read by libturbojpeg, and there is no {names[0]} here. Remedies: './lectern "
            + "doctor' installs it (Debian: libturbojpeg0, Ubuntu: libturbojpeg, Homebrew: jpeg-turbo); "
            + "or convert the picture to PNG, which needs nothing.");
    }

    internal nint Start() => start();

    internal void Destroy(nint handle) => _ = destroy(handle);

    internal bool Header(nint handle, ReadOnlySpan<byte> file, out int width, out int height, out int colours)
    {
        int w, h, sampling, space;
        int code;
        fixed (byte* bytes = file)
            code = header(handle, bytes, new CULong((nuint)file.Length), &w, &h, &sampling, &space);
        (width, height, colours) = (w, h, space);
        return code == 0;
    }

    internal bool Decompress(
        nint handle, ReadOnlySpan<byte> file, Span<byte> pixels, int width, int height, int format)
    {
        fixed (byte* bytes = file, target = pixels)
            return decompress(handle, bytes, new CULong((nuint)file.Length), target, width, 0, height,
                format, 0) == 0;
    }

    /// <summary>What went wrong last, and whether the picture is there all the same.</summary>
    internal (string Text, bool WarningOnly) Error(nint handle) =>
        (Marshal.PtrToStringUTF8((nint)errorText(handle)) ?? "", errorCode(handle) == 0);
}
