namespace Lectern.Host.Running;

/// <summary>A lesson: a notebook file, known by its name without folder and extension.</summary>
/// <param name="Area">The folder that it is in, such as <c>1-theory</c>; empty for the index.</param>
/// <param name="Name">Its name, such as <c>OverSmoothing</c>.</param>
/// <param name="Path">Its file.</param>
internal sealed record LessonFile(string Area, string Name, string Path);
