"""What a bill lacks is said when it is read: costs, tags, columns to amortize; who pays for a reject."""
import json
import re
import unittest

import harness
from harness import DATA, ROOT, focus_row, focus_text


class Notes(harness.ProgramTest):
    def said(self, *arguments, want=harness.DONE):
        return self.run_program("ingest", *arguments, want=want).err

    def test_rows_without_a_cost_are_counted(self):
        rows = [focus_row(cost=cost) for cost in ("", "1.50", "NULL", "0")]
        rows.append(focus_row(cost="", BillingAccountId="999"))
        path = self.bill("a.csv", rows)
        self.assertIn("a.csv: 3 of 5 rows have no BilledCost and count as 0\n", self.said(path))
        self.store = self.folder / "again.db"
        found = {delivery["source"]: delivery["files"][0].get("without_cost")
                 for delivery in self.ingest(path)}
        self.assertEqual(found, {"aws/123456789012": 2, "aws/999": 1})

    def test_the_monthly_report_says_it_once(self):
        self.run_program("ingest", self.bill("a.csv", [focus_row(cost=c) for c in ("", "2", "3")]))
        page = self.folder / "m.html"
        self.run_program("report", "monthly", "--month", "2026-05", "-o", page)
        self.assertEqual(page.read_text("utf-8").count("The billed cost of 1 of 3 rows in USD is "
                         "not known; it counts as 0 in every sum."), 1)

    def test_a_full_bill_has_nothing_to_say(self):
        rows = [focus_row(), focus_row(Tags=""), focus_row(Tags="{}"), focus_row(Tags='"a":"b"'),
                focus_row(Tags="[]")]
        path = self.bill("a.csv", rows)
        self.assertNotIn("BilledCost", self.said(path))
        self.store = self.folder / "again.db"
        result = self.run_program("ingest", "--json", path)
        self.assertNotIn("without_cost", result.out)
        self.assertNotIn("Tags", result.err)

    def test_a_bill_without_any_cost_is_told_of_rate_cards(self):
        path = self.bill("a.csv", [focus_row(cost=""), focus_row(cost="")])
        self.assertIn("2 of 2 rows have no BilledCost and count as 0 (usage without prices? "
                      "--mapping coreweave --rate-card FILE prices it)", self.said(path))

    def test_counts_are_of_each_file(self):
        paths = [self.bill(f"{name}.csv", [focus_row(day, cost="")] + [focus_row(day)] * (2 + at))
                 for at, (name, day) in enumerate([("a", "2026-05-01"), ("b", "2026-05-02")])]
        deliveries = self.ingest(*paths)
        self.assertEqual([f["without_cost"] for f in deliveries[0]["files"]], [1, 1])

    def test_tags_that_are_no_object_are_counted_and_kept(self):
        tags = ['{"a":', "notjson", '["a","b"]', '{"team":"ml"}', '"team":"ml"', "", "notjson"]
        path = self.bill("a.csv", [focus_row(Tags=text) for text in tags])
        self.assertIn("a.csv: 4 rows have Tags that are no JSON object; what can't be read of them "
                      "counts as untagged\n", self.said(path))
        _, rows = self.csv("--by-tag", "team", "--month", "2026-05")
        self.assertEqual({row[0]: row[-1] for row in rows}, {"(untagged)": "5", "ml": "2"})
        one = self.bill("b.csv", [focus_row("2026-06-01", Tags="x")])
        self.assertIn("b.csv: 1 row has Tags that are no JSON object", self.said(one))

    def test_commitments_without_columns_to_amortize_are_said(self):
        path = self.write("aws.csv", "lineItem/LineItemType,lineItem/UsageStartDate,"
                          "lineItem/CurrencyCode,lineItem/UnblendedCost,bill/PayerAccountId\n"
                          "SavingsPlanCoveredUsage,2026-07-01T00:00:00Z,USD,2,1\n"
                          "DiscountedUsage,2026-07-01T00:00:00Z,USD,0,1\n")
        self.assertIn("aws.csv: has commitments but no columns to amortize them (savingsPlan/..., "
                      "reservation/...): effective cost is billed cost\n", self.said(path))


class Rejects(harness.ProgramTest):
    """A refused row counts to the bill that it is of, where it says so much; else to its file."""

    def bill_of(self, small, large, broken_small, broken_large, cell="x"):
        other = {"ProviderName": "Other", "BillingAccountId": "2"}
        rows = ([focus_row()] * small + [focus_row(cost=cell)] * broken_small +
                [focus_row(**other)] * large + [focus_row(cost=cell, **other)] * broken_large)
        return self.bill("a.csv", rows)

    def outcome(self, *arguments, want=0):
        return {d["source"].split("/")[0]: (d["status"], sum(f["rejected"] for f in d["files"]),
                                            sum(f["rows"] for f in d["files"]))
                for d in self.ingest(*arguments, want=want)}

    def test_a_bad_row_is_of_the_bill_that_it_names(self):
        self.assertEqual(self.outcome(self.bill_of(2, 1999, 0, 1)),
                         {"aws": ("new", 0, 2), "other": ("new", 1, 2000)})
        owner = "SELECT source FROM reject JOIN delivery ON delivery = delivery.id"
        self.assertIn("other/2", self.run_program("query", "-", "--format", "csv", data=owner.encode()).out)
        self.run_program("check")

    def test_a_small_bill_is_not_short_of_rows_that_a_large_one_answers_for(self):
        self.assertEqual(self.outcome(self.bill_of(2, 3000, 1, 0), want=DATA),
                         {"aws": ("refused", 1, 3), "other": ("new", 0, 3000)})

    def test_the_month_counts_too(self):
        rows = ([focus_row("2026-05-03")] * 2 + [focus_row("2026-06-03")] * 1500 +
                [focus_row("2026-06-04", cost="x")])
        found = {d["period"]: (d["status"], sum(f["rejected"] for f in d["files"]))
                 for d in self.ingest(self.bill("m.csv", rows))}
        self.assertEqual(found, {"2026-05": ("new", 0), "2026-06": ("new", 1)})

    def test_a_row_that_nobody_can_read_is_held_against_its_file(self):
        text = focus_text([focus_row()] * 2 + [focus_row(ProviderName="Other")] * 1998)
        lines = text.splitlines(keepends=True)
        path = self.write("a.csv", "".join(lines[:2] + ["1,2,3\n"] + lines[2:]))
        self.assertEqual(self.outcome(path),
                         {"aws": ("new", 1, 3), "other": ("new", 0, 1998)})

    def test_many_rejects_of_a_file_are_refused_still(self):
        self.assertEqual(self.outcome(self.bill_of(500, 498, 2, 0), want=DATA),
                         {"aws": ("refused", 2, 502), "other": ("new", 0, 498)})

    def test_records_of_one_line_are_told_apart(self):
        records = [{"id": f"s{i}", "provider": "x", "gpu_type": "A", "price_per_hour": 1,
                    "created_at": "2026-10-03T00:00:00Z", "expires_at": "2026-10-04T00:00:00Z",
                    "status": "running"} for i in range(3)]
        records[2]["price_per_hour"] = "much"
        path = self.write("s.json", json.dumps(records))
        result = self.run_program("ingest", "--max-rejects", "50%", "--mapping", "gpu-sessions",
                                  path)
        self.assertIn("(record 3)", result.err)


class MappingPage(harness.ProgramTest):
    """The example of templates/README.md is a mapping that works."""

    def test_the_example_reads_what_it_describes(self):
        text = (ROOT / "templates" / "README.md").read_text(encoding="utf-8")
        example = re.search(r"```ini\n(\[mapping .*?)```", text, re.S).group(1)
        mapping = self.write("example.ini", example)
        bill = self.write("a.csv", "Datum;Posten;Betrag;Listenpreis;Sekunden;Artikel;Ort;owner_team\n"
                          "03.10.2026;Server;1.234,56;130.000;;;;ml\n"
                          "04.10.2026;mwst 19;10,00;;;;;ml\n"
                          "05.10.2026;Gutschrift Mai;4,56;;;;;web\n"
                          "06.10.2026;Miete;-;;7.200;h100;;ml\n"
                          "Summe;;1.240,00;;;;;\n")
        self.run_program("ingest", "--mapping", mapping, bill)
        month = ("--month", "2026-10")
        self.assertEqual(self.csv("--by", "charge_category", *month)[1],
                         [("Usage", "EUR", "1238.50", "3"), ("Tax", "EUR", "10.00", "1")])
        self.assertEqual(self.csv("--by-tag", "team", "--cost", "list", *month)[1],
                         [("ml", "EUR", "1310.00", "3"), ("web", "EUR", "-4.56", "1")])


if __name__ == "__main__":
    harness.main()
