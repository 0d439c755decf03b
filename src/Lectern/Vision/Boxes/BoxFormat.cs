namespace Lectern.Vision;

/// <summary>What the four numbers of a box are.</summary>
public enum BoxFormat
{
    /// <summary>Left, top, right, bottom: what the library computes with.</summary>
    Xyxy,

    /// <summary>Left, top, width, height: what COCO's files hold.</summary>
    Xywh,

    /// <summary>Centre and size: what regressions and YOLACT's anchors are made of.</summary>
    Cxcywh,
}
