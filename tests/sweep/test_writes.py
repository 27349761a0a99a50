"""The program struck at each of its writes: killed, or told that the disk is full.

    test_writes.py PROGRAM LIBRARY

LIBRARY is nth_call.c, preloaded. Whatever the write, the store is the old one or the new one, it is
sound, and the next run completes.
"""
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
import harness
from harness import DONE, STORE, focus_row

library = {}
MANY = 100000  # more writes than any case has


def month(name, cost, first=1, last=10, resources=40, **cells):
    return [focus_row(day=f"{name}-{day:02}", cost=cost, ResourceId=f"r{n}", **cells)
            for day in range(first, last + 1) for n in range(resources)]


class Writes(harness.ProgramTest):
    """Each case: a store as it was, and a call that changes it."""

    def setUp(self):
        super().setUp()
        self.place = self.folder / "place"
        self.place.mkdir()
        self.store = self.place / "store.db"
        self.may = self.bill("may.csv", month("2026-05", "1.25"))
        self.june = self.bill("june.csv", month("2026-06", "2.5") +
                              month("2026-06", "0.75", BillingAccountId="7"))
        self.restated = self.bill("restated.csv", month("2026-05", "1.5", last=12))

    def put(self, files):
        shutil.rmtree(self.place)
        self.place.mkdir()
        for name, content in files.items():
            (self.place / name).write_bytes(content)

    def files(self):
        return {path.name: path.read_bytes() for path in self.place.iterdir()}

    def strike(self, how, nth, *arguments):
        """Exit status and messages of the call that is struck."""
        settings = {"PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C.UTF-8",
                    "LD_PRELOAD": library["path"], "SWEEP_FOLDER": str(self.place),
                    "SWEEP_NTH": str(nth), "SWEEP_HOW": how,
                    "SWEEP_COUNT": str(self.folder / "count")}
        (self.folder / "count").unlink(missing_ok=True)
        done = subprocess.run([harness.program["path"], "--store", self.store, *arguments],
                              capture_output=True, env=settings, cwd=self.folder, check=False)
        return done.returncode, done.stderr.decode("utf-8", "replace")

    def state(self):
        """What the store says; None where there is none, or one that was never filled."""
        if not self.store.exists():
            return None
        done = self.run_program("check", want=None)
        if done.exit == STORE and "holds nothing" in done.err:
            return None
        self.assertEqual(done.exit, DONE, str(done))
        report = ("--by", "account,month", "--from", "2026-01-01", "--to", "2026-12-31",
                  "--format", "csv")
        rows = self.run_program(*report, want=None).out
        ledger = self.run_program("imports", "--format", "csv").out
        return (rows, ledger) if ledger.count("\n") > 1 else None  # no delivery: as none

    def sweep(self, how, before, call):
        """Strikes every write of `call` on the store that the calls `before` made."""
        for arguments in before:
            self.run_program(*arguments)
        original, old = self.files(), self.state() if before else None
        self.run_program(*call)
        new = self.state()
        self.assertNotEqual(old, new)
        seen = set()
        for nth in range(1, MANY):
            self.put(original)
            code, messages = self.strike(how, nth, *call)
            where = f"{how} at call {nth}: exit {code}: {messages}"
            if how == "kill":
                self.assertIn(code, (DONE, -signal.SIGKILL), where)
            else:
                self.assertIn(code, (DONE, STORE), where)
                self.assertTrue(code == DONE or "gpureport: " in messages, where)
            found = self.state()
            self.assertIn(found, (old, new), where)
            if code == DONE:
                self.assertEqual(found, new, where)
            elif how != "kill":
                self.assertEqual(found, old, where)
            seen.add((code, found == new))
            self.run_program(*call)
            self.assertEqual(self.state(), new, where)
            if code == DONE and int((self.folder / "count").read_text()) < nth:
                break
        else:
            self.fail("no end of writes")
        self.assertGreater(nth, 5, "the library sees no writes")
        self.assertIn((-signal.SIGKILL if how == "kill" else STORE, False), seen)

    def test_a_kill_in_the_first_ingest(self):
        self.sweep("kill", [], ("ingest", self.may))

    def test_a_kill_in_another_month(self):
        self.sweep("kill", [("ingest", self.may)], ("ingest", self.june))

    def test_a_kill_in_a_replacement(self):
        self.sweep("kill", [("ingest", self.may, self.june)], ("ingest", self.restated))

    def test_a_kill_in_a_drop(self):
        drop = ("imports", "drop", "--source", "aws/7", "--period", "2026-06")
        for arguments in (("ingest", self.may, self.june),):
            self.run_program(*arguments)
        original, old = self.files(), self.state()
        self.run_program(*drop)
        new = self.state()
        for nth in range(1, MANY):
            self.put(original)
            code, messages = self.strike("kill", nth, *drop)
            self.assertIn(self.state(), (old, new), f"call {nth}: {messages}")
            if code == DONE:
                break

    def test_a_disk_that_is_full_in_the_first_ingest(self):
        self.sweep("full", [], ("ingest", self.may))

    def test_a_disk_that_is_full_in_another_month(self):
        self.sweep("full", [("ingest", self.may)], ("ingest", self.june))

    def test_a_disk_that_is_full_in_a_replacement(self):
        self.sweep("full", [("ingest", self.may, self.june)], ("ingest", self.restated))

    def test_a_single_write_that_fails(self):
        self.sweep("once", [("ingest", self.may)], ("ingest", self.june))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        library["path"] = str(Path(sys.argv.pop(2)).resolve())
    harness.main()
