"""Runs a command and says what it cost: wall and CPU seconds, peak memory. Used by bench.py."""
import os
import subprocess
import tempfile
import time
from collections import namedtuple

Run = namedtuple("Run", "seconds cpu_seconds peak_mb")
# A child's peak starts at the size of whoever forked it: GNU time is small, Python is not. It costs
# every contender the same half millisecond.
TIME = "/usr/bin/time"


class Failed(Exception):
    """A command ended with an error; the text is what it said."""


def run(command, environment=None, stdout=None):
    """One cold process. Its output goes to `stdout` (an open file) or nowhere."""
    with tempfile.NamedTemporaryFile("r") as report:
        wrapped = [TIME, "--quiet", "--format", "%U %S %M", "--output", report.name, *command]
        begun = time.monotonic()
        done = subprocess.run(wrapped, stdin=subprocess.DEVNULL, stdout=stdout or subprocess.DEVNULL,
                              stderr=subprocess.PIPE, env={**os.environ, **(environment or {})})
        seconds = time.monotonic() - begun
        if done.returncode != 0:
            complaint = done.stderr.decode(errors="replace")
            raise Failed(f"{' '.join(command)}: exit {done.returncode}\n{complaint[-2000:]}")
        user, system, peak_kb = report.read().split()
    return Run(seconds, float(user) + float(system), int(peak_kb) / 1024)
