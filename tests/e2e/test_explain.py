"""From a figure back to deliveries, files and lines; and to earlier snapshots."""
import csv
import gzip
import hashlib
import io
import json
import unittest
from decimal import Decimal

import harness
from harness import USAGE, digits, focus_row, focus_text

MAY = [focus_row(day=f"2026-05-{d:02}", cost=f"{d}.{d:02}1", EffectiveCost=f"{d}.5",
                 ListCost=f"{d * 2}", ContractedCost="0.125",
                 Tags=json.dumps({"team": ["ml", "web"][d % 2], "note": "two\nlines"}),
                 ServiceName=["Compute", "Data, big"][d % 3 == 0],
                 BillingAccountId=f"00{d % 2}") for d in range(1, 21)]
JUNE = [focus_row(day="2026-06-01", cost="9.5"), focus_row(day="2026-06-30", cost="-2")]


def lines_of(text):
    """First line of each record behind the header, from 1."""
    reader = csv.reader(io.StringIO(text, newline=""))
    next(reader)
    places, line = [], reader.line_num + 1
    for _ in reader:
        places.append(line)
        line = reader.line_num + 1
    return places


class Explain(harness.ProgramTest):
    def explain(self, *arguments):
        """The CSV of explain, as dictionaries."""
        text = self.run_program("explain", "--format", "csv", "--raw-csv", *arguments).out
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def tables(self, *arguments):
        found = json.loads(self.run_program("explain", "--format", "json", *arguments).out)
        return {table["id"]: table["rows"] for section in found["sections"]
                for table in section["tables"]}, found

    def load(self):
        """May in two files, one of them packed; June in another delivery."""
        self.text = focus_text(MAY[:12])
        self.first = self.write("a.csv", self.text)
        self.second = self.write("b.csv.gz", gzip.compress(focus_text(MAY[12:]).encode()))
        self.ingest(self.first, self.second)
        self.ingest(self.bill("june.csv", JUNE))

    def test_parts_by_file_are_the_figure(self):
        self.load()
        rows = self.explain("--by-tag", "team=ml", "--month", "2026-05")
        wanted = [row for row in MAY if '"ml"' in row["Tags"]]
        self.assertEqual(sum(Decimal(row["total_cost"]) for row in rows),
                         sum(Decimal(row["BilledCost"]) for row in wanted))
        self.assertEqual(sum(int(row["record_count"]) for row in rows), len(wanted))
        self.assertEqual({row["path"] for row in rows}, {str(self.first), str(self.second)})
        by_path = {row["path"]: row for row in rows}
        for path in (self.first, self.second):
            self.assertEqual(by_path[str(path)]["sha256"],
                             hashlib.sha256(path.read_bytes()).hexdigest())
        text = self.run_program("explain", "--by-tag", "team=ml", "--month", "2026-05").out
        self.assertIn("The parts add up to the figure, to the last digit", text)
        self.assertIn(", snapshot 2", text)

    def test_every_row_has_its_file_and_line(self):
        self.load()
        rows = self.explain("--month", "2026-05", "--rows")
        self.assertEqual(len(rows), len(MAY))
        mine = [row for row in rows if row["source_line"].startswith(str(self.first))]
        at = dict(zip(lines_of(self.text), MAY[:12]))
        self.assertEqual(sorted(int(row["line"]) for row in mine), sorted(at))
        for row in mine:
            bill = at[int(row["line"])]
            self.assertEqual(row["source_line"], f"{self.first}:{row['line']}")
            self.assertEqual((row["day"], row["service"]),
                             (bill["ChargePeriodStart"][:10], bill["ServiceName"]))
            for name, column in (("billed_cost", "BilledCost"), ("effective_cost", "EffectiveCost"),
                                 ("list_cost", "ListCost"), ("contracted_cost", "ContractedCost")):
                self.assertEqual(row[name], digits(Decimal(bill[column])))
        places = [(int(row["file"]), int(row["line"])) for row in rows]
        self.assertEqual(places, sorted(places))

    def test_rows_end_at_top_and_take_other_columns(self):
        self.load()
        options = ("--month", "2026-05", "--rows", "--by", "account,tag:team")
        whole = self.explain(*options)
        self.assertEqual({row["account"] for row in whole}, {"000", "001"})
        self.assertEqual(self.explain(*options, "--top", "3"), whole[:3])
        self.assertIn("17 more rows are not shown",
                      self.run_program("explain", *options, "--top", "3").out)

    def test_filters_by_group_value(self):
        self.load()
        rows = self.explain("--by-dimension", "service=Data, big", "--month", "2026-05", "--rows")
        self.assertEqual({row["service"] for row in rows}, {"Data, big"})
        self.assertEqual(len(rows), sum(row["ServiceName"] == "Data, big" for row in MAY))
        rows = self.explain("--by-tag", "team=(untagged)", "--month", "2026-05")
        self.assertEqual(rows, [])

    def test_groups_name_their_deliveries(self):
        self.load()
        rows = self.explain("--by", "team", "--from", "2026-05-01", "--to", "2026-06-30")
        self.assertEqual({(row["team"], row["delivery"]) for row in rows},
                         {("ml", "2"), ("web", "1"), ("ml", "3")})

    def test_an_empty_figure_is_no_error(self):
        self.load()
        self.assertEqual(self.explain("--month", "2020-01"), [])
        self.assertIn("No rows", self.run_program("explain", "--month", "2020-01", "--rows").out)

    def test_billing_month_cost_and_exclusions_hold(self):
        self.load()
        rows = self.explain("--billing-month", "2026-06", "--cost", "list", "--exclude", "tax")
        self.assertEqual([row["total_cost"] for row in rows], ["7.50"])

    def test_converted_figures_have_converted_parts(self):
        self.load()
        rates = self.write("fx.csv", "month,from,to,rate\n2026-05,USD,EUR,0.9\n")
        options = ("--fx", rates, "--to-currency", "EUR", "--month", "2026-05")
        wanted = sum(Decimal(row["BilledCost"]) for row in MAY) * Decimal("0.9")
        rows = self.explain(*options)
        self.assertEqual({row["currency"] for row in rows}, {"EUR"})
        self.assertEqual(sum(Decimal(row["total_cost"]) for row in rows), wanted)
        rows = self.explain(*options, "--rows")
        self.assertEqual(sum(Decimal(row["billed_cost"]) for row in rows), wanted)
        self.assertIn("1 USD = 0.9", " ".join(self.run_program("explain", *options).out.split()))

    def test_usage_has_lineage_too(self):
        usage = "".join(json.dumps({
            "ts": f"2026-05-0{n}T00:00:00Z", "provider": "p", "model": "m", "team": "ml",
            "tokens": {"input": n}, "billed_cost": f"0.{n}", "currency": "USD"}) + "\n"
            for n in (1, 2, 3))
        self.ingest("--format", "usage", self.write("u.ndjson", usage))
        rows = self.explain("--dataset", "ai", "--by", "team=ml", "--month", "2026-05", "--rows")
        self.assertEqual([(row["line"], row["cost"]) for row in rows],
                         [("1", "0.10"), ("2", "0.20"), ("3", "0.30")])

    def test_snapshots_tell_what_became_of_deliveries(self):
        self.load()
        tables, found = self.tables("--snapshot", "2")
        self.assertEqual(found["snapshot"], "2")
        self.assertEqual({row["since"] for row in tables["deliveries_then"]}, {"still there"})
        changed = [*MAY[:-1], focus_row(day="2026-05-20", cost="100", BillingAccountId="000")]
        self.ingest(self.bill("may2.csv", changed))
        self.run_program("imports", "drop", "--source", "aws/123456789012", "--period", "2026-06")
        tables, _ = self.tables("--snapshot", "snapshot 2")
        then = {row["delivery"]: row["since"] for row in tables["deliveries_then"]}
        self.assertEqual(sorted(then), [1, 2, 3])
        self.assertIn("superseded in snapshot 3 by delivery", then[2])
        self.assertIn("dropped in snapshot 4", then[3])
        now = sum(Decimal(row["BilledCost"]) for row in changed)
        before = sum(Decimal(row["BilledCost"]) for row in MAY + JUNE)
        text = self.run_program("explain", "--snapshot", "2", "--exact").out
        self.assertIn(digits(before), text)
        self.assertIn(digits(now), text)
        self.assertIn("The store is at snapshot 4", text)
        self.assertEqual(self.tables("--snapshot", "0")[0]["deliveries_then"], [])
        result = self.run_program("explain", "--snapshot", "9", want=USAGE)
        self.assertIn("the store is at snapshot 4", result.err)

    def test_what_was_priced_anew_was_there_before(self):
        usage = {"ts": "2026-05-03T00:00:00Z", "provider": "p", "model": "m", "spend_type":
                 "inference", "tokens": {"input": 5000000}}
        self.ingest("--format", "usage", self.write("u.ndjson", json.dumps(usage) + "\n"))
        for price in ("3", "4"):
            book = self.write("p.csv", "provider,model,class,service_tier,region,above_tokens,"
                              "unit_price,per,currency,valid_from,valid_to\n"
                              f"p,m,input,,,,{price},1000000,USD,2026-01-01,\n")
            self.run_program("prices", "import", "--format", "csv", book)
        for then in ("1", "2"):
            tables, _ = self.tables("--snapshot", then)
            row, = tables["deliveries_then"]
            self.assertEqual((row["delivery"], row["since"]), (1, "priced anew in snapshot 3"))
            self.assertIsNone(row["cost"])
            self.assertNotIn("deliveries_since", tables)
        self.run_program("imports", "drop", "--source", "p", "--period", "2026-05")
        tables, _ = self.tables("--snapshot", "1")
        row, = tables["deliveries_then"]
        self.assertEqual((row["since"], row["cost"]), ("dropped in snapshot 4", None))
        self.assertIsNone(tables["sums"][0]["then"])

    def test_what_it_does_not_take_is_refused(self):
        self.load()
        for arguments in (("--compare", "previous"), ("--time-series", "day"), ("extra",),
                          ("--by", "team,service,region"), ("--by", "teem"), ("--snapshot", "x"),
                          ("--dataset", "metric")):
            self.run_program("explain", *arguments, want=USAGE)


if __name__ == "__main__":
    harness.main()
