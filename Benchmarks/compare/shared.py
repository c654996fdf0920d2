"""What the comparisons share: where things lie, how a peer is started, and what a number must come with."""

import os
import platform
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SCRATCH = os.path.join(ROOT, ".build-benchmarks")
TREEBANK = os.path.join(os.path.dirname(ROOT), "shared", "data", "ptb")
PYTHON = os.environ.get("PYTHON", "python3")
THREADS = 2
#: Keeps the C library from giving memory back to the system between steps: PyTorch is faster with it.
PEER_ENVIRONMENT = {
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TRIM_THRESHOLD_": "4294967296",
    "MALLOC_TOP_PAD_": "268435456",
    "OMP_NUM_THREADS": str(THREADS),
    "MKL_NUM_THREADS": str(THREADS),
    "PYTHONDONTWRITEBYTECODE": "1",
}
#: What decides how fast a processor multiplies.
FEATURES = ["avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16"]


class Failure(Exception):
    pass


def stay_on_the_same_processors():
    """This process, and all that it starts."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])


def machine():
    """What a number must come with."""
    model, flags = platform.processor(), []
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as file:
            lines = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in file)}
        model = lines.get("model name", model)
        flags = lines.get("flags", lines.get("Features", "")).split()
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return {"processor": model, "features": [name for name in FEATURES if name in flags],
            "processors": os.cpu_count(), "load": os.getloadavg(), "threads": THREADS,
            "text": "ptb" if os.path.isdir(TREEBANK) else "made up", "commit": commit.stdout.strip()}
