"""The same rule of timing as Timing.cs: the median of seven rounds after warming up."""
import time


def seconds(work, budget=1.0):
    start = time.perf_counter()
    work()
    work()
    warm = 2
    while time.perf_counter() - start < budget / 4:
        work()
        warm += 1
    one = (time.perf_counter() - start) / warm
    repetitions = max(1, int(budget / 7 / one))
    means = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(repetitions):
            work()
        means.append((time.perf_counter() - start) / repetitions)
    return sorted(means)[3]
