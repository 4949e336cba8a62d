"""What the server asks of the C library."""

import platform
import subprocess
import sys

import pytest

COUNT = """
import resource, sys
import numpy as np
from core.engine import device
assert device.keep_freed_memory() if sys.argv[1] == "kept" else True
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(100):
    a, b = np.ones(2**20), np.ones(2**20)  # 8 MB each
    del a, b
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be asked")
def test_arrays_that_were_freed_are_not_mapped_anew():
    def faults(how: str) -> int:
        done = subprocess.run([sys.executable, "-c", COUNT, how], capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert faults("kept") < faults("given back") / 4
