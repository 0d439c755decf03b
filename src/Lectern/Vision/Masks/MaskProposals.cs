namespace Lectern.Vision;

/// <summary>Masks that may be objects, best first.</summary>
/// <param name="Masks">bool [K, H, W], none without a pixel.</param>
/// <param name="Boxes">Around them, xyxy in pixels: [K, 4].</param>
/// <param name="Scores">How sure the network is of an object, 0 to 1: [K].</param>
public sealed record MaskProposals(Tensor Masks, Tensor Boxes, Tensor Scores) : IDisposable
{
    /// <summary>Lets the tensors go.</summary>
    public void Dispose()
    {
        foreach (var tensor in (Tensor[])[Masks, Boxes, Scores]) tensor.Dispose();
    }

    internal MaskProposals MoveToOuterDisposeScope()
    {
        foreach (var tensor in (Tensor[])[Masks, Boxes, Scores]) tensor.MoveToOuterDisposeScope();
        return this;
    }

    /// <summary>Masks with the boxes around them; those without a pixel are left out.</summary>
    /// <param name="masks">bool [K, H, W].</param>
    /// <param name="scores">[K].</param>
    public static MaskProposals Of(Tensor masks, Tensor scores)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var kept = masks.flatten(1).any(1).nonzero().squeeze(1);
        if (kept.shape[0] < masks.shape[0])
            (masks, scores) = (masks.index_select(0, kept), scores.index_select(0, kept));
        return new MaskProposals(
            masks.alias().MoveToOuterDisposeScope(), Vision.Boxes.Around(masks).to(scores.dtype).MoveToOuterDisposeScope(),
            scores.alias().MoveToOuterDisposeScope());
    }
}

/// <summary>What finds masks in a picture, and the mask of a box. A network is to be in evaluation mode.</summary>
public interface IMaskProposer
{
    /// <summary>The best masks of a picture.</summary>
    /// <param name="picture">RGB from 0 to 1: [3, H, W].</param>
    /// <param name="count">At most so many.</param>
    /// <returns>Owned by the caller's scope.</returns>
    MaskProposals Propose(Tensor picture, int count = 500);

    /// <summary>The mask of the object in the middle of each box.</summary>
    /// <param name="picture">RGB from 0 to 1: [3, H, W].</param>
    /// <param name="boxes">xyxy in pixels: [K, 4].</param>
    /// <returns>bool [K, H, W], owned by the caller's scope.</returns>
    Tensor Segment(Tensor picture, Tensor boxes);
}
