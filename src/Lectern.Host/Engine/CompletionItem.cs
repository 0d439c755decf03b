namespace Lectern.Host.Engine;

/// <summary>One way to go on.</summary>
/// <param name="Text">What is put in.</param>
/// <param name="Kind">What it is: <c>method</c>, <c>property</c>, <c>class</c>, <c>keyword</c>, <c>magic</c>, <c>file</c> and so on.</param>
/// <param name="Description">Its signature and what its documentation says in short; empty where that is not known.</param>
internal sealed record CompletionItem(string Text, string Kind, string Description);
