using System.CommandLine;
using Lectern.Host;
using Lectern.Host.Setup;

var root = new RootCommand("Lectern: graph machine learning and instance segmentation in C#, paper by paper.")
{
    DataCommand.Create(),
    DoctorCommand.Create(),
};
return root.Parse(args).Invoke();
