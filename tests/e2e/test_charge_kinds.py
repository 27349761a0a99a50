"""What --exclude leaves out and what not, and usage months beside billing months."""
import csv
import json
import unittest

import harness
from harness import USAGE, focus_row

KINDS = [  # cost, category, class, provider's line type
    ("100", "Usage", "", "Usage"),
    ("20", "Purchase", "", "Fee"),
    ("7.07", "Tax", "", "Tax"),
    ("-5", "Credit", "", "Credit"),
    ("-3", "Adjustment", "", ""),
    ("-2.5", "Usage", "Correction", "Usage"),
    ("-1.25", "Usage", "", "Refund"),
    ("-0.5", "Usage", "", "EdpDiscount"),
    ("-0.25", "Usage", "", "PrivateRateDiscount"),
    ("-0.125", "Usage", "", "BundledDiscount"),
    ("40", "Usage", "", "FlatRateSubscription"),
]


class ChargeKinds(harness.ProgramTest):
    def setUp(self):
        super().setUp()
        self.ingest(self.bill("may.csv", [
            focus_row(day=f"2026-05-{n + 1:02}", cost=cost, ChargeCategory=category,
                      ChargeClass=charge_class, x_ChargeType=line_type)
            for n, (cost, category, charge_class, line_type) in enumerate(KINDS)]))

    def sum_without(self, *excluded, more=()):
        arguments = [part for word in excluded for part in ("--exclude", word)]
        return self.total(*arguments, *more).get("USD")

    def test_nothing_is_hidden_by_default(self):
        self.assertEqual(self.sum_without(), "154.445")

    def test_each_kind_is_left_out_by_its_word(self):
        for word, wanted in (("usage", "19.07"), ("purchase", "134.445"), ("tax", "147.375"),
                             ("credit", "159.445"), ("adjustment", "157.445"),
                             ("correction", "156.945"), ("refund", "155.695"),
                             ("discount", "155.32")):
            self.assertEqual(self.sum_without(word), wanted, word)

    def test_lists_and_repetitions_add_up(self):
        self.assertEqual(self.sum_without("tax, Credit", "refund"), "153.625")
        self.assertEqual(self.sum_without("tax", "tax,tax"), "147.375")
        self.assertEqual(self.sum_without("tax", more=("--where", "charge_category!=Credit")),
                         "152.375")

    def test_rows_without_the_column_stay(self):
        rows = [focus_row(day="2026-04-01", cost="9")]
        columns = [name for name in harness.COLUMNS if name != "ChargeClass"]
        self.ingest(self.bill("april.csv", rows, columns=columns))
        self.assertEqual(self.sum_without("correction,refund,discount", more=(
            "--where", "billing_month=2026-04")), "9.00")

    def test_a_word_that_names_nothing_is_refused_with_the_list(self):
        for word in ("taxes", "", "tax,,credit"):
            result = self.run_program("--exclude", word, want=USAGE)
            self.assertIn("usage, purchase, tax, credit, adjustment, correction, refund, discount",
                          result.err)

    def test_every_output_says_what_is_left_out(self):
        options = ("--month", "2026-05", "--exclude", "tax,refund")
        for arguments in (options, ("report", "monthly", *options)):
            text = self.run_program(*arguments).out
            self.assertIn("charge_category!=Tax", text)
            self.assertIn("charge_type!=Refund", text)
        found = json.loads(self.run_program(*options, "--format", "json").out)
        self.assertEqual(found["filter"], "charge_category!=Tax and charge_type!=Refund")
        found = json.loads(self.run_program("--month", "2026-05", "--format", "json").out)
        self.assertNotIn("filter", found)

    def test_budgets_count_without_what_is_left_out(self):
        self.write("b.ini", "[budget all]\namount = 150\ncurrency = USD\nperiod = month\n"
                            "start = 2026-05-01\n")
        options = ("budgets", "--budgets", self.folder / "b.ini", "--as-of", "2026-05-31")
        over = self.run_program(*options, "--format", "json", want=harness.BREACHED)
        self.assertIn("154.445", over.out)
        under = self.run_program(*options, "--exclude", "tax", "--format", "json")
        self.assertIn("147.375", under.out)

    def test_usage_has_no_taxes_to_leave_out(self):
        usage = {"ts": "2026-05-03T00:00:00Z", "provider": "p", "model": "m", "spend_type":
                 "inference", "tokens": {"input": 5}, "billed_cost": "0.5", "currency": "USD"}
        self.ingest("--format", "usage", self.write("u.ndjson", json.dumps(usage) + "\n"))
        options = ("--dataset", "ai", "--by", "model", "--month", "2026-05")
        self.assertEqual(self.csv(*options, "--exclude", "tax"), self.csv(*options))
        text = self.run_program("report", "monthly", "--month", "2026-05", "--exclude", "tax").out
        self.assertNotIn("filters of this report do not apply", text)


def google_row(service, cost, credit):
    return {"billing_account_id": "01", "service": {"id": service, "description": service},
            "sku": {"id": "s", "description": "s"}, "project": {"id": "p", "name": "p"},
            "usage_start_time": "2026-05-01 00:00:00 UTC",
            "usage_end_time": "2026-05-01 01:00:00 UTC", "location": {"location": "eu"},
            "labels": [], "export_time": "2026-05-02 00:00:00 UTC", "cost": cost,
            "currency": "USD", "currency_conversion_rate": 1, "usage": {"amount": 1, "unit": "h"},
            "credits": [{"name": "c", "amount": credit, "type": "PROMOTION"}] if credit else [],
            "invoice": {"month": "202605"}, "cost_type": "regular"}


class CreditsWithinRows(harness.ProgramTest):
    """Google's: --exclude credit leaves them out, too."""

    def setUp(self):
        super().setUp()
        rows = [google_row("a", 10, -9), google_row("b", 5, 0), google_row("c", 3, -0.5)]
        self.ingest(self.write("rows.json", "".join(json.dumps(row) + "\n" for row in rows)))
        self.fx = self.write("fx.csv", "month,from,to,rate\n2026-05,USD,EUR,0.5\n")

    def test_the_largest_are_those_of_what_is_left(self):
        euro = ("--fx", self.fx, "--to-currency", "EUR")
        for cost in ("billed", "effective"):
            options = ("--by", "service", "--month", "2026-05", "--cost", cost, "--exclude",
                       "credit", "--top", "1")
            self.assertEqual(self.csv(*options)[1], [("a", "USD", "10.00", "1"),
                                                     ("(other)", "USD", "8.00", "2")])
            self.assertEqual(self.csv(*options, *euro)[1], [("a", "EUR", "5.00", "1"),
                                                            ("(other)", "EUR", "4.00", "2")])
        self.assertEqual(self.csv(*options[:6], "--top", "1")[1],
                         [("b", "USD", "5.00", "1"), ("(other)", "USD", "3.50", "2")])

    def test_every_net_cost_of_a_row_is_without_them(self):
        text = self.run_program("explain", "--rows", "--month", "2026-05", "--exclude", "credit",
                                "--format", "csv").out
        self.assertEqual([(row["billed_cost"], row["effective_cost"], row["contracted_cost"])
                          for row in csv.DictReader(text.splitlines())],
                         [("10.00",) * 3, ("5.00",) * 3, ("3.00",) * 3])
        text = self.run_program("report", "reconciliation", "--month", "2026-05", "--exclude",
                                "credit", "--format", "json").out
        table = next(table for section in json.loads(text)["sections"]
                     for table in section["tables"] if table["id"] == "categories")
        self.assertEqual((table["rows"][0]["billed"], table["rows"][0]["effective"]), (18, 18))


class Months(harness.ProgramTest):
    def setUp(self):
        super().setUp()
        late = focus_row(day="2026-05-31", cost="-4.5", ChargeClass="Correction",
                         BillingPeriodStart="2026-06-01T00:00:00Z",
                         BillingPeriodEnd="2026-07-01T00:00:00Z")
        self.ingest(self.bill("may.csv", [focus_row(day="2026-05-02", cost="10")]))
        self.ingest(self.bill("june.csv", [focus_row(day="2026-06-02", cost="3"), late]))

    def test_a_restatement_stands_in_its_billing_month_and_its_usage_month(self):
        _, rows = self.csv("--by", "billing_month,month", "--year", "2026")
        self.assertEqual(rows, [("2026-05", "2026-05", "USD", "10.00", "1"),
                                ("2026-06", "2026-06", "USD", "3.00", "1"),
                                ("2026-06", "2026-05", "USD", "-4.50", "1")])

    def test_the_two_views_and_both_at_once(self):
        for arguments, wanted in (
                (("--month", "2026-05"), "5.50"), (("--billing-month", "2026-06"), "-1.50"),
                (("--month", "2026-05", "--billing-month", "2026-06"), "-4.50"),
                (("--billing-month", "2026-06", "--from", "2026-06-01", "--to", "2026-06-30"),
                 "3.00")):
            _, rows = self.csv("--by", "currency", *arguments)
            self.assertEqual(rows[0][1], wanted, arguments)

    def test_named_reports_take_both(self):
        text = self.run_program("report", "monthly", "--billing-month", "2026-06").out
        self.assertIn("billing month June 2026", text)
        self.assertIn("-1.50", text)
        text = self.run_program("report", "monthly", "--month", "2026-05", "--billing-month",
                                "2026-06").out
        self.assertIn("May 2026, billed in June 2026", text)
        self.assertIn("-4.50", text)


if __name__ == "__main__":
    harness.main()
