"""The same charges twice in one call: they are added, and the program says so."""
import csv
import io
import json
import unittest

import harness
from harness import ROOT, SHARED, focus_row, focus_text

BILLING = SHARED / "billing"
SAID = "count twice"


def charges(days, resources=6, **cells):
    """Each resource on all days, each at its own cost."""
    return [focus_row(day=f"2026-10-{day:02}", cost=f"{day}.{number:02}1", ResourceId=f"r{number}",
                      SkuId=f"sku{number % 3}", ConsumedQuantity=str(number + 1),
                      SubAccountId=f"a{number % 2}", **cells)
            for day in days for number in range(resources)]


class Repeats(harness.ProgramTest):
    def outcome(self, *paths):
        """Warnings of the deliveries, and what was said on standard error."""
        result = self.run_program("ingest", "--json", *paths)
        deliveries = json.loads(result.out)["deliveries"]
        warnings = [line for one in deliveries for line in one.get("warnings", [])]
        self.run_program("check")
        return warnings, result.err

    def assert_silent(self, *paths):
        warnings, said = self.outcome(*paths)
        self.assertEqual(warnings, [])
        self.assertNotIn(SAID, said)

    def assert_repeats(self, part, whole, *words, paths=None):
        warnings, said = self.outcome(*(paths or [part, whole]))
        self.assertEqual(len(warnings), 1, warnings)
        for word in (f"{part}: ", f" are in {whole} too", SAID, *words):
            self.assertIn(word, warnings[0])
        self.assertIn(warnings[0], said)
        return warnings[0]


class Editions(Repeats):
    def test_month_to_date_exports_are_told(self):
        part = self.bill("dd/export-2026-10-05.csv", charges(range(1, 6)))
        whole = self.bill("dd/export-2026-10-06.csv", charges(range(1, 7)))
        text = self.assert_repeats(part, whole, "all its 30 charges of 2026-10",
                                   paths=[part.parent])
        shown = self.run_program("imports", "show", "1").out
        self.assertIn(text[-60:], " ".join(shown.split()))
        table = self.run_program("report", "reconciliation", "--month", "2026-10", "--format",
                                 "csv").out
        self.assertIn(text, table)
        self.assertIn("repeats", table)

    def test_what_is_said_goes_with_the_delivery(self):
        part = self.bill("dd/export-2026-10-05.csv", charges(range(1, 6)))
        whole = self.bill("dd/export-2026-10-06.csv", charges(range(1, 7)))
        self.assert_repeats(part, whole)
        self.assert_silent(whole)  # replaces both
        table = self.run_program("report", "reconciliation", "--month", "2026-10", "--format",
                                 "csv").out
        self.assertNotIn(SAID, table)

    def test_each_of_many_exports_is_in_the_newest(self):
        paths = [self.bill(f"export-{last:02}.csv", charges(range(1, last + 1)))
                 for last in range(1, 13)]
        warnings, said = self.outcome(*paths)
        self.assertEqual(len(warnings), 11)
        for path, warning in zip(paths, warnings):
            self.assertIn(f"{path}: ", warning)
            self.assertIn(f"in {paths[-1]} too", warning)
        self.assertIn("1 more", said)

    def test_an_edition_with_a_late_correction_is_told(self):
        rows = charges(range(1, 11))
        newer = rows[:-2] + charges([10], 1, ChargeClass="Correction") + charges([11])
        newer[5] = {**newer[5], "EffectiveCost": "0.01"}
        self.assert_repeats(self.bill("a.csv", rows), self.bill("b.csv", newer),
                            "57 of its 60 charges")

    def test_equal_editions_are_told_once(self):
        rows = charges(range(1, 6))
        self.assert_repeats(self.bill("a.csv", rows), self.bill("b.csv", rows[::-1]))

    def test_a_fifth_of_other_amounts_is_no_repetition(self):
        rows = charges(range(1, 6))
        other = [{**row, "BilledCost": "9"} if i % 5 == 0 else row for i, row in enumerate(rows)]
        self.assert_silent(self.bill("a.csv", rows), self.bill("b.csv", other))

    def test_digits_are_spelled_in_two_ways(self):
        rows = charges(range(1, 6))
        other = [{**row, "BilledCost": row["BilledCost"] + "000", "EffectiveCost":
                  format(float(row["EffectiveCost"]), "e"), "ConsumedQuantity":
                  row["ConsumedQuantity"] + ".0"} for row in rows]
        self.assert_repeats(self.bill("a.csv", rows), self.bill("b.csv", other + charges([9])))

    def test_only_the_month_that_comes_again_is_told(self):
        later = [focus_row(day=f"2026-11-{day:02}", ResourceId=f"r{day}") for day in range(1, 29)]
        rows = charges(range(1, 6))
        self.assert_repeats(self.bill("a.csv", rows + later[:14]),
                            self.bill("b.csv", rows + later[14:]), "all its 30 charges of 2026-10")

    def test_many_rows_are_compared_by_a_sample(self):
        rows = charges(range(1, 31), 700)
        self.assert_repeats(self.bill("a.csv", rows[:14000]), self.bill("b.csv", rows),
                            "its 14000 charges of 2026-10 (")

    @unittest.skipUnless((BILLING / "focus13_200rows.csv").exists(), "no shared data")
    def test_one_bill_in_two_versions_is_told(self):
        warnings, said = self.outcome(BILLING / "focus10_200rows.csv",
                                      BILLING / "focus13_200rows.csv")
        self.assertEqual(len(warnings), 2)  # of two accounts
        self.assertIn("all its 200 charges of 2024-09 are in", said)


class OneFile(Repeats):
    def assert_twice(self, text):
        path = self.write("twice.csv", text)
        warnings, said = self.outcome(path)
        self.assertEqual(len(warnings), 1, warnings)
        self.assertIn(f"{path}: its charges of 2026-10 stand in it twice", said)

    def test_an_export_behind_itself_is_told(self):
        rows = charges(range(1, 6))
        self.assert_twice(focus_text(rows + rows))

    def test_an_export_behind_itself_with_its_header_is_told(self):
        text = focus_text(charges(range(1, 6)))
        path = self.write("twice.csv", text + text)
        result = self.run_program("ingest", "--max-rejects", "1", path)
        self.assertIn("stand in it twice", result.err)

    def test_two_equal_machines_without_ids_are_not(self):
        rows = [focus_row(day=f"2026-10-{day:02}") for day in range(1, 29)]
        self.assert_silent(self.bill("a.csv", rows + rows))

    def test_nine_charges_prove_nothing(self):
        rows = charges([1], 9)
        self.assert_silent(self.bill("a.csv", rows + rows))

    def test_an_honest_file_is_not(self):
        self.assert_silent(self.bill("a.csv", charges(range(1, 29))))


class Parts(Repeats):
    """Files that together are the bill."""

    def split(self, name, key, rows=None):
        parts = {}
        for number, row in enumerate(rows or charges(range(1, 13), 12)):
            parts.setdefault(key(number, row), []).append(row)
        self.assertGreater(len(parts), 1)
        return [self.bill(f"{name}-{part}.csv", of) for part, of in enumerate(parts.values())]

    def test_parts_by_row(self):
        self.assert_silent(*self.split("row", lambda number, _: number % 2))

    def test_parts_by_block(self):
        self.assert_silent(*self.split("block", lambda number, _: number // 50))

    def test_parts_by_day(self):
        self.assert_silent(*self.split("day", lambda _, row: row["ChargePeriodStart"]))

    def test_parts_by_hour_at_equal_cost(self):
        rows = [{**focus_row(ResourceId=f"r{n}"), "ChargePeriodStart": f"2026-05-01T{hour:02}:00:00Z"}
                for hour in range(24) for n in range(8)]
        self.assert_silent(*self.split("hour", lambda _, row: row["ChargePeriodStart"], rows))

    def test_parts_by_account(self):
        self.assert_silent(*self.split("account", lambda _, row: row["SubAccountId"]))

    def test_parts_by_resource(self):
        self.assert_silent(*self.split("resource", lambda _, row: row["ResourceId"]))

    def test_parts_of_two_bills(self):
        rows = charges(range(1, 13))
        rows += [{**row, "BillingAccountId": "999999999999"} for row in rows]
        self.assert_silent(*self.split("bill", lambda _, row: row["BillingAccountId"], rows))

    def test_parts_that_say_the_same_over_and_over(self):
        rows = [focus_row(day=f"2026-10-{day:02}", cost="0.01") for day in range(1, 11)] * 40
        self.assert_silent(*self.split("same", lambda number, _: number // 200, rows))

    def test_four_charges_prove_nothing(self):
        rows = charges([1], 4)
        self.assert_silent(self.bill("a.csv", rows), self.bill("b.csv", rows + charges([2])))

    def test_one_row_and_none(self):
        row = charges([1], 1)
        self.assert_silent(self.bill("a.csv", row), self.bill("b.csv", row + charges([2], 1)),
                           self.write("c.csv", focus_text([], columns=list(row[0]))))

    @unittest.skipUnless((BILLING / "aws_cur_legacy_60rows.csv").exists(), "no shared data")
    def test_parts_of_a_real_bill(self):
        for name in ("aws_cur_legacy_60rows.csv", "aws_cur_commitments.csv", "oci_cost_60rows.csv",
                     "focus10_200rows.csv"):
            header, *lines = list(csv.reader(io.StringIO((BILLING / name).read_text("utf-8-sig"))))
            for way in ("row", "half"):
                paths = []
                for part in (0, 1):
                    some = lines[part::2] if way == "row" else \
                        lines[part * len(lines) // 2:(part + 1) * len(lines) // 2]
                    text = io.StringIO()
                    csv.writer(text).writerows([header, *some])
                    paths.append(self.write(f"{way}-{part}-{name}", text.getvalue()))
                with self.subTest(name=name, way=way):
                    self.store = self.folder / f"{way}-{name}.db"
                    self.assert_silent(*paths)

    def test_parts_of_our_own_samples(self):
        self.assert_silent(ROOT / "sample-data" / "bills")


if __name__ == "__main__":
    harness.main()
