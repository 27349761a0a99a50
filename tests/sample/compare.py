"""Ingests sample-data/bills and compares every rollup with scripts/sample-truth.

    compare.py PROGRAM

Both sides print CSV; rows are compared as sets, digits as text.
"""
import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BILLS = ROOT / "sample-data" / "bills"
SPAN = ["--from", "2026-08-01", "--to", "2026-10-31"]
COSTS = ("billed", "effective", "list", "contracted")
# tests/e2e has the plain ones (team, service, day) on every engine
DIMENSIONS = ("tag:Team", "tag: org", "tag:CostCenter", "provider", "sub_account",
              "service_category", "charge_category", "region", "resource", "service,month",
              "provider,tag:team,month", "account,service,region,month")


def run(*command):
    # Nothing may depend on where and when it runs.
    environment = {**os.environ, "TZ": "Pacific/Chatham", "LC_ALL": "C"}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def rows_of(text):
    rows = list(csv.reader(text.splitlines()))
    # A leading ' guards a spreadsheet against cells that look like formulas.
    return sorted(tuple(cell.removeprefix("'") for cell in row) for row in rows[1:])


def compare(program, store, dimensions, cost):
    ours = rows_of(run(program, "--store", store, "--by", dimensions, "--cost", cost, *SPAN,
                       "--format", "csv"))
    truth = rows_of(run(sys.executable, ROOT / "scripts" / "sample-truth", "--by", dimensions,
                        "--cost", cost, *SPAN, BILLS))
    if ours == truth:
        return 0
    print(f"--by {dimensions} --cost {cost} differs:")
    for row in sorted(set(truth) - set(ours))[:5]:
        print("  wanted", ",".join(row))
    for row in sorted(set(ours) - set(truth))[:5]:
        print("  got   ", ",".join(row))
    return 1


def main():
    program = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "sample.db"
        run(program, "--store", store, "ingest", "--quiet", BILLS)
        wrong = sum(compare(program, store, by, cost) for by in DIMENSIONS for cost in COSTS)
    print(f"{len(DIMENSIONS) * len(COSTS)} rollups compared, {wrong} differ")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
