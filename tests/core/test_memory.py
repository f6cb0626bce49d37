"""Memory that is freed and asked for again, frame after frame."""

import subprocess
import sys

import pytest

LOOP = """
import resource, sys
import numpy as np
from core.memory import keep_freed_memory
if sys.argv[1] == "kept":
    keep_freed_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    parts = [np.ones(900_000, np.float32) for _ in range(8)]
    del parts
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's knob")
def test_pages_are_not_made_anew_for_every_frame():
    faults = {
        how: int(subprocess.run([sys.executable, "-c", LOOP, how], capture_output=True, text=True, check=True).stdout)
        for how in ("as it is", "kept")
    }
    assert faults["kept"] < 0.5 * faults["as it is"]
