namespace TorchSharp;

/// <summary>What stands beyond an edge.</summary>
public enum PaddingModes { Zeros = 0, Reflect = 1, Replicate = 2, Circular = 3, Constant = 4 }

/// <summary>Padding by what it gives: none, or as many places as the input has.</summary>
public enum Padding { Valid = 0, Same = 1 }

/// <summary>How a bag of embeddings becomes one.</summary>
public enum EmbeddingBagMode { Sum = 0, Mean = 1, Max = 2 }

public static partial class torch
{
    /// <summary>How values between pixels are made, in <see cref="nn.Upsample"/>.</summary>
    public enum UpsampleMode { Nearest = 0, Linear = 1, Bilinear = 2, Bicubic = 3, Trilinear = 4 }

    /// <summary>How values between pixels are made, in <see cref="nn.functional.interpolate"/>.</summary>
    public enum InterpolationMode
    {
        Nearest = 0, Linear = 1, Bilinear = 2, Bicubic = 3, Trilinear = 4,
        Area = 5, NearestExact = 6
    }

    /// <summary>How values between pixels are made, in <see cref="nn.functional.grid_sample"/>.</summary>
    public enum GridSampleMode { Nearest = 0, Bilinear = 2 }

    /// <summary>What grid_sample finds outside the image.</summary>
    public enum GridSamplePaddingMode { Zeros = 0, Reflection = 1, Border = 2 }

    public static partial class nn
    {
        /// <summary>What becomes of the losses of a batch.</summary>
        public enum Reduction : long { None = 0, Mean = 1, Sum = 2 }

        /// <summary>The non-linearity of a plain recurrent layer.</summary>
        public enum NonLinearities { ReLU = 0, Tanh = 1 }

        /// <summary>The non-linearity inside a transformer layer.</summary>
        public enum Activations { ReLU = 0, GELU = 1 }
    }
}
