"""The measured peak of memory is that of this process alone."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from panic3d.runtime.memory import measure_peak_memory_mb, reset_peak_memory

needs_peaks = pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="the system keeps no peaks")
PROGRAM = "from panic3d.runtime.memory import measure_peak_memory_mb; print(measure_peak_memory_mb())"


def test_the_peak_of_a_child_leaves_out_the_memory_of_its_parent() -> None:
    held = np.ones(600 << 20, np.uint8)
    assert psutil.Process().memory_info().rss > len(held)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    child = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    assert 5 < float(child.stdout) < 300


@needs_peaks
def test_a_reset_forgets_memory_that_was_given_back() -> None:
    before_mb = psutil.Process().memory_info().rss / 2**20
    np.ones(600 << 20, np.uint8)
    assert measure_peak_memory_mb() > before_mb + 500
    reset_peak_memory()
    assert measure_peak_memory_mb() < before_mb + 300
