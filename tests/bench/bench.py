"""Races gpureport against DuckDB, Polars and others on the same data. Called by scripts/bench.

Every contender's answers are checked against the generator's exact sums before anything is timed;
then all of them run by turns in cold processes, and medians go into a Markdown table. The rows are
data: see RACES in rows_ingest.py, rows_rollup.py, rows_night.py and rows_alone.py.
"""
import argparse
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import check_only
import measure
import race
import rows_alone
import rows_ingest
import rows_night
import rows_rollup
import table
from data import Generator
from duckdb_peer import DuckDB, header_of
from gpureport import Gpureport
from measure import TWO
from plain_peers import Pandas, Sqlite
from polars_peer import Polars

PEERS = Path(__file__).resolve().parent / "peers"
RACES = rows_ingest.RACES + rows_rollup.RACES + rows_night.RACES + rows_alone.RACES
PART_ROWS = 1_000_000
QUICK_SHARE = 40  # --quick has this part of the rows


# A store that holds all rows of a truth
Whole = namedtuple("Whole", "store sums rows")


class Bench:
    """What the races share: tools, data, peers (None where not installed), what was measured."""

    def __init__(self, arguments):
        self.work, self.quick = arguments.work.resolve(), arguments.quick
        self.program = arguments.program.resolve()
        self.rounds = arguments.rounds or (3 if self.quick else 5)
        self.short_rounds = self.rounds if arguments.rounds else (5 if self.quick else 11)
        self.tiny_rounds = 11 if self.quick else 31
        self.launcher = measure.Launcher(self.work / "launch")
        self.data = Generator(self.work / "gen_bills", self.work)
        self.ours = Gpureport(self.program, self.launcher, self.work)
        self.load = os.getloadavg()[0]
        self.ingests = []  # (what, Run) of every ingest of ours whose memory was looked at
        self.wholes = {}
        self.duckdb = self.polars = self.sqlite = self.pandas = None

    def find_peers(self):
        modules = self.work.parent / "bench-peers"
        has_polars = shutil.which("node") and (modules / "node_modules/nodejs-polars").is_dir()
        if (self.work / "duckdb_run").exists():
            self.duckdb = DuckDB(self.work / "duckdb_run", self.launcher, self.work)
        if has_polars:
            self.polars = Polars(PEERS / "polars.mjs", modules, self.launcher, self.work)
        if shutil.which("sqlite3"):
            self.sqlite = Sqlite(PEERS / "sqlite_import.sh", self.launcher, self.work)
        # Debian's package belongs to Debian's interpreter
        for python in ("/usr/bin/python3", sys.executable):
            if not self.pandas and subprocess.run([python, "-c", "import pandas"],
                                                  capture_output=True).returncode == 0:
                self.pandas = Pandas(python, PEERS / "pandas_ingest.py", self.launcher, self.work)

    def size(self, rows):
        return rows // QUICK_SHARE if self.quick else rows

    def ingested(self, what, run):
        if run.anonymous_mb:
            self.ingests.append((what, run))
        return run

    @staticmethod
    def free_memory():
        with open("/proc/meminfo", encoding="ascii") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if "MemAvailable" in line)

    def whole_store(self, rows, unique=0):
        """Made anew by this program once a run: all columns, one delivery a month. Rows with ids of
        their own come through a pipe, so that their file is never there."""
        if (rows, unique) not in self.wholes:
            store = self.ours.store(f"whole-{rows}-{unique}")
            store.remove()
            print(f"+ gpureport ingest {rows} rows" + (f", {unique}% own ids" if unique else ""),
                  flush=True)
            if unique:
                maker, sums = self.data.stream(0, rows, rows, unique)
                run = self.ours.ingest(store, ["-"], TWO, stdin=maker.stdout, sample=True)
                sums = self.data.truth_of(maker, sums)
            else:
                data = self.data.bills(rows)
                run, sums = self.ours.ingest(store, [data.path], TWO, sample=True), data.truth
            own = f", {unique}% with ids of their own" if unique else ""
            self.ingested(f"{rows:,} rows{own}", run)
            self.wholes[rows, unique] = Whole(store, sums, rows)
        return self.wholes[rows, unique]

    def typed_table(self, rows, unique=0):
        """DuckDB's table for the rollups; kept from run to run."""
        path = self.work / f"typed-{rows}-{unique}.duckdb"
        half_made = self.work / "typed-half-made.duckdb"
        if not path.exists():
            half_made.unlink(missing_ok=True)
            print(f"+ DuckDB table of {rows} rows", flush=True)
            for first in range(0, rows, PART_ROWS):
                part = self.data.part(first, min(PART_ROWS, rows - first), rows, unique)
                self.duckdb.add_to_typed(part.path, header_of(part.path), half_made, bool(unique))
                part.path.unlink()
            half_made.rename(path)
        return path


def wanted(names, full):
    """[(race, its rivals)] for --only names: a race, or race.rival."""
    chosen = []
    for each in RACES:
        rivals = [rival for rival in each.goals
                  if not names or each.name in names or f"{each.name}.{rival}" in names]
        if rivals and (names or full or not each.full):
            chosen.append((each, rivals))
    known = {name for each in RACES
             for name in (each.name, *(f"{each.name}.{rival}" for rival in each.goals))}
    for name in set(names) - known:
        sys.exit(f"bench: no row named {name}; `scripts/bench --list` has them")
    return chosen


def print_list():
    for each in RACES:
        for rival, goal in each.goals.items():
            asked = ", ".join(f"{word} {table.goal_text(value, goal.kind)}"
                              for word, value in (("must", goal.must), ("reach", goal.reach))
                              if value is not None) or "for comparison"
            more = "; with --full" if each.full else ""
            print(f"{each.name + '.' + rival:24} {each.work}: {asked}{more}")


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        return next((line.split(":")[1].strip() for line in lines if "model name" in line), "?")


def report(bench, lines):
    head = [f"{processor()}; medians of {bench.rounds} runs by turns ({bench.short_rounds} of "
            f"questions, {bench.tiny_rounds} of first bytes), warm page cache, every answer "
            "checked against the exact sums first."]
    if bench.quick:
        head.append(f"--quick: a {QUICK_SHARE}th of the rows that are named and fewer runs; the "
                    "ratios are only indicative.")
    if bench.load > len(measure.CPUS):
        head.append(f"The machine was busy with other things (load {bench.load:.0f} before the "
                    "first run): the CPU ratio says more than the times.")
    return "\n".join([*head, "", *table.markdown(lines)]) + "\n"


def parse():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few rows and runs, under two minutes")
    parser.add_argument("--full", action="store_true", help="the row of 100M rows too")
    parser.add_argument("--only", default="", metavar="ROW[,ROW...]", help="these rows")
    parser.add_argument("--list", action="store_true", help="names of the rows, and goals")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--check-only", action="store_true", help="our figures, no times")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of --check-only")
    parser.add_argument("--program", type=Path, help="default: a release build")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    arguments = parse()
    if arguments.list:
        return print_list()
    bench = Bench(arguments)
    if arguments.check_only:
        return check_only.run(bench, arguments.rows)
    bench.find_peers()
    lines = []
    names = [name for name in arguments.only.split(",") if name]
    for each, rivals in wanted(names, arguments.full):
        lines += race.run(each, bench, rivals)
        print("\n".join(table.brief(line) for line in lines[-len(rivals):]), flush=True)
    text = report(bench, lines)
    results = bench.work / ("results-only.md" if arguments.only else "results.md")
    results.write_text(text, encoding="utf-8")
    print(f"\n{text}\n(also in {results})")


if __name__ == "__main__":
    try:
        main()
    except (measure.Failed, race.Skip) as failure:
        sys.exit(f"bench: {failure}")
