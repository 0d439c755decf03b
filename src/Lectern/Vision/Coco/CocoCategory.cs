namespace Lectern.Vision;

/// <summary>A kind of object.</summary>
/// <param name="Id">Its number in the file; COCO's 80 run from 1 to 90 with gaps.</param>
/// <param name="Name">Its name.</param>
public sealed record CocoCategory(int Id, string Name)
{
    // By id from 1; nothing was annotated under the ids without a name.
    private static readonly string[] Names =
    [
        "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
        "fire hydrant", "", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep",
        "cow", "elephant", "bear", "zebra", "giraffe", "", "backpack", "umbrella", "", "",
        "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite", "baseball bat",
        "baseball glove",
        "skateboard", "surfboard", "tennis racket", "bottle", "", "wine glass", "cup", "fork", "knife", "spoon",
        "bowl", "banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut",
        "cake", "chair", "couch", "potted plant", "bed", "", "dining table", "", "", "toilet",
        "", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven", "toaster",
        "sink", "refrigerator", "", "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
    ];

    /// <summary>COCO's 80, by id; networks that were trained on them number their classes in this order.</summary>
    public static IReadOnlyList<CocoCategory> Published { get; } =
        [.. Names.Select((name, i) => new CocoCategory(i + 1, name)).Where(one => one.Name.Length > 0)];
}
