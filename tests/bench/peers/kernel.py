"""What a notebook's reader waits for, through Jupyter's own client. Arguments: threads, the kernel's name."""
import statistics
import sys
import time
from jupyter_client.manager import KernelManager

NAME = sys.argv[2]
PYTHON = NAME == "python3"
PATIENCE = 120


def resident(pid):
    with open(f"/proc/{pid}/status") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def run(client, code, seen=lambda message: None):
    """Seconds from the request to its idle."""
    begin = time.perf_counter()
    request = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=PATIENCE)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "error":
            sys.exit("\n".join(message["content"]["traceback"]))
        seen(message)
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            client.get_shell_msg(timeout=PATIENCE)
            return time.perf_counter() - begin


def start():
    """A new kernel, its client, and the seconds to its first result."""
    begin = time.perf_counter()
    manager = KernelManager(kernel_name=NAME)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    run(client, "1+1")
    return manager, client, time.perf_counter() - begin


cold = []
for _ in range(3):
    manager, client, seconds = start()
    cold.append(seconds)
    if len(cold) < 3:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
print("start to first result", min(cold))

for _ in range(20):
    run(client, "1+1")
print("1+1, warm", statistics.median(run(client, "1+1") for _ in range(50)))

ten = []
one = "print('x' * 10_000_000)" if PYTHON else "Console.WriteLine(new string('x', 10_000_000));"
size = 0


def count(message):
    global size
    if message["msg_type"] == "stream":
        size += len(message["content"]["text"])


print("10 MB of output", run(client, one, count))
assert size == 10_000_001, f"{size} characters arrived"

lines, asked, answered = 0, 0.0, []
many = ("for i in range(50_000): print(i)" if PYTHON
        else "for (int i = 0; i < 50_000; i++) Console.WriteLine(i);")


def lines_of(message):
    """Counts lines, and asks the kernel something at the first of them."""
    global lines, asked
    if message["msg_type"] != "stream":
        return
    if lines == 0:
        asked = time.perf_counter()
        client.control_channel.send(client.session.msg("kernel_info_request"))
    lines += message["content"]["text"].count("\n")
    if not answered and client.control_channel.msg_ready():
        client.control_channel.get_msg(timeout=PATIENCE)
        answered.append(time.perf_counter() - asked)


print("50,000 lines", run(client, many, lines_of))
assert lines == 50_000, f"{lines} lines arrived"
if not answered:
    client.control_channel.get_msg(timeout=PATIENCE)
    answered.append(time.perf_counter() - asked)
print("an answer meanwhile", answered[0])

process = manager.provisioner.process.pid
kinds = {
    "computing": (3000, "{0} + 1", "{0} + 1"),
    "declaring again": (1000, "v = {0}\nv + 1", "var v = {0};\nv + 1"),
    "declaring": (1000, "v{0} = {0}\nv{0} + 1", "var v{0} = {0};\nv{0} + 1"),
}
for kind, (cells, python, csharp) in kinds.items():
    times, memory = [], {}
    for cell in range(1, cells + 1):
        times.append(run(client, (python if PYTHON else csharp).format(cell)))
        if cell in (100, 300, 1000, 3000):
            memory[cell] = resident(process)
    print(f"{kind}, a cell of the first hundred", statistics.median(times[:100]))
    print(f"{kind}, a cell of the last hundred", statistics.median(times[-100:]))
    for cell, megabytes in memory.items():
        print(f"{kind}, resident after {cell} cells", megabytes)
client.stop_channels()
manager.shutdown_kernel(now=True)
