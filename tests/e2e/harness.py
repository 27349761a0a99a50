"""What the whole-program tests share: the program, a folder of their own, bills made by hand.

Every test_*.py here is `python3 test_x.py PROGRAM` (CMake passes the path); the standard library is
all that is needed. A test works in a temporary folder and leaves nothing behind.
"""
import csv
import decimal
import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLE = ROOT / "sample-data"
SHARED = ROOT.parent / "shared" / "data"
program = {}  # path, set by main()
NULLS = {"", "NULL", "null"}
COSTS = {"billed": "BilledCost", "effective": "EffectiveCost", "list": "ListCost",
         "contracted": "ContractedCost"}
decimal.getcontext().prec = 80

# Exit codes of the contract.
DONE, BREACHED, USAGE, DATA, STORE, RENDER, BUSY = 0, 1, 2, 3, 4, 5, 75

COLUMNS = ["ProviderName", "BillingAccountId", "BillingCurrency", "BillingPeriodStart",
           "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd", "BilledCost",
           "EffectiveCost", "ListCost", "ContractedCost", "ServiceName", "ServiceCategory",
           "ChargeCategory", "Tags"]


def focus_row(day="2026-05-01", cost="1.50", **cells):
    """One charge; further cells by FOCUS column name."""
    month = day[:7]
    year, number = int(month[:4]), int(month[5:])
    after = f"{year + number // 12}-{number % 12 + 1:02}"
    row = {"ProviderName": "AWS", "BillingAccountId": "123456789012", "BillingCurrency": "USD",
           "BillingPeriodStart": f"{month}-01T00:00:00Z", "BillingPeriodEnd": f"{after}-01T00:00:00Z",
           "ChargePeriodStart": f"{day}T00:00:00Z", "ChargePeriodEnd": f"{day}T23:00:00Z",
           "BilledCost": cost, "EffectiveCost": cost, "ListCost": cost, "ContractedCost": cost,
           "ServiceName": "Compute", "ServiceCategory": "Compute", "ChargeCategory": "Usage",
           "Tags": '{"team": "ml"}'}
    row.update(cells)
    return row


def focus_text(rows, end="\n", columns=None):
    columns = columns or COLUMNS + sorted({name for row in rows for name in row} - set(COLUMNS))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator=end, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def read_bill(path):
    """(header, rows as dictionaries) of a FOCUS file, whatever it is wrapped in."""
    content = Path(path).read_bytes()
    if str(path).endswith(".gz"):
        content = gzip.decompress(content)
    reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return reader.fieldnames, list(reader)


def amount(text):
    return Decimal(0) if text in NULLS else Decimal(text)


def digits(value):
    """Every digit, no exponent, at least two decimals: how the contract spells an amount."""
    whole, _, part = format(value, "f").partition(".")
    text = f"{whole}.{part.rstrip('0').ljust(2, '0')}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


class Result:
    def __init__(self, command, done):
        self.command = " ".join(map(str, command))
        self.exit = done.returncode
        self.bytes = done.stdout
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")

    def __str__(self):
        return f"\n$ {self.command}\nexit {self.exit}\n{self.err[-1500:]}{self.out[-1500:]}"


class ProgramTest(unittest.TestCase):
    """A test with a folder and a store of its own."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="gpureport-test-")
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.store = self.folder / "store.db"

    def run_program(self, *arguments, want=DONE, store=None, environment=None, data=None, cwd=None,
                    before=()):
        """Runs gpureport on the test's store; checks the exit code unless `want` is None."""
        settings = {name: value for name, value in os.environ.items()
                    if name not in ("GPUREPORT_STORE", "NO_COLOR", "COLUMNS")}
        settings.update({"TZ": "UTC", "LC_ALL": "C.UTF-8", **(environment or {})})
        if before:  # strace: leaks can't be looked for under it
            settings["ASAN_OPTIONS"] = "detect_leaks=0"
        command = [*before, program["path"]]
        if store is not False:
            command += ["--store", store or self.store]
        command = [str(part) for part in [*command, *arguments]]
        feed = {"stdin": subprocess.DEVNULL} if data is None else {"input": data}
        done = subprocess.run(command, capture_output=True, env=settings, cwd=cwd or self.folder,
                              check=False, **feed)
        result = Result(command, done)
        self.assertGreaterEqual(result.exit, 0, f"killed by a signal{result}")
        self.assertNotIn("Sanitizer", result.err, str(result))
        if want is not None:
            self.assertEqual(result.exit, want, str(result))
        if result.exit > 1:
            self.assertIn("gpureport: ", result.err, f"no message{result}")
        return result

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def bill(self, name, rows, **options):
        return self.write(name, focus_text(rows, **options))

    def ingest(self, *arguments, want=DONE, **options):
        """The deliveries of `ingest --json`."""
        result = self.run_program("ingest", "--json", *arguments, want=want, **options)
        return json.loads(result.out)["deliveries"]

    def csv(self, *arguments, **options):
        """Header and rows of an ad-hoc report."""
        text = self.run_program(*arguments, "--format", "csv", "--raw-csv", **options).out
        rows = list(csv.reader(io.StringIO(text, newline="")))
        return rows[0], [tuple(row) for row in rows[1:]]

    def total(self, *arguments, **options):
        """Exact sum by currency of a period that holds everything."""
        _, rows = self.csv("--by", "currency", "--from", "1990-01-01", "--to", "2090-12-31",
                           *arguments, **options)
        return {row[0]: row[-2] for row in rows}

    def snapshot(self):
        """All bytes that the store consists of."""
        return {path.name: path.read_bytes()
                for path in sorted(self.folder.glob(self.store.name + "*"))}

    def assert_no_leftovers(self, *allowed):
        """Nothing in the folder but what the test put there: no half-written output."""
        found = {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*")
                 if path.is_file()}
        self.assertEqual(found - set(allowed), set())


def main():
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} PROGRAM [unittest arguments]")
    program["path"] = Path(sys.argv.pop(1)).resolve()
    unittest.main(module="__main__", verbosity=1)
