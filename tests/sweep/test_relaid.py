"""The same rows laid out otherwise give the same report bytes: byte order mark and CRLF, shuffled
columns, other spellings of null, three packed parts, a file of two packed members.

Every bill of the sample data and of the shared files is tried, in whatever format it is.
"""
import csv
import gzip
import io
import json
import random
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
import harness
from harness import DONE, SAMPLE, SHARED

REPORTS = [("--by", "provider,account,month"), ("--by-tag", "team"), ("--by", "service,day"),
           ("--by", "resource,charge_category", "--cost", "effective"),
           ("--by", "sku,region", "--cost", "list"), ("--by", "tag:env,currency", "--cost",
                                                      "contracted")]
PERIOD = ("--from", "2000-01-01", "--to", "2040-12-31")
NULLS = ("NULL", "null", "")


def pack(text):
    return gzip.compress(text.encode(), mtime=0)


class Csv:
    """A bill as header and rows."""

    def __init__(self, text):
        self.rows = list(csv.reader(io.StringIO(text, newline="")))
        self.header = self.rows.pop(0)
        self.rows = [row for row in self.rows if row]

    def regular(self):
        return bool(self.rows) and all(len(row) == len(self.header) for row in self.rows)

    def text(self, header=None, rows=None, end="\n"):
        out = io.StringIO()
        writer = csv.writer(out, lineterminator=end)
        writer.writerow(self.header if header is None else header)
        writer.writerows(self.rows if rows is None else rows)
        return out.getvalue()

    def with_mark_and_returns(self):
        return [("bill.csv", b"\xef\xbb\xbf" + self.text(end="\r\n").encode())]

    def shuffled(self):
        order = list(range(len(self.header)))
        random.Random(7).shuffle(order)
        rows = [[row[at] for at in order] for row in self.rows]
        return [("bill.csv", self.text([self.header[at] for at in order], rows).encode())]

    def with_nulls(self):
        count = iter(range(10 ** 9))
        rows = [[cell if cell not in NULLS else NULLS[next(count) % 3] for cell in row]
                for row in self.rows]
        return [("bill.csv", self.text(rows=rows).encode())]

    def in_parts(self):
        return [(f"bill-{n}.csv.gz", pack(self.text(rows=self.rows[n::3])))
                for n in range(3) if self.rows[n::3]]

    def in_members(self):
        text = self.text()
        half = len(text) // 3
        return [("bill.csv.gz", pack(text[:half]) + pack(text[half:]))]


class Lines:
    """A bill as JSON lines."""

    def __init__(self, text):
        self.lines = [line for line in text.splitlines() if line.strip()]

    def with_mark_and_returns(self):
        return [("bill.ndjson", b"\xef\xbb\xbf" + "\r\n".join(self.lines).encode())]

    def in_parts(self):
        return [(f"bill-{n}.ndjson.gz", pack("\n".join(self.lines[n::3]) + "\n"))
                for n in range(3) if self.lines[n::3]]

    def in_members(self):
        text = "\n".join(self.lines) + "\n"
        return [("bill.ndjson.gz", pack(text[:len(text) // 3]) + pack(text[len(text) // 3:]))]


def sums(deliveries):
    """What was brought, whatever the order of the rows."""
    return sorted((d["source"], d["period"], str(d["money"])) for d in deliveries)


def read(path):
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    text = content.decode("utf-8-sig")
    if text.lstrip().startswith("{"):
        return Lines(text)
    return Csv(text)


class Relaid(harness.ProgramTest):
    def reports(self, store):
        return [self.run_program(*report, *PERIOD, "--format", name, store=store, want=None).out
                for report in REPORTS for name in ("csv", "json")]

    def load(self, name, files):
        """(deliveries, reports) of a store of these files; None when they are not taken."""
        folder = self.folder / name
        paths = [self.write(f"{name}/{file}", content) for file, content in files]
        store = folder / "store.db"
        result = self.run_program("ingest", "--json", "--max-rejects", "0", *paths, store=store,
                                  want=None)
        if result.exit != DONE or not json.loads(result.out)["deliveries"]:
            return None, result
        return json.loads(result.out)["deliveries"], self.reports(store)

    def try_layouts(self, path):
        """Formats of the bill; empty when it is not one that is taken whole."""
        bill = read(path)
        if isinstance(bill, Csv) and not bill.regular():
            return set()
        plain = bill.text() if isinstance(bill, Csv) else "\n".join(bill.lines) + "\n"
        suffix = "csv" if isinstance(bill, Csv) else "ndjson"
        deliveries, wanted = self.load(f"{path.name}/plain", [(f"bill.{suffix}", plain.encode())])
        if deliveries is None:
            return set()
        formats = {delivery["format"] for delivery in deliveries}
        for layout in ("with_mark_and_returns", "shuffled", "with_nulls", "in_parts",
                       "in_members"):
            if not hasattr(bill, layout):
                continue
            with self.subTest(bill=path.name, layout=layout):
                found, reports = self.load(f"{path.name}/{layout}", getattr(bill, layout)())
                self.assertIsNotNone(found, str(reports))
                self.assertEqual(sums(found), sums(deliveries))
                self.assertEqual(reports, wanted)
        return formats

    def try_all(self, folder):
        formats = {}
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".csv", ".gz", ".ndjson", ".jsonl"):
                for name in self.try_layouts(path):
                    formats[name] = formats.get(name, 0) + 1
        print(f"{folder.name}: bills by format: {formats}")
        return formats

    def test_bills_of_the_sample_data(self):
        self.assertIn("focus", self.try_all(SAMPLE / "bills"))

    @unittest.skipUnless((SHARED / "billing").exists(), "no shared data")
    def test_real_bills(self):
        self.assertIn("focus", self.try_all(SHARED / "billing"))


if __name__ == "__main__":
    harness.main()
