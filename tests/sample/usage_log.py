"""Ingests generated request logs and compares token sums with their exact truth.

    usage_log.py PROGRAM GENERATOR.c

Exit 77 when the generator or a C compiler is not there: the test is skipped.
"""
import csv
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = 30000
TOKENS = ("input", "output", "cache_read", "cache_write", "reasoning")
# kind in the truth -> dimensions of ai_rollup
KINDS = {"model": "model", "team": "tag:team", "model_day": "model,day", "total": ""}
SUMS = ("row_count", "input", "output", "cache_read", "money_add(cache_write_5m, cache_write_1h)",
        "reasoning")


def run(*command, **options):
    environment = {**os.environ, "TZ": "Pacific/Chatham", "LC_ALL": "C"}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=environment,
                          **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def truth_of(path):
    sums = {kind: {} for kind in KINDS}
    with open(path, encoding="utf-8", newline="") as text:
        for line in csv.DictReader(text, delimiter="\t"):
            key = tuple(line["key"].split("|")) if line["key"] else ()
            figures = tuple(int(line[name]) for name in ("rows", *TOKENS))
            if figures[0]:
                sums[line["kind"]][key] = figures
    return sums


def sums_of(program, store, dimensions):
    keys = [f"key{i + 1}" for i in range(len([d for d in dimensions.split(",") if d]))]
    question = (f"SELECT {', '.join([*keys, *SUMS])} "
                f"FROM ai_rollup('{dimensions}', '2025-01-01', '2027-01-01', '');")
    answer = run(program, "query", "-", "--store", store, "--format", "csv", input=question)
    sums = {}
    for row in list(csv.reader(answer.splitlines()))[1:]:
        figures = tuple(int(cell.removesuffix(".00") or 0) for cell in row[len(keys):])
        sums[tuple(row[:len(keys)])] = figures
    return sums


def main():
    program, generator = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    compiler = shutil.which("cc")
    if not generator.exists() or not compiler:
        print(f"skipped: no {generator if compiler else 'C compiler'} here")
        sys.exit(77)
    wrong = compared = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        run(compiler, "-O2", "-w", "-o", folder / "generate", generator)
        truth_file, log = folder / "truth.tsv", folder / "log.ndjson"
        with open(log, "w", encoding="utf-8") as out:
            subprocess.run([folder / "generate", "llm", "--rows", str(ROWS), "--truth",
                            truth_file], stdout=out, check=True)
        truth = truth_of(truth_file)
        for reader in ("fast", "yajl"):
            store = folder / f"{reader}.db"
            run(program, "ingest", "--quiet", "--store", store, "--reader", reader, log)
            for kind, dimensions in KINDS.items():
                ours = sums_of(program, store, dimensions)
                compared += len(truth[kind])
                for key in sorted(set(ours) | set(truth[kind])):
                    if ours.get(key) != truth[kind].get(key):
                        wrong += 1
                        print(f"{reader}: {kind} {key}: {ours.get(key)}, "
                              f"not {truth[kind].get(key)}")
    print(f"{compared} groups compared, {wrong} differ")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
