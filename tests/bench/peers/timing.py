"""The same rule of timing as Timing.cs: the best of twenty rounds after warming up; long work runs twice."""
import time


def seconds(work, budget=1.0):
    start = time.perf_counter()
    work()
    first = time.perf_counter() - start
    if first > budget:
        start = time.perf_counter()
        work()
        return min(first, time.perf_counter() - start)
    work()
    warm = 2
    while time.perf_counter() - start < budget / 4:
        work()
        warm += 1
    one = (time.perf_counter() - start) / warm
    repetitions = max(1, int(budget / 20 / one))
    best = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(repetitions):
            work()
        best = min(best, (time.perf_counter() - start) / repetitions)
    return best
