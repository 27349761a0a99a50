"""Sums equal Python's Decimal to the last digit: any order, wrapping, thread count, SIMD level."""
import csv
import gzip
import io
import json
import random
import unittest
from collections import defaultdict
from decimal import Decimal

import harness
from harness import COSTS, NULLS, SAMPLE, SHARED, amount, digits, focus_row, read_bill

EVER = ("--from", "1990-01-01", "--to", "2090-12-31")
FIELDS = {"service": "ServiceName", "account": "BillingAccountId"}


def key_of(row, dimension):
    if dimension == "day":
        return row["ChargePeriodStart"][:10]
    if dimension.startswith("tag:"):
        text = row["Tags"]
        value = None if text in NULLS else json.loads(text).get(dimension[4:])
        return "(untagged)" if value is None else value or "(empty)"
    value = row[FIELDS[dimension]]
    return "(none)" if value in NULLS else value


def truth(rows, dimensions, cost):
    """{(keys..., currency): (sum, rows)}"""
    sums = defaultdict(lambda: [Decimal(0), 0])
    for row in rows:
        group = sums[(*(key_of(row, d) for d in dimensions), row["BillingCurrency"])]
        group[0] += amount(row[COSTS[cost]])
        group[1] += 1
    return {key: (digits(total), str(count)) for key, (total, count) in sums.items()}


def bill_text(header, rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


class Exact(harness.ProgramTest):
    def compare(self, rows, dimensions, *options):
        for cost in COSTS:
            wanted = truth(rows, dimensions, cost)
            head, found = self.csv("--by", ",".join(dimensions), "--cost", cost, *EVER, *options)
            self.assertEqual(head, [d.removeprefix("tag:") for d in dimensions] +
                             ["currency", "total_cost", "record_count"])
            self.assertEqual({row[:-2]: row[-2:] for row in found}, wanted,
                             f"{dimensions} {cost} {options}")
            self.assertEqual(len(found), len(wanted))

    def check_public_file(self, name, tags):
        path = SHARED / "billing" / name
        if not path.exists():
            self.skipTest(f"{path} is not here")
        _, rows = read_bill(path)
        self.run_program("ingest", path)
        for dimensions in (["service"], ["account"], ["day"], ["service", "account", "day"],
                           *([f"tag:{tag}"] for tag in tags)):
            self.compare(rows, dimensions)

    def test_real_focus_10_rows_add_up(self):
        self.check_public_file("focus10_200rows.csv", ["environment", "org", " org", "nothing"])

    def test_real_focus_13_rows_add_up(self):
        self.check_public_file("focus13_200rows.csv", ["environment", "org"])

    def test_sample_bills_add_up_with_any_thread_count_and_simd_level(self):
        rows = [row for path in sorted((SAMPLE / "bills").iterdir()) for row in read_bill(path)[1]]
        self.run_program("ingest", SAMPLE / "bills")
        for options in (("--jobs", "1", "--simd", "scalar"), ("--jobs", "2", "--simd", "scalar"),
                        ("--jobs", "1", "--simd", "auto"), ("--jobs", "2", "--simd", "auto")):
            for dimensions in (["tag:team"], ["service"], ["day"], ["tag:team", "day"]):
                self.compare(rows, dimensions, *options)

    def test_order_and_wrapping_of_rows_change_no_byte(self):
        header, rows = read_bill(SAMPLE / "bills" / "aws-2026-10.csv")
        random.Random(7).shuffle(rows)
        third = len(rows) // 3
        parts = [rows[:third], rows[third:2 * third], rows[2 * third:]]
        arrangements = {
            "as-is": [(SAMPLE / "bills" / "aws-2026-10.csv").read_bytes()],
            "shuffled": [bill_text(header, rows)],
            "bom-crlf": [b"\xef\xbb\xbf" + bill_text(header, rows).replace(b"\n", b"\r\n")],
            "columns-turned": [bill_text(header[::-1], rows)],
            "three-parts": [gzip.compress(bill_text(header, part)) for part in parts],
        }
        whole = bill_text(header, rows)
        cuts = [0, len(whole) // 3, 2 * len(whole) // 3 + 1, len(whole)]
        arrangements["members"] = [b"".join(gzip.compress(whole[a:b])
                                            for a, b in zip(cuts, cuts[1:]))]
        answers = {}
        for name, contents in arrangements.items():
            store = self.folder / f"{name}.db"
            paths = [self.write(f"{name}-{n}.csv{'.gz' if c[:2] == bytes([31, 139]) else ''}", c)
                     for n, c in enumerate(contents)]
            self.run_program("ingest", *paths, store=store)
            answers[name] = [
                self.run_program("--by", by, "--cost", cost, *EVER, "--format", "csv",
                                 store=store).bytes
                for by in ("tag:team", "service,day", "account,region", "resource")
                for cost in COSTS]
        for name, answer in answers.items():
            self.assertEqual(answer, answers["as-is"], name)

    def test_both_csv_engines_give_the_same_sums(self):
        for engine in ("fast", "libcsv"):
            self.run_program("ingest", "--reader", engine, SAMPLE / "bills",
                             store=self.folder / f"{engine}.db")
        answers = [self.run_program("--by", "tag:team,service", *EVER, "--format", "csv",
                                    store=self.folder / f"{engine}.db").bytes
                   for engine in ("fast", "libcsv")]
        self.assertEqual(answers[0], answers[1])

    def test_odd_decimals_are_kept_to_the_last_digit(self):
        """Tiny, large, negative, E notation, 28 decimals: nothing is rounded between file and CSV."""
        cells = ["0.1", "0.2", "-0.3", "1E-10", "5.2E-9", "35.2E-7", "1.5E3", "1e+2",
                 "0.4838709677419354838709677419", "123456789.000000001", "-123456789",
                 "0", "-0", "0.000", "NULL", "", "9999999.99", "1234567890.123456789012"]
        rows = [focus_row(cost=cell, ServiceName=f"s{n % 5}") for n, cell in enumerate(cells)]
        self.run_program("ingest", self.bill("odd.csv", rows))
        self.compare(rows, ["service"])
        self.compare(rows, ["day"])
        self.run_program("check")

    def test_a_sum_that_does_not_fit_is_an_error_that_names_the_column(self):
        rows = [focus_row(cost="0.4838709677419354838709677419", ListCost="1"),
                focus_row(cost="123456789012345", ListCost="1")]
        result = self.run_program("ingest", self.bill("wide.csv", rows), want=harness.DATA)
        self.assertRegex(result.err, "line 3: .*BilledCost")
        self.assertFalse(self.store.exists())

    def test_rows_beyond_one_segment_add_up(self):
        """70,000 rows are two segments; sums cross them and the zone maps prune them."""
        rows = [focus_row(day=f"2026-0{5 + n % 2}-{1 + n % 28:02}", cost=f"{n % 977}.{n % 1000:03}",
                          ServiceName=f"s{n % 13}") for n in range(70000)]
        self.run_program("ingest", self.bill("large.csv", rows))
        self.compare(rows, ["service", "day"], "--jobs", "2")
        one = [row for row in rows if row["ChargePeriodStart"].startswith("2026-06-07")]
        _, found = self.csv("--by", "service", "--from", "2026-06-07", "--to", "2026-06-07")
        self.assertEqual({row[:-2]: row[-2:] for row in found}, truth(one, ["service"], "billed"))
        self.run_program("check")


if __name__ == "__main__":
    harness.main()
