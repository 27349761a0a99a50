"""Budgets and --fail-over: what is spent, what is over, and the exit code that cron sees."""
import json
import unittest

import harness
from harness import BREACHED, DONE, SAMPLE, STORE, USAGE, focus_row

# 10 a day for ml and 1 a day for web, the whole of September and the first ten days of October 2026
ROWS = [focus_row(day=f"2026-{month:02}-{day:02}", cost=cost, EffectiveCost="2",
                  Tags=json.dumps({"team": team}))
        for month, last in ((9, 30), (10, 10)) for day in range(1, last + 1)
        for team, cost in (("ml", "10"), ("web", "1"))]


def budget(name="b", amount="100", **keys):
    settings = {"amount": amount, "currency": "USD", "period": "month", **keys}
    return f"[budget {name}]\n" + "".join(f"{k} = {v}\n" for k, v in settings.items()
                                          if v is not None)


class Budgets(harness.ProgramTest):
    def setUp(self):
        super().setUp()
        self.run_program("ingest", self.bill("rows.csv", ROWS))

    def status(self, *budgets, want=DONE, options=()):
        path = self.write("budgets.ini", "\n".join(budgets))
        result = self.run_program("budgets", "--budgets", path, *options, "--format", "json",
                                  want=want)
        table, = (table for section in json.loads(result.out, parse_float=str)["sections"]
                  for table in section["tables"])
        return table["rows"]

    def test_spend_up_to_the_day_is_exact(self):
        rows = self.status(budget(amount="1000"), budget("ml", "1000", filter="tag:team=ml"),
                           budget("year", "1000", period="year"),
                           budget("quarter", "1000", period="quarter"),
                           budget("week", "1000", period="week"),
                           budget("day", "1000", period="day"),
                           budget("effective", "1000", cost="effective"))
        self.assertEqual([row["spent"] for row in rows],
                         ["110.00", "100.00", "440.00", "110.00", "66.00", "11.00", "40.00"])

    def test_over_is_exit_1_and_exactly_spent_is_not_over(self):
        for amount, want in (("110", DONE), ("109.99", BREACHED), ("110.01", DONE)):
            path = self.write("b.ini", budget(amount=amount))
            for command in (["budgets"], ["--by-tag", "team"]):
                result = self.run_program(*command, "--budgets", path, want=want)
                self.assertEqual("is over" in result.err, want == BREACHED)
                self.assertTrue(result.out)

    def test_fail_over_sets_the_share(self):
        path = self.write("b.ini", budget(amount="200"))  # 55 % is spent
        for limit, want in (("54%", BREACHED), ("55%", DONE), ("55", DONE), ("54.9%", BREACHED),
                            ("100%", DONE), ("0%", BREACHED)):
            self.run_program("--by-tag", "team", "--budgets", path, "--fail-over", limit, want=want)
        for limit in ("much", "-5%", ""):
            self.run_program("--by-tag", "team", "--budgets", path, "--fail-over", limit,
                             want=USAGE)

    def test_the_output_is_whole_when_a_budget_is_breached(self):
        path = self.write("b.ini", budget(amount="1"))
        out = self.folder / "x.csv"
        self.run_program("--by-tag", "team", "--budgets", path, "-o", out, want=BREACHED)
        self.assertIn("ml,USD,", out.read_text())

    def test_usage_errors_of_budgets_come_before_any_output(self):
        broken = self.write("broken.ini", budget(amount="many"))
        for options in (["--fail-over", "80%"], ["--budgets", broken]):
            for command in (["--by-tag", "team"], ["report", "monthly"]):
                self.assertEqual(self.run_program(*command, *options, want=USAGE).out, "")
                path = self.folder / "x.csv"
                self.run_program("--by-tag", "team", *options, "-o", path, want=USAGE)
                self.assertFalse(path.exists())

    def test_as_of_moves_the_day(self):
        path = self.write("b.ini", budget(amount="100"))
        for day, want in (("2026-10-09", DONE), ("2026-10-10", BREACHED), ("2026-09-09", DONE),
                          ("2026-09-10", BREACHED), ("2026-08-31", DONE)):
            self.run_program("--by-tag", "team", "--budgets", path, "--as-of", day, want=want)

    def test_a_start_moves_the_periods(self):
        row, = self.status(budget(amount="1000", start="2026-09-06"))
        self.assertEqual((row["first_day"], row["last_day"], row["spent"]),
                         ("2026-10-06", "2026-11-05", "55.00"))

    def test_budgets_as_csv(self):
        path = self.write("b.csv", "name,amount,currency,period,filter\nml,99,USD,month,tag:team=ml\n"
                                   "all,1000,USD,month,\n")
        result = self.run_program("budgets", "--budgets", path, want=BREACHED)
        self.assertIn("budget ml is over", result.err)
        self.assertNotIn("budget all", result.err)

    def test_wrong_budget_files_are_usage_errors_with_their_line(self):
        for text, line in (
                (budget(amount="many"), 2), (budget(amount=None), 1), (budget(currency=None), 1),
                (budget(period="fortnight"), 4), (budget(colour="red"), 5),
                (budget(filter="teem=x"), None), (budget(cost="net"), 5),
                (budget(dataset="gpu"), 5), (budget(start="soon"), 5),
                (budget(thresholds="50,x"), 5), (budget() + budget(), 5), ("amount = 5\n", 1),
                ("[bugdet x]\namount = 5\n", 1), ("[budget x\namount = 5\n", 1)):
            path = self.write("b.ini", text)
            with self.subTest(text=text):
                result = self.run_program("budgets", "--budgets", path, want=USAGE)
                if line:
                    self.assertIn(f"b.ini:{line}", result.err)
        self.run_program("budgets", "--budgets", self.folder / "missing.ini", want=STORE)

    def test_a_currency_that_is_not_there_spends_nothing(self):
        row, = self.status(budget(currency="CHF"))
        self.assertEqual(row["spent"], "0.00")

    def test_the_sample_budgets_breach_where_its_readme_says(self):
        self.store = self.folder / "sample.db"
        self.run_program("ingest", SAMPLE)
        self.run_program("prices", "import", SAMPLE / "prices.csv")
        result = self.run_program("budgets", "--budgets", SAMPLE / "budgets.ini", want=BREACHED)
        self.assertIn("budget ai-usage is over", result.err)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = 4000
    harness.main()
