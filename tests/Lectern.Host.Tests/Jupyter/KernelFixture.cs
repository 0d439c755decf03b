namespace Lectern.Host.Tests.Jupyter;

/// <summary>One kernel for the tests of a class; it is started by the first that needs it.</summary>
public sealed class KernelFixture : IDisposable
{
    private FrontEnd? kernel;

    internal FrontEnd Kernel
    {
        get
        {
            FrontEnd.SkipUnlessPossible();
            return kernel ??= new FrontEnd();
        }
    }

    public void Dispose() => kernel?.Dispose();
}
