"""Runs the cases of this folder: each is a shell line and what it printed when last accepted.

    run.py PROGRAM [--accept] [CASE...]

CASE/cmd is run by sh in an empty folder with `sample-data` beside it, and CASE/in as `in`;
`gpureport` is the program and GPUREPORT_STORE a store of all sample data with its prices. Compared:
stdout, stderr and the exit code; --accept writes them instead (scripts/golden --accept).
"""
import difflib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parent.parent / "sample-data"


def make_store(program, folder):
    """The store that cases read; those that ingest name another one."""
    store = folder / "sample.db"
    for command in (["ingest", "--quiet", "sample-data"],
                    ["prices", "import", "--quiet", "sample-data/prices.csv"]):
        subprocess.run([program, "--store", store, *command], check=True, cwd=folder,
                       capture_output=True)
    return store


def run_case(program, case):
    with tempfile.TemporaryDirectory(prefix="gpureport-golden-") as name:
        folder = Path(name)
        (folder / "sample-data").symlink_to(SAMPLE)
        if (case / "in").is_dir():
            (folder / "in").symlink_to(case / "in")
        (folder / "bin").mkdir()
        (folder / "bin" / "gpureport").symlink_to(program)
        store = make_store(program, folder)
        settings = {"PATH": f"{folder / 'bin'}:{os.environ.get('PATH', '/usr/bin:/bin')}",
                    "GPUREPORT_STORE": str(store), "LC_ALL": "C.UTF-8", "TZ": "Asia/Kolkata",
                    "HOME": str(folder)}
        done = subprocess.run(["sh", "-c", (case / "cmd").read_text()], cwd=folder, env=settings,
                              capture_output=True, stdin=subprocess.DEVNULL, check=False)
    return {"stdout": done.stdout.decode(), "stderr": done.stderr.decode(),
            "exit": f"{done.returncode}\n"}


def compare(case, found):
    same = True
    for name, text in found.items():
        path = case / name
        wanted = path.read_text() if path.exists() else ""
        if text != wanted:
            same = False
            sys.stdout.writelines(difflib.unified_diff(
                wanted.splitlines(True), text.splitlines(True), f"{case.name}/{name}", "found"))
    return same


def accept(case, found):
    for name, text in found.items():
        (case / name).write_text(text)


def main():
    arguments = [a for a in sys.argv[1:] if a != "--accept"]
    accepting = "--accept" in sys.argv
    if not arguments:
        sys.exit(__doc__)
    program = Path(arguments[0]).resolve()
    cases = [HERE / name for name in arguments[1:]] or \
        sorted(path.parent for path in HERE.glob("*/cmd"))
    wrong = 0
    for case in cases:
        found = run_case(program, case)
        if accepting:
            accept(case, found)
        elif not compare(case, found):
            wrong += 1
            print(f"{case.name}: not as accepted; `scripts/golden --accept {case.name}` when it is meant")
    print(f"{len(cases)} cases, {'accepted' if accepting else f'{wrong} differ'}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
