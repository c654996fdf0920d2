"""Times the steps of a job with a clock that never goes back."""

import sys
from time import perf_counter

ROUNDS = 3


def seconds(action):
    start = perf_counter()
    value = action()
    return perf_counter() - start, value


def measure(job, warm_up, steps):
    """A job has `warm_up()` and `step()`, which give the value that Eddy must agree with, and may have `first`, the
    value that counts instead of those."""
    values = [job.first] if hasattr(job, "first") else []
    values += [job.warm_up() for _ in range(warm_up)]
    times = []
    for _ in range(steps):
        time, value = seconds(job.step)
        times.append(time)
        values.append(value)
    return {"seconds": times, "values": values}


def survey(make, configurations):
    """The shortest time of each configuration, all tried in turn so that a drifting machine is fair to all."""
    jobs, errors = {}, {}
    for name, configuration in configurations.items():
        try:
            job = make(configuration)
            job.warm_up()
            job.warm_up()
            jobs[name] = job
        except Exception as error:  # A configuration that does not work here is no candidate.
            errors[name] = f"{type(error).__name__}: {str(error).strip()[:200]}"
        print(f"  {name}: {errors.get(name, 'works')}", file=sys.stderr, flush=True)
    if not jobs:
        raise SystemExit("No configuration works.")
    times = dict.fromkeys(jobs, float("inf"))
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            times[name] = min(times[name], seconds(job.warm_up)[0])
    return {"fastest": min(times, key=times.get), "seconds": times, "errors": errors}
