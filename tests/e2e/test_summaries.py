"""What a reader takes from the first page and from tables for people: nothing false, no lost unit."""
import json
import os
import pty
import subprocess
import unittest

import harness
from harness import DONE, USAGE, focus_row


def usage(day, model, **members):
    return json.dumps({"ts": f"2026-10-{day:02}T12:00:00Z", "provider": "openai", "model": model,
                       "requests": 1, "tokens": {"input": 1000000, "output": 500}, **members}) + "\n"


def bill_rows():
    """100 USD and 10 EUR in September, 120 USD and 10.50 EUR in October 2026."""
    return [focus_row(day=f"2026-{month:02}-05", cost=cost, BillingCurrency=currency)
            for month, cost, currency in ((9, "100", "USD"), (9, "10", "EUR"),
                                          (10, "120", "USD"), (10, "10.5", "EUR"),
                                          (10, "0", "USD"), (9, "0", "USD"))]


class Summaries(harness.ProgramTest):
    def report(self, *options):
        return json.loads(self.run_program("report", "monthly", *options, "--format", "json").out,
                          parse_float=str)

    def first_page(self, *options):
        """The opening sentence and {label: figure}."""
        section = self.report(*options)["sections"][0]
        return section["paragraphs"][0], {figure["label"]: figure for figure in section["figures"]}

    def test_the_sentence_names_every_currency_and_its_change(self):
        self.run_program("ingest", self.bill("rows.csv", bill_rows()))
        sentence, figures = self.first_page("--month", "2026-10")
        self.assertEqual(sentence, "October 2026 cost 120.00 USD (up on September 2026, +20.0 %) "
                                   "and 10.50 EUR (+5.0 %).")
        for label in ("Spend, billed", "Effective cost"):
            self.assertIn("10.50 EUR", figures[label]["detail"])

    def test_a_month_after_the_data_says_what_the_last_one_cost(self):
        self.run_program("ingest", self.bill("rows.csv", bill_rows()))
        sentence, figures = self.first_page("--month", "2026-11")
        self.assertEqual(sentence, "No charges in November 2026 so far; "
                                   "October 2026 cost 120.00 USD and 10.50 EUR.")
        self.assertIn("120.00 USD", figures["Spend, billed"]["detail"])
        sentence, _ = self.first_page("--month", "2026-08")
        self.assertEqual(sentence, "No charges in August 2026, nor in July 2026.")

    def test_usage_without_a_bill_is_summed_and_without_a_price_is_no_0(self):
        self.run_program("ingest", self.write("u.ndjson", usage(3, "free")))
        _, figures = self.first_page("--month", "2026-10")
        self.assertIsNone(figures["LLM spend"]["value"])
        self.assertIn("1,000,500 tokens without a price", figures["LLM spend"]["detail"])
        self.run_program("ingest", self.write("v.ndjson", usage(4, "a", billed_cost="50",
                                                                currency="USD") + usage(3, "free")))
        _, figures = self.first_page("--month", "2026-10")
        self.assertEqual(figures["LLM spend"]["value"], "50.00")

    def test_unpriced_groups_are_null_in_totals_series_and_comparison(self):
        self.run_program("ingest", self.write("u.ndjson", usage(3, "free")))
        found = json.loads(self.run_program("--dataset", "ai", "--by", "model", "--month", "2026-10",
                                            "--time-series", "month", "--compare", "previous",
                                            "--format", "json").out)
        for member in ("groups", "time_series", "totals"):
            self.assertEqual([row["total_cost"] for row in found[member]], [None], member)
        self.assertEqual(found["totals"][0]["unpriced_tokens"], 1000500)
        self.assertIsNone(found["groups"][0]["previous_cost"])

    def test_usage_newer_than_the_last_bill_is_in_the_default_period(self):
        self.run_program("ingest", self.bill("rows.csv", bill_rows()), self.write(
            "u.ndjson", usage(20, "a", billed_cost="7", currency="USD")))
        _, rows = self.csv("--dataset", "ai", "--by", "model")
        self.assertEqual([row[2] for row in rows], ["7.00"])

    def test_a_series_is_a_table_for_people(self):
        self.run_program("ingest", self.bill("rows.csv", bill_rows()))
        for form in ("table", "html"):
            out = self.run_program("--by", "currency", "--year", "2026", "--time-series", "month",
                                   "--format", form).out
            self.assertIn("By month", out)
            self.assertIn("2026-09", out)

    def test_no_column_has_the_name_of_another(self):
        self.run_program("ingest", self.bill("rows.csv", bill_rows()))
        for by, wanted in (("tag:currency", ["tag:currency", "currency"]),
                           ("tag:team", ["team", "currency"]),
                           ("team,tag:team", ["team", "tag:team", "currency"])):
            header, _ = self.csv("--by", by, "--year", "2026")
            self.assertEqual(header, [*wanted, "total_cost", "record_count"])

    def on_terminal(self, width, *arguments):
        """What a terminal of `width` columns would get."""
        outer, inner = pty.openpty()
        self.addCleanup(os.close, outer)
        subprocess.run(["stty", "cols", str(width)], stdin=inner, check=True)
        done = subprocess.Popen([harness.program["path"], "--store", self.store, *arguments],
                                stdout=inner, stderr=subprocess.DEVNULL,
                                env={**os.environ, "LC_ALL": "C.UTF-8"})
        os.close(inner)
        text = b""
        while True:
            try:
                block = os.read(outer, 65536)
            except OSError:
                break
            if not block:
                break
            text += block
        done.wait()
        return text.decode().replace("\r\n", "\n")

    def test_the_currency_stays_on_narrow_terminals(self):
        self.run_program("ingest", self.bill("rows.csv", bill_rows()))
        for width in (80, 60, 40, 30):
            out = self.on_terminal(width, "--by", "tag:team,service", "--month", "2026-10",
                                   "--compare", "previous")
            self.assertIn("EUR", out, f"{width} columns")
            self.assertIn("USD", out, f"{width} columns")

    def test_help_is_no_wider_than_the_terminal(self):
        for width in (60, 80):
            for words in (["help"], ["help", "ingest"], ["dimensions"]):
                out = self.on_terminal(width, *words)
                self.assertTrue(out)
                self.assertLessEqual(max(map(len, out.splitlines())), width, words)

    def test_filters_that_match_nothing_are_refused_or_said(self):
        self.run_program("ingest", self.bill("rows.csv", bill_rows()))
        for where in ("provider==AWS", "provider>=AWS", "provider=~A*"):
            self.run_program("--where", where, want=USAGE)
        plain = self.run_program("--where", "currency=USD", "--month", "2026-10", "--format", "csv")
        blank = self.run_program("--where", "currency = USD", "--month", "2026-10", "--format", "csv")
        self.assertEqual(plain.out, blank.out)
        budget = "[budget b]\namount = 5\ncurrency = USD\nfilter = service=nosuch\n"
        result = self.run_program("budgets", "--budgets", self.write("b.ini", budget), want=DONE)
        self.assertIn("no data", result.out)
        self.assertNotIn("on track", result.out)
        self.assertIn("budget b", result.err)
        result = self.run_program("budgets", "--budgets", self.write("e.ini", "; none\n"), want=USAGE)
        self.assertIn("e.ini", result.err)

    def test_a_csv_folder_holds_one_report(self):
        self.run_program("ingest", self.bill("rows.csv", bill_rows()))
        folder = self.folder / "out"
        folder.mkdir()
        (folder / "mine.csv").write_text("stays\n")
        (folder / ".gpureport-tables").write_text("gone\n../rows\n")
        (folder / "gone.csv").write_text("x\n")
        self.run_program("report", "monthly", "--month", "2026-10", "--format", "csv", "-o", folder)
        self.assertTrue((folder / "by_team.csv").exists())
        self.assertFalse((folder / "gone.csv").exists())
        self.assertTrue((folder / "mine.csv").exists())
        self.assertTrue((self.folder / "rows.csv").exists())
        self.assertNotIn("gone", (folder / ".gpureport-tables").read_text())

    def test_query_shows_floating_point_as_plain_numbers(self):
        self.run_program("ingest", self.bill("rows.csv", bill_rows()))
        text = "select 1.0/3 a, 1.5 b, 0.000000123 c, 9e999 d, -100.0 e"
        run = lambda form: self.run_program("query", "-", "--format", form, data=text.encode()).out
        self.assertEqual(run("csv").splitlines()[1], "0.333333333333333,1.5,0.000000123,,-100")
        self.assertNotIn("%", run("table"))
        self.assertIn('"d":null', run("json"))


if __name__ == "__main__":
    unittest.TestCase.maxDiff = 4000
    harness.main()
