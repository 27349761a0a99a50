"""What one page of the reconciliation must not leave unsaid: closed months, double sources, rounding."""
import json
from decimal import Decimal

import harness
from harness import focus_row
from test_reconciliation import INVOICES, OCTOBER, Reconciliation, billed_in

PERIODS = ("BillingPeriodStart,BillingPeriodEnd,BillingPeriodStatus,BillingPeriodCreated,"
           "BillingPeriodLastUpdated,InvoiceIssuerName\n"
           "2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,{},2026-10-01T00:00:00Z,"
           "2026-11-05T00:00:00Z,AWS\n")


def days(first, last, **cells):
    return [focus_row(f"2026-10-{day:02}", **cells) for day in range(first, last + 1)]


class ClosedMonths(Reconciliation):
    def page(self, *arguments):
        tables, _ = self.report(*OCTOBER, *arguments)
        (row,) = tables["completeness"]
        words = [line["warning"] for line in tables["completeness_warnings"]
                 if line["kind"] == "days"]
        title = self.run_program("report", "reconciliation", *OCTOBER, *arguments).out
        return row["state"], row["missing_days"], words, "(final)" in title.splitlines()[1]

    def test_an_invoiced_month_is_due_to_its_last_day(self):
        self.load(days(1, 29, InvoiceId="A"))
        words = ["no rows of 2 of its 31 days: 30 to 31; the month is closed"]
        self.assertEqual(self.page(), ("closed, invoiced", 2, words, True))
        self.assertEqual(self.page("--as-of", "2026-10-10"), ("closed, invoiced", 2, words, True))

    def test_a_month_without_invoices_is_due_to_the_day_of_the_report(self):
        self.load(days(1, 29))
        self.assertEqual(self.page(), ("provisional", 0, [], False))

    def test_the_billing_period_decides_before_the_invoices(self):
        self.load(days(1, 29))
        self.write("periods.csv", PERIODS.format("Closed"))
        self.ingest("periods.csv")
        self.assertEqual(self.page()[:2] + self.page()[3:], ("closed", 2, True))
        self.write("periods.csv", PERIODS.format("Open"))
        self.ingest("periods.csv")
        self.load(days(1, 29, InvoiceId="A"))
        self.assertEqual(self.page("--as-of", "2026-11-20")[::3], ("open", False))

    def test_one_open_bill_keeps_the_page_preliminary(self):
        self.load(days(1, 31, InvoiceId="A"), "a.csv")
        self.load(days(1, 30, ProviderName="Neo"), "b.csv")
        text = self.run_program("report", "reconciliation", *OCTOBER).out
        self.assertIn("(preliminary)", text.splitlines()[1])

    def test_the_missing_day_is_a_reason_of_a_difference(self):
        self.load(days(1, 30, InvoiceId="A", cost="1.00"))
        self.write("i.csv", INVOICES + "aws,123456789012,A,2026-10,USD,31.00\n")
        tables, _ = self.report(*OCTOBER, "--invoices", "i.csv")
        self.assertIn("these days of 2026-10: 31",
                      " ".join(row["reason"] for row in tables["differences"]))


class SeveralSources(Reconciliation):
    def test_one_account_from_two_sources_is_named_with_both_sums(self):
        self.load([focus_row("2026-10-03", "8.55")], "actual.csv")
        self.bill("amortized.csv", [focus_row("2026-10-03", "5.30")])
        self.ingest("--source", "extra", "amortized.csv")
        tables, result = self.report()
        (line,) = [row["warning"] for row in tables["completeness_warnings"]
                   if row["kind"] == "sources"]
        for text in (line, tables["text"], result.err):
            self.assertIn("account 123456789012 of AWS", text)
            self.assertIn("aws/123456789012 8.55 USD, extra 5.30 USD", text)
        self.assertIn("counted twice", self.run_program("report", "monthly", *OCTOBER).out)

    def test_accounts_providers_and_months_of_their_own_are_not(self):
        self.load([focus_row("2026-10-03"), focus_row("2026-10-03", BillingAccountId="2"),
                   focus_row("2026-10-03", ProviderName="Neo"), billed_in("2026-09", "2026-09-03", "1")])
        self.bill("other.csv", [billed_in("2026-08", "2026-08-03", "1")])
        self.ingest("--source", "extra", "other.csv")
        tables, result = self.report("--from", "2026-08-01", "--to", "2026-10-31")
        self.assertNotIn("sources", [row["kind"] for row in tables["completeness_warnings"]])
        self.assertNotIn("several sources", tables["text"] + result.err)


class Rounding(Reconciliation):
    def setUp(self):
        super().setUp()
        self.load([billed_in("2026-09", "2026-09-05", "1.004", SkuId="a"),
                   billed_in("2026-10", "2026-10-05", "1.004", SkuId="a"),
                   billed_in("2026-10", "2026-10-05", "0.004", SkuId="b", EffectiveCost="0"),
                   billed_in("2026-10", "2026-10-05", "0.004", ChargeCategory="Tax")])

    def month_bridge(self, *options):
        out = self.run_program("report", "reconciliation", *OCTOBER, *options).out
        lines = out[out.index("From September"):out.index("Each bridge adds up")].splitlines()[2:]
        return [(line.split("  ")[2].strip(), line) for line in lines if line]

    def test_printed_steps_add_up_with_a_line_of_rounding(self):
        rows = self.month_bridge()
        names = [line for _, line in rows]
        self.assertEqual(sum("rounding" in line and "0.01" in line for line in names), 1)
        self.assertIn("rounding", names[-2])

    def test_outputs_with_every_digit_have_no_such_line(self):
        tables, _ = self.report()
        self.assertNotIn("rounding", json.dumps(tables["month_bridge"], default=str))
        steps = {row["step"]: row["amount"] for row in tables["month_bridge"]}
        self.assertEqual(steps, {"earlier": Decimal("1.004"), "new": Decimal("0.004"),
                                 "tax": Decimal("0.004"), "billed": Decimal("1.012")})
        self.assertNotIn("rounding", "".join(line for _, line in self.month_bridge("--exact")))
        self.run_program("report", "reconciliation", *OCTOBER, "-o", "out.csv")
        self.assertNotIn("rounding", (self.folder / "out.csv" / "month_bridge.csv").read_text()
                         if (self.folder / "out.csv").is_dir()
                         else (self.folder / "out.csv").read_text())

    def test_html_has_it(self):
        self.run_program("report", "reconciliation", *OCTOBER, "-o", "out.html")
        self.assertIn(">rounding<", (self.folder / "out.html").read_text())


class CreditsWithinRows(Reconciliation):
    """Google's bills: costs are net of credits that stand in the same row."""

    def row(self, month, cost, credit, kind="regular", sku="s"):
        return {"billing_account_id": "01", "service": {"id": "a", "description": "a"},
                "sku": {"id": sku, "description": sku}, "project": {"id": "p", "name": "p"},
                "usage_start_time": f"2026-{month}-05 00:00:00 UTC",
                "usage_end_time": f"2026-{month}-05 01:00:00 UTC",
                "location": {"location": "eu"}, "labels": [],
                "export_time": f"2026-{month}-06 00:00:00 UTC", "cost": cost, "currency": "USD",
                "currency_conversion_rate": 1, "cost_type": kind,
                "usage": {"amount": 1, "unit": "h", "amount_in_pricing_units": 2,
                          "pricing_unit": "hour"},
                "credits": [{"name": "c", "amount": credit, "type": "PROMOTION"}] if credit else [],
                "invoice": {"month": f"2026{month}"}}

    def setUp(self):
        super().setUp()
        rows = [self.row("09", 10, -1), self.row("10", 10, -4), self.row("10", 3, -0.5, sku="new"),
                self.row("10", 2, -0.25, kind="tax"), self.row("10", 1, 0, kind="adjustment")]
        self.ingest(self.write("g.json", "".join(json.dumps(row) + "\n" for row in rows)))

    def test_they_are_a_line_of_their_own_and_all_lines_add_up(self):
        tables, _ = self.report()
        rows = {row["category"]: row for row in tables["categories"]}
        self.assertEqual({name: row["billed"] for name, row in rows.items()},
                         {"Usage": 13, "Purchase": 0, "Tax": 2, "Credit": 0, "Adjustment": 1,
                          "Credit (within rows)": Decimal("-4.75")})
        self.assertEqual(rows["Credit (within rows)"]["effective"], Decimal("-4.75"))
        self.assertIsNone(rows["Credit (within rows)"]["records"])
        self.assertEqual(sum(row["billed"] for row in tables["categories"]), Decimal("11.25"))
        self.assertEqual(sum(row["records"] or 0 for row in tables["categories"]), 4)

    def test_so_they_are_in_the_monthly_report(self):
        document = json.loads(self.run_program("report", "monthly", *OCTOBER, "--format", "json").out,
                              parse_float=Decimal)
        (table,) = [table for section in document["sections"] for table in section["tables"]
                    if table["id"] == "charge_categories"]
        self.assertEqual({row["category"]: row["billed"] for row in table["rows"]},
                         {"Usage": 13, "Tax": 2, "Adjustment": 1,
                          "Credit (within rows)": Decimal("-4.75")})

    def test_they_are_credits_of_the_month_bridge(self):
        tables, _ = self.report()
        steps = {row["step"]: row["amount"] for row in tables["month_bridge"]}
        self.assertEqual(steps, {"earlier": 9, "new": 3, "credits": Decimal("-3.75"), "tax": 2,
                                 "adjustments": 1, "billed": Decimal("11.25")})

    def test_without_credits_there_is_no_such_line(self):
        tables, _ = self.report(*OCTOBER, "--exclude", "credit")
        self.assertNotIn("Credit (within rows)", [row["category"] for row in tables["categories"]])
        steps = {row["step"]: row["amount"] for row in tables["month_bridge"]}
        self.assertEqual(steps, {"earlier": 10, "new": 3, "tax": 2, "adjustments": 1, "billed": 16})


class OtherCurrencies(Reconciliation):
    def test_an_invoice_of_its_own_is_no_reason(self):
        self.load([focus_row("2026-10-03", "10.00", InvoiceId="A"),
                   focus_row("2026-10-03", "9.00", InvoiceId="B", BillingCurrency="EUR")])
        self.write("i.csv", INVOICES + "aws,123456789012,A,2026-10,USD,10.50\n"
                   "aws,123456789012,B,2026-10,EUR,9.25\n")
        tables, _ = self.report(*OCTOBER, "--invoices", "i.csv")
        self.assertNotIn("the invoice is in", json.dumps(tables["differences"], default=str))

    def test_nor_is_another_currency_beside_an_exact_reason(self):
        self.load([focus_row("2026-10-03", "10.00", InvoiceId="A"),
                   focus_row("2026-10-03", "1.00", InvoiceId="A", ChargeCategory="Tax"),
                   focus_row("2026-10-03", "9.00", InvoiceId="B", BillingCurrency="EUR")])
        self.write("i.csv", INVOICES + "aws,123456789012,A,2026-10,USD,10.00\n")
        tables, _ = self.report(*OCTOBER, "--invoices", "i.csv")
        text = json.dumps(tables["differences"], default=str)
        self.assertIn("without Tax", text)
        self.assertNotIn("the invoice is in", text)


class Words(Reconciliation):
    def test_commands_name_themselves_and_filters_their_dimension(self):
        self.load([focus_row("2026-10-03")])
        for verb in ("show", "drop"):
            text = self.run_program("imports", verb, "abc", want=2).err
            self.assertIn(f'gpureport: imports {verb}: "abc" is not a whole number', text)
        text = self.run_program("--where", "parent:sub_account=x", want=2).err
        self.assertIn("a filter takes the dimension itself, sub_account", text)

    def test_an_emptied_store_is_as_of_the_days_it_was_about(self):
        self.load([focus_row("2026-10-03"), focus_row("2026-10-07")])
        self.run_program("imports", "drop", "1")
        text = self.run_program("imports").out + self.run_program("--by", "service").out
        self.assertIn("as of 2026-10-07", text)
        self.assertNotIn("1970", text)

    def test_explain_has_no_column_without_a_value(self):
        self.load([focus_row("2026-10-03")])
        self.assertNotIn("INGESTED", self.run_program("explain").out)
        rows = self.run_program("explain", "--format", "csv").out
        self.assertIn("ingested", rows)


if __name__ == "__main__":
    harness.main()
