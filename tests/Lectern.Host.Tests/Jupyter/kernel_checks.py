"""Jupyter's own test of kernels, every check of it switched on. The kernel is looked for in JUPYTER_DATA_DIR."""
import unittest

import jupyter_kernel_test
import jupyter_kernel_test.msgspec_v5

jupyter_kernel_test.TIMEOUT = 60


class LecternTests(jupyter_kernel_test.KernelTests):
    kernel_name = ".net-csharp"
    language_name = "C#"
    file_extension = ".cs"
    code_hello_world = 'Console.WriteLine("hello, world");'
    code_stderr = 'Console.Error.WriteLine("oops");'
    completion_samples = [
        {"text": "Console.WriteLin", "matches": {"WriteLine"}},
        {"text": "System.Globalization.CultureInfo.InvariantCult", "matches": {"InvariantCulture"}},
    ]
    complete_code_samples = ["1", 'var x = "one";', "int Twice(int n)\n{\n    return 2 * n;\n}", "// a remark"]
    incomplete_code_samples = ["int Twice(int n)\n{", "var s = @\"open", "foreach (var i in list) {", "Console.WriteLine("]
    invalid_code_samples = ["var = = 5;", "int 5x = 3;"]
    code_page_something = "Console.WriteLine?"
    code_generate_error = 'throw new Exception("as asked");'
    code_execute_result = [
        {"code": "1 + 2 + 3", "result": "6"},
        {"code": '"a" + "b"', "result": "ab"},
        {"code": "new[] { 1, 2, 3 }.Sum()", "result": "6"},
        {"code": "HTML(\"<b>bold</b>\")", "mime": "text/html", "result": "<b>bold</b>"},
    ]
    code_display_data = [
        {"code": "display(HTML(\"<i>shown</i>\"));", "mime": "text/html"},
        {"code": "display(3);", "mime": "text/plain"},
    ]
    code_history_pattern = "1 + 2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Console.WriteLine"
    code_clear_output = "ClearOutput();"


if __name__ == "__main__":
    unittest.main(verbosity=2)
