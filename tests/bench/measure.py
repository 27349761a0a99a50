"""Runs a command as a cold process and says what it cost (launch.c does the measuring)."""
import os
import statistics
import subprocess
import tempfile
from collections import namedtuple

# seconds of wall clock, to the first output byte (when asked) and of CPU; peak resident and peak
# anonymous memory in MB (the latter 0 unless sampled)
Run = namedtuple("Run", "seconds first_byte cpu_seconds peak_mb anonymous_mb")


# Processors of a contender: "one core" pins both sides to the same one
CPUS = sorted(os.sched_getaffinity(0))
ONE, TWO = str(CPUS[-1]), ",".join(map(str, CPUS[-2:]))


class Failed(Exception):
    """A command ended with an error; the text is what it said."""


class Launcher:
    """Starts commands on given processors. `program`: the compiled launch.c."""

    def __init__(self, program):
        self.program = str(program)

    def run(self, command, cpus, output=os.devnull, environment=None, stdin=subprocess.DEVNULL,
            first_byte=False, sample=False):
        """`cpus`: a list like "1" or "0,1". `output`: the file that its output goes to."""
        command = list(map(str, command))
        with tempfile.NamedTemporaryFile("r") as report:
            options = ["--cpus", cpus, "--report", report.name, "--output", str(output)]
            options += ["--first-byte"] * first_byte + ["--sample"] * sample
            done = subprocess.run([self.program, *options, *command], stdin=stdin,
                                  stderr=subprocess.PIPE, env={**os.environ, **(environment or {})})
            if done.returncode != 0:
                complaint = done.stderr.decode(errors="replace")
                said = f"exit {done.returncode}\n{complaint[-2000:]}"
                raise Failed(f"{' '.join(command)[:300]}: {said}")
            seconds, first, user, system, resident, anonymous = map(float, report.read().split())
        return Run(seconds, first, user + system, resident / 1024, anonymous / 1024)


def median(runs, field):
    return statistics.median(getattr(run, field) for run in runs)
