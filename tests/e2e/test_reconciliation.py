"""The reconciliation report against Python's Decimal: invoices, bridges, restatements, days, rules."""
import json
import random
import unittest
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal

import harness
from harness import SHARED, amount, digits, focus_row

OCTOBER = ("--billing-month", "2026-10")
INVOICES = "provider,account,invoice_id,billing_month,currency,amount\n"
CENT = Decimal("0.01")


def billed_in(month, day, cost, **cells):
    """A charge of a billing month, on a day of it or of an earlier month."""
    year, number = int(month[:4]), int(month[5:])
    after = f"{year + number // 12}-{number % 12 + 1:02}"
    return focus_row(day, cost, BillingPeriodStart=f"{month}-01T00:00:00Z",
                     BillingPeriodEnd=f"{after}-01T00:00:00Z", **cells)


class Reconciliation(harness.ProgramTest):
    def report(self, *arguments, **options):
        """{table: rows as dictionaries with exact amounts}, and the whole result."""
        result = self.run_program("report", "reconciliation", *(arguments or OCTOBER), "--format",
                                  "json", **options)
        document = json.loads(result.out, parse_float=Decimal, parse_int=Decimal)
        tables = {table["id"]: table["rows"] for section in document["sections"]
                  for table in section["tables"]}
        tables["text"] = " ".join(text for section in document["sections"]
                                  for text in section["paragraphs"])
        return tables, result

    def load(self, rows, name="bill.csv", **options):
        self.bill(name, rows)
        return self.ingest(name, **options)


class Invoices(Reconciliation):
    def one(self, invoices, charges, **options):
        """The table of invoices after these charges and this invoices file."""
        self.load(charges)
        self.write("invoices.csv", INVOICES + invoices)
        return self.report(*OCTOBER, "--invoices", "invoices.csv", **options)

    def test_an_exact_sum_is_equal_and_nothing_is_said(self):
        charges = [focus_row("2026-10-03", "10.005", InvoiceId="A"),
                   focus_row("2026-10-04", "0.005", InvoiceId="A")]
        tables, result = self.one("aws,123456789012,A,2026-10,USD,10.01\n", charges)
        (row,) = tables["invoices"]
        self.assertEqual((row["status"], row["billed"], row["difference"], row["note"]),
                         ("equal", Decimal("10.01"), 0, ""))
        self.assertEqual(row["records"], 2)
        self.assertNotIn("reconciliation", result.err)
        self.assertNotIn("differences", tables)

    def test_rounding_is_half_to_even_and_is_shown(self):
        for cost, invoice, status in (("10.0134", "10.01", "equal"), ("10.005", "10.00", "equal"),
                                      ("10.015", "10.02", "equal"), ("10.005", "10.01", "differs"),
                                      ("-3.145", "-3.14", "equal")):
            with self.subTest(cost=cost, invoice=invoice):
                self.load([focus_row("2026-10-03", cost, InvoiceId="A")])
                self.write("i.csv", f"{INVOICES}aws,123456789012,A,2026-10,USD,{invoice}\n")
                (row,) = self.report(*OCTOBER, "--invoices", "i.csv")[0]["invoices"]
                self.assertEqual(row["status"], status)
                self.assertEqual(row["difference"], Decimal(cost) - Decimal(invoice))
                if status == "equal":
                    self.assertIn("rounding: ", row["note"])

    def test_an_invoice_with_more_decimals_is_compared_at_them(self):
        charges = [focus_row("2026-10-03", "1.23456", InvoiceId="A")]
        tables, _ = self.one("aws,123456789012,A,2026-10,USD,1.235\n", charges)
        self.assertEqual(tables["invoices"][0]["status"], "equal")

    def test_yen_have_no_decimals(self):
        charges = [focus_row("2026-10-03", "1200.4", InvoiceId="A", BillingCurrency="JPY")]
        tables, _ = self.one("aws,123456789012,A,2026-10,JPY,1200\n", charges)
        self.assertEqual(tables["invoices"][0]["status"], "equal")

    def test_charges_without_ids_are_for_the_invoices_of_their_month(self):
        charges = [focus_row("2026-10-03", "10.00"), focus_row("2026-10-04", "5.00")]
        tables, _ = self.one("AWS,123456789012,A,2026-10,USD,12.00\n"
                             "AWS,123456789012,B,2026-10,USD,3.00\n", charges)
        (row,) = tables["invoices"]
        self.assertEqual((row["status"], row["invoice"], row["invoiced"]), ("equal", "A + B", 15))

    def test_an_id_that_comes_again_each_month_is_of_its_month(self):
        self.load([billed_in("2026-08", "2026-08-31", "2", InvoiceId="X"),
                   billed_in("2026-09", "2026-09-01", "5", InvoiceId="X"),
                   billed_in("2026-10", "2026-10-01", "7", InvoiceId="X")])
        period = ("--from", "2026-08-01", "--to", "2026-10-31", "--invoices")
        for account, issuer in (("123456789012", "aws"), ("", "aws"), ("123456789012", "reseller")):
            each = self.write("i.csv", INVOICES + f"{issuer},{account},X,2026-09,USD,5\n"
                                                  f"{issuer},{account},X,2026-10,USD,7\n"
                                                  f"{issuer},{account},X,2026-08,USD,2\n")
            rows = self.report(*period, each)[0]["invoices"]
            self.assertEqual([(row["billing_month"], row["billed"], row["status"]) for row in rows],
                             [("2026-08", 2, "equal"), ("2026-09", 5, "equal"),
                              ("2026-10", 7, "equal")])
        two = self.write("i.csv", INVOICES + "aws,,X,2026-09,USD,7\naws,,X,2026-10,USD,7\n")
        rows = self.report(*period, two)[0]["invoices"]
        self.assertEqual([(row["billed"], row["status"]) for row in rows], [(7, "equal")] * 2)

    def test_an_invoice_without_id_or_account_is_for_all_that_is_left(self):
        charges = [focus_row("2026-10-03", "10.00", InvoiceId="A"),
                   focus_row("2026-10-03", "2.00", BillingAccountId="222222222222", InvoiceId="C"),
                   focus_row("2026-10-04", "5.00", InvoiceId="B")]
        tables, _ = self.one("aws,123456789012,A,2026-10,USD,10.00\naws,,,2026-10,USD,7.00\n", charges)
        rows = {row["invoice"]: row for row in tables["invoices"]}
        self.assertEqual(rows["A"]["status"], "equal")
        self.assertEqual((rows["(none)"]["status"], rows["(none)"]["billed"],
                          rows["(none)"]["account"]), ("equal", 7, "(all)"))

    def test_what_has_no_partner_is_named(self):
        charges = [focus_row("2026-10-03", "10.00", InvoiceId="A")]
        tables, result = self.one("aws,123456789012,Z,2026-10,USD,10.00\n", charges)
        self.assertEqual({row["invoice"]: row["status"] for row in tables["invoices"]},
                         {"A": "no invoice", "Z": "no charges"})
        (reason,) = [row for row in tables["differences"] if row["fit"] == "to the digit"]
        self.assertIn("charges A of 2026-10", reason["reason"])
        self.assertIn("invoice Z of 2026-10 no charges", result.err)

    def test_the_category_that_is_left_out_comes_first(self):
        charges = [focus_row("2026-10-03", "100.00", InvoiceId="A"),
                   focus_row("2026-10-31", "19.007", InvoiceId="A", ChargeCategory="Tax"),
                   focus_row("2026-10-31", "-7.00", InvoiceId="A", ChargeCategory="Credit")]
        tables, _ = self.one("aws,123456789012,A,2026-10,USD,93.00\n", charges)
        reasons = tables["differences"]
        self.assertEqual((reasons[0]["fit"], reasons[0]["amount"]),
                         ("to the digit", Decimal("19.007")))
        self.assertIn("without Tax", reasons[0]["reason"])

    def test_two_categories_late_charges_and_corrections(self):
        charges = [focus_row("2026-10-03", "100.00", InvoiceId="A"),
                   focus_row("2026-10-31", "19.00", InvoiceId="A", ChargeCategory="Tax"),
                   focus_row("2026-10-31", "-7.00", InvoiceId="A", ChargeCategory="Credit"),
                   billed_in("2026-10", "2026-09-30", "3.10", InvoiceId="A"),
                   billed_in("2026-10", "2026-09-30", "-4.40", InvoiceId="A",
                             ChargeClass="Correction")]
        for left_out, words in (("12.00", "Credit and Tax"), ("-4.40", "without corrections"),
                                ("-1.30", "for earlier months")):
            with self.subTest(words):
                invoice = Decimal("110.70") - Decimal(left_out)
                tables, _ = self.one(f"aws,123456789012,A,2026-10,USD,{invoice}\n", charges)
                exact = [row["reason"] for row in tables["differences"]
                         if row["fit"] == "to the digit"]
                self.assertTrue(any(words in text for text in exact), exact)

    def test_other_invoices_of_the_account(self):
        charges = [focus_row("2026-10-03", "10.00", InvoiceId="A"),
                   focus_row("2026-10-03", "20.00", InvoiceId="B")]
        tables, _ = self.one("aws,123456789012,A,2026-10,USD,14.00\n"
                             "aws,123456789012,B,2026-10,USD,16.00\n", charges)
        exact = {row["invoice"]: row["reason"] for row in tables["differences"]
                 if row["fit"] == "to the digit"}
        self.assertIn("invoice B of 2026-10 differs by the opposite", exact["A"])
        self.assertIn("invoice A of 2026-10 differs by the opposite", exact["B"])

    def test_tax_that_the_export_lacks_is_possible_and_never_sure(self):
        charges = [focus_row("2026-10-03", "123.45", InvoiceId="A")]
        tables, _ = self.one("aws,123456789012,A,2026-10,USD,148.14\n", charges)
        (reason,) = [row for row in tables["differences"] if "20 %" in row["reason"]]
        self.assertEqual(reason["fit"], "possible")

    def test_currencies_are_told_and_not_added(self):
        charges = [focus_row("2026-10-03", "10.00", InvoiceId="A", BillingCurrency="EUR")]
        tables, _ = self.one("aws,123456789012,A,2026-10,USD,11.00\n", charges)
        rows = {row["currency"]: row["status"] for row in tables["invoices"]}
        self.assertEqual(rows, {"EUR": "no invoice", "USD": "no charges"})
        self.assertTrue(any("10.00 EUR" in row["reason"] for row in tables["differences"]))

    def test_rejected_rows_and_missing_days_are_facts(self):
        rows = [focus_row(f"2026-10-{day:02}", "1.00", InvoiceId="A") for day in range(1, 31)]
        rows = [row for row in rows if not row["ChargePeriodStart"].startswith("2026-10-07")]
        rows.append(focus_row("2026-10-30", "1,5", InvoiceId="A"))
        self.load(rows, want=None)
        self.bill("bill.csv", rows)
        self.ingest("bill.csv", "--max-rejects", "1")
        self.write("i.csv", INVOICES + "aws,123456789012,A,2026-10,USD,40.00\n")
        tables, _ = self.report(*OCTOBER, "--invoices", "i.csv")
        text = " ".join(row["reason"] for row in tables["differences"])
        self.assertIn("1 row of the delivery could not be read", text)
        self.assertIn("these days of 2026-10: 7", text)

    def test_the_file_takes_the_place_of_the_store(self):
        self.load([focus_row("2026-10-03", "10.00", InvoiceId="A"),
                   focus_row("2026-10-03", "2.00", InvoiceId="B")])
        self.write("stored.csv", INVOICES + "aws,123456789012,A,2026-10,USD,9.00\n"
                   "aws,123456789012,B,2026-10,USD,2.00\n")
        self.ingest("stored.csv")
        self.assertEqual([row["status"] for row in self.report()[0]["invoices"]],
                         ["differs", "equal"])
        self.write("new.csv", INVOICES + "aws,123456789012,A,2026-10,USD,10.00\n")
        before = self.snapshot()
        tables, _ = self.report(*OCTOBER, "--invoices", "new.csv")
        self.assertEqual([row["status"] for row in tables["invoices"]], ["equal", "equal"])
        self.assertEqual(before, self.snapshot())

    def test_invoice_details_of_focus_add_up_and_voided_ones_do_not_count(self):
        self.load([focus_row("2026-10-03", "10.004", InvoiceId="A",
                             InvoiceIssuerName="Amazon Web Services, Inc."),
                   focus_row("2026-10-31", "2.00", InvoiceId="A", ChargeCategory="Tax",
                             InvoiceIssuerName="Amazon Web Services, Inc.")])
        head = ("InvoiceId,InvoiceDetailId,InvoiceIssuerName,BillingAccountId,BillingPeriodStart,"
                "BilledCost,BillingCurrency,ChargeCategory,InvoiceIssueStatus\n")
        line = '{},{},"Amazon Web Services, Inc.",123456789012,2026-10-01T00:00:00Z,{},USD,{},{}\n'
        self.write("detail.csv", head + line.format("A", 1, "10.00", "Usage", "Issued") +
                   line.format("A", 2, "2.00", "Tax", "Issued") +
                   line.format("Q", 1, "99.00", "Usage", "Voided"))
        (delivery,) = self.ingest("detail.csv")
        self.assertEqual((delivery["source"], delivery["dataset"], delivery["format"]),
                         ("aws/123456789012", "invoice", "focus-invoice"))
        self.assertEqual(delivery["money"], [{"currency": "USD", "billed": "111.00"}])
        rows = {row["invoice"]: row for row in self.report()[0]["invoices"]}
        self.assertEqual((rows["A"]["status"], rows["A"]["invoiced"]), ("equal", 12))
        self.assertEqual((rows["Q"]["status"], rows["Q"]["invoiced"]), ("voided", None))

    def test_a_broken_file_is_refused_with_its_line(self):
        self.load([focus_row("2026-10-03", "10.00")])
        for text, words in ((INVOICES + "aws,1,A,2026-13,USD,1\n", "line 2"),
                            (INVOICES + "aws,1,A,2026-10,USD,\"1,20\"\n", "amount"),
                            (INVOICES + "aws,1,A,2026-10,,1\n", "currency"),
                            ("a,b\n1,2\n", "known format"), ("", "empty")):
            self.write("broken.csv", text)
            result = self.run_program("report", "reconciliation", *OCTOBER, "--invoices",
                                      "broken.csv", want=harness.DATA)
            self.assertIn(words, result.err)
            self.assertIn("--invoices", result.err)
        self.run_program("report", "reconciliation", *OCTOBER, "--invoices", "no.csv",
                         want=harness.STORE)

    def test_hostile_ids_stay_as_they_are(self):
        hostile = '=cmd|"x"!A1,\u202e'
        self.load([focus_row("2026-10-03", "10.00", InvoiceId=hostile)])
        quoted = '"' + hostile.replace('"', '""') + '"'
        self.write("i.csv", f"{INVOICES}aws,123456789012,{quoted},2026-10,USD,10.00\n")
        (row,) = self.report(*OCTOBER, "--invoices", "i.csv")[0]["invoices"]
        self.assertEqual((row["invoice"], row["status"]), (hostile, "equal"))

    def test_azure_accounts_match_by_their_last_part(self):
        path = "/providers/Microsoft.Billing/billingAccounts/77"
        self.load([focus_row("2026-10-03", "10.00", ProviderName="Microsoft", InvoiceId="M",
                             BillingAccountId=path)])
        self.write("i.csv", INVOICES + "azure,77,M,2026-10,USD,10.00\n")
        self.assertEqual(self.report(*OCTOBER, "--invoices", "i.csv")[0]["invoices"][0]["status"],
                         "equal")

    def test_many_invoices_equal_their_exact_sums(self):
        source = random.Random(11)
        rows, sums = [], defaultdict(Decimal)
        for _ in range(3000):
            account, invoice = f"{source.randrange(20):012}", f"I-{source.randrange(6)}"
            provider = source.choice(["AWS", "Microsoft", "Neo Cloud"])
            currency = source.choice(["USD", "EUR"])
            cost = Decimal(source.randrange(-10**6, 10**9)).scaleb(-source.randrange(0, 12))
            rows.append(focus_row(f"2026-10-{source.randrange(1, 32):02}", format(cost, "f"),
                                  ProviderName=provider, BillingAccountId=account,
                                  BillingCurrency=currency, InvoiceId=f"{invoice}-{currency}"))
            sums[provider, account, f"{invoice}-{currency}", currency] += cost
        self.load(rows)
        text = "".join(f"{provider},{account},{invoice},2026-10,{currency},"
                       f"{total.quantize(CENT, ROUND_HALF_EVEN):f}\n"
                       for (provider, account, invoice, currency), total in sums.items())
        self.write("i.csv", INVOICES + text)
        tables, result = self.report(*OCTOBER, "--invoices", "i.csv")
        found = {(row["provider"], row["account"], row["invoice"], row["currency"]):
                 (row["status"], row["billed"]) for row in tables["invoices"]}
        self.assertEqual(set(found), set(sums))
        for key, total in sums.items():
            self.assertEqual(found[key], ("equal", total), key)
        self.assertNotIn("reconciliation", result.err)


class Bridges(Reconciliation):
    def random_rows(self, seed, count=800):
        source = random.Random(seed)
        rows = []
        for _ in range(count):
            month = source.choice(["2026-09", "2026-10"])
            day = f"{month}-{source.randrange(1, 31):02}"
            category = source.choice(["Usage"] * 8 + ["Purchase", "Tax", "Credit", "Adjustment", ""])
            if source.random() < 0.06:
                day = "2026-08-17"
            cells = {"ProviderName": source.choice(["AWS", "Oracle"]), "ChargeCategory": category,
                     "BillingCurrency": source.choice(["USD", "USD", "EUR"]),
                     "EffectiveCost": format(Decimal(source.randrange(10**8)).scaleb(-7), "f")}
            if category == "Usage" and source.random() < 0.9:
                cells.update(SkuId=f"sku-{source.randrange(12)}", PricingUnit=source.choice(["h", "GB"]),
                             PricingQuantity=format(Decimal(source.randrange(10**5)).scaleb(-3), "f"))
            if source.random() < 0.3:
                cells.update(CommitmentDiscountId="c-1", CommitmentDiscountStatus=source.choice(
                    ["Used", "Unused", ""]))
            if source.random() < 0.05:
                cells["ChargeClass"] = "Correction"
            cost = Decimal(source.randrange(-10**6, 10**9)).scaleb(-source.randrange(2, 12))
            rows.append(billed_in(month, day, format(cost, "f"), **cells))
        return rows

    def test_billed_to_effective_adds_up_from_rows(self):
        rows = self.random_rows(1)
        self.load(rows)
        tables, _ = self.report()
        truth = defaultdict(lambda: defaultdict(Decimal))
        for row in rows:
            if row["BillingPeriodStart"][:7] != "2026-10":
                continue
            steps = truth[row["ProviderName"], row["BillingCurrency"]]
            billed, effective = amount(row["BilledCost"]), amount(row["EffectiveCost"])
            committed, category = row.get("CommitmentDiscountId"), row["ChargeCategory"]
            steps["billed"] += billed
            steps["effective"] += effective
            if committed and category == "Purchase":
                steps["fees"] -= billed
                unused = row.get("CommitmentDiscountStatus") == "Unused"
                steps["unused" if unused else "fees_kept"] += effective
                continue
            kind = {"Usage": "usage", "Purchase": "purchases", "Credit": "credits"}.get(category,
                                                                                      "other")
            if committed and category == "Usage":
                steps["covered"] -= billed
                status = row.get("CommitmentDiscountStatus")
                steps[{"Used": "used", "Unused": "unused"}.get(status, "covered")] += effective
                continue
            steps[kind] += effective - billed
        found = defaultdict(lambda: defaultdict(Decimal))
        for row in tables["effective_bridge"]:
            found[row["provider"], row["currency"]][row["step"]] = row["amount"]
        self.assertEqual(set(found), set(truth))
        for key, steps in truth.items():
            for step, total in steps.items():
                self.assertEqual(found[key][step], total, (key, step))
            ends = found[key]
            self.assertEqual(sum(value for step, value in ends.items() if step != "effective"),
                             ends["effective"])
        self.assertIn("Each bridge ends at the effective cost", tables["text"])

    def test_month_on_month_adds_up_and_each_step_is_its_rows(self):
        rows = self.random_rows(2)
        self.load(rows)
        tables, _ = self.report()
        found = defaultdict(dict)
        for row in tables["month_bridge"]:
            found[row["provider"], row["currency"]][row["step"]] = row["amount"]
        months = defaultdict(lambda: {"2026-09": Decimal(0), "2026-10": Decimal(0)})
        steps = defaultdict(Decimal)
        names = {"Purchase": "purchases", "Credit": "credits", "Tax": "tax",
                 "Adjustment": "adjustments", "": "other"}
        for row in rows:
            month, cost = row["BillingPeriodStart"][:7], amount(row["BilledCost"])
            sign = 1 if month == "2026-10" else -1
            for provider in (row["ProviderName"], "(all)"):
                key = provider, row["BillingCurrency"]
                months[key][month] += cost
                if row.get("ChargeClass"):
                    steps[key, "corrections"] += sign * cost
                elif row["ChargePeriodStart"][:7] < month:
                    steps[key, "late"] += sign * cost
                elif row["ChargeCategory"] != "Usage":
                    steps[key, names[row["ChargeCategory"]]] += sign * cost
        self.assertEqual(set(found), set(months))
        for key, ends in months.items():
            self.assertEqual((found[key]["earlier"], found[key]["billed"]),
                             (ends["2026-09"], ends["2026-10"]))
            self.assertEqual(sum(value for step, value in found[key].items() if step != "billed"),
                             found[key]["billed"])
        for (key, step), total in steps.items():
            self.assertEqual(found[key].get(step, 0), total, (key, step))
        self.assertIn("to the last digit", tables["text"])

    def test_use_and_price_of_a_sku(self):
        sku = {"SkuId": "gpu", "PricingUnit": "h"}
        self.load([billed_in("2026-09", "2026-09-05", "100.00", PricingQuantity="50", **sku),
                   billed_in("2026-10", "2026-10-05", "150.00", PricingQuantity="60", **sku),
                   billed_in("2026-09", "2026-09-05", "7.00", PricingQuantity="1", SkuId="old"),
                   billed_in("2026-10", "2026-10-05", "9.00", PricingQuantity="1", SkuId="fresh"),
                   billed_in("2026-09", "2026-09-06", "1.00", SkuId="bare"),
                   billed_in("2026-10", "2026-10-06", "1.25", SkuId="bare")])
        steps = {row["step"]: row["amount"] for row in self.report()[0]["month_bridge"]}
        self.assertEqual(steps, {"earlier": 108, "use": 20, "price": 30, "new": 9, "gone": -7,
                                 "uncounted": Decimal("0.25"), "billed": Decimal("160.25")})

    def test_the_same_price_leaves_no_price_step(self):
        sku = {"SkuId": "gpu", "PricingUnit": "h"}
        self.load([billed_in("2026-09", "2026-09-05", "1", PricingQuantity="3", **sku),
                   billed_in("2026-10", "2026-10-05", "7", PricingQuantity="21", **sku)])
        steps = {row["step"]: row["amount"] for row in self.report()[0]["month_bridge"]}
        self.assertEqual(steps, {"earlier": 1, "use": 6, "billed": 7})

    def test_restatements_are_usage_month_by_billing_month(self):
        self.load([billed_in("2026-10", "2026-10-05", "5.00"),
                   billed_in("2026-10", "2026-09-05", "2.50"),
                   billed_in("2026-10", "2026-09-06", "-1.25", ChargeClass="Correction"),
                   billed_in("2026-10", "2026-08-06", "-3", ChargeClass="Correction")])
        found = {row["usage_month"]: (row["corrections"], row["late"], row["billed"], row["records"])
                 for row in self.report()[0]["restatements"]}
        self.assertEqual(found, {"2026-08": (-3, 0, -3, 1),
                                 "2026-09": (Decimal("-1.25"), Decimal("2.5"), Decimal("1.25"), 2)})

    def test_categories_have_a_line_each_and_four_costs(self):
        self.load([focus_row("2026-10-05", "5.00", ListCost="9", ContractedCost="8",
                             EffectiveCost="4"),
                   focus_row("2026-10-05", "-7.00", ChargeCategory="Credit"),
                   focus_row("2026-10-05", "-1.00", ChargeClass="Correction")])
        rows = {(row["category"], row["charge_class"]): row for row in self.report()[0]["categories"]}
        self.assertEqual(set(rows), {("Usage", ""), ("Usage", "Correction"), ("Purchase", ""),
                                     ("Tax", ""), ("Credit", ""), ("Adjustment", "")})
        usage = rows["Usage", ""]
        self.assertEqual((usage["billed"], usage["effective"], usage["list"], usage["contracted"]),
                         (5, 4, 9, 8))
        self.assertEqual((rows["Credit", ""]["billed"], rows["Tax", ""]["records"]), (-7, 0))


class Completeness(Reconciliation):
    def one(self, *arguments):
        tables, _ = self.report(*arguments)
        (row,) = tables["completeness"]
        return row, [(line["kind"], line["warning"]) for line in tables["completeness_warnings"]]

    def test_missing_days_inside_and_at_the_end(self):
        self.load([focus_row(f"2026-10-{day:02}") for day in (1, 2, 3, 6, 7, 20)])
        row, warnings = self.one(*OCTOBER, "--as-of", "2026-11-05")
        self.assertEqual((row["days"], row["missing_days"]), (6, 25))
        self.assertIn("4 to 5, 8 to 19, 21 to 31", warnings[0][1])
        row, warnings = self.one(*OCTOBER, "--as-of", "2026-10-21")
        self.assertEqual(row["missing_days"], 15)

    def test_state_by_billing_period_then_by_invoice_ids(self):
        days = [f"2026-10-{day:02}" for day in range(1, 32)]
        self.load([focus_row(day) for day in days])
        self.assertEqual(self.one()[0]["state"], "provisional")
        self.load([focus_row(day, InvoiceId="A") for day in days])
        self.assertEqual(self.one()[0]["state"], "closed, invoiced")
        head = ("BillingPeriodStart,BillingPeriodEnd,BillingPeriodStatus,BillingPeriodCreated,"
                "BillingPeriodLastUpdated,InvoiceIssuerName\n")
        line = "2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,{},2026-10-01T00:00:00Z,{}T00:00:00Z,AWS\n"
        self.write("periods.csv", head + line.format("Open", "2026-10-01"))
        self.ingest("periods.csv")
        self.assertEqual(self.one()[0]["state"], "open")
        self.write("periods.csv", head + line.format("Open", "2026-10-01") +
                   line.format("Closed", "2026-11-05"))
        (delivery,) = self.ingest("periods.csv")
        self.assertEqual(delivery["status"], "replaced")
        self.assertEqual(self.one()[0]["state"], "closed")

    def test_accounts_columns_and_rows_against_the_month_before(self):
        september = [focus_row(f"2026-09-{day:02}", SubAccountId=f"s-{day % 3}", RegionId="eu")
                     for day in range(1, 31) for _ in range(4)]
        october = [focus_row(f"2026-10-{day:02}", SubAccountId=("s-0", "s-9")[day % 2])
                   for day in range(1, 32)]
        self.load(september, "september.csv")
        self.load(october, "october.csv")
        row, warnings = self.one(*OCTOBER, "--as-of", "2026-11-05")
        self.assertEqual((row["accounts"], row["new_accounts"], row["gone_accounts"]), (2, 1, 2))
        text = "\n".join(f"{kind}: {words}" for kind, words in warnings)
        self.assertIn("accounts: accounts of the month before have no rows: s-1, s-2", text)
        self.assertIn("accounts: accounts are new: s-9", text)
        self.assertIn("columns: column RegionId went empty: absent in 100.0 %", text)
        self.assertIn("rows: 31 rows, and 120 rows the month before", text)
        self.assertNotIn("SubAccountId went", text)

    def test_a_feed_in_stretches_is_one_source(self):
        for name, days in (("a.json", range(1, 11)), ("b.json", range(11, 31))):
            costs = [{"date": f"2026-10-{day:02}", "provider": "neo", "account_id": "9",
                      "service": "gpu", "cost": 1} for day in days]
            self.write(name, json.dumps({"costs": costs}))
            self.ingest(name)
        row, warnings = self.one(*OCTOBER, "--as-of", "2026-10-31")
        self.assertEqual((row["days"], row["missing_days"], row["records"]), (30, 1, 30))
        self.assertEqual([words for kind, words in warnings], ["no rows of 1 of the days so far: 31"])

    def test_a_source_that_stopped_is_named(self):
        self.load([focus_row("2026-09-05", ProviderName="Neo")], "a.csv")
        self.load([focus_row("2026-10-05")], "b.csv")
        tables, _ = self.report()
        self.assertIn("neo/123456789012", [line["source"] for line in
                                          tables["completeness_warnings"] if line["kind"] == "source"])


class Identities(Reconciliation):
    def results(self, rows, months=OCTOBER):
        self.load(rows)
        tables, _ = self.report(*months)
        return {row["identity"]: row for row in tables["identities"]}, tables

    def test_rows_that_break_a_rule_are_counted(self):
        good = {"InvoiceIssuerName": "AWS", "PublisherName": "AWS"}
        rows = [focus_row("2026-10-05", "1", **good),
                focus_row("2026-10-05", "1", ChargeCategory="Usages", ChargeClass="Fix",
                          ChargeFrequency="Sometimes", PricingCategory="Spotty",
                          CommitmentDiscountStatus="Maybe", **good),
                focus_row("2026-10-05", "-2", ChargeCategory="Credit", EffectiveCost="-1", **good),
                focus_row("2026-10-05", "9", ChargeCategory="Purchase", CommitmentDiscountId="c",
                          EffectiveCost="3", ServiceName="", **good),
                focus_row("2026-10-05", "1", ChargePeriodEnd="2026-10-05T00:00:00Z", **good)]
        found, tables = self.results(rows)
        for identity in ("charge periods end after they start", "ChargeCategory is one of the five",
                         "ChargeClass is Correction or absent", "ChargeFrequency has allowed values",
                         "PricingCategory has allowed values",
                         "CommitmentDiscountStatus is Used or Unused",
                         "effective cost of a commitment purchase is 0",
                         "effective cost of a credit is its billed cost",
                         "mandatory columns have values"):
            self.assertEqual((found[identity]["result"], found[identity]["failed"]), ("fail", 1),
                             identity)
        self.assertEqual(found["billing periods end after they start"]["result"], "pass")
        self.assertIn("line 3", found["ChargeFrequency has allowed values"]["figures"])
        self.assertIn("ServiceName absent in 1", found["mandatory columns have values"]["figures"])
        self.assertEqual(found["ratios of allocated charges sum to 1"]["result"], "not applicable")

    def test_commitments_are_used_unused_and_purchased(self):
        term = {"ChargeCategory": "Purchase", "ChargeFrequency": "One-Time",
                "EffectiveCost": "0", "CommitmentDiscountId": "c"}
        rows = [focus_row("2026-10-01", "31.00", ChargePeriodEnd="2026-11-01T00:00:00Z", **term)]
        rows += [focus_row(f"2026-10-{day:02}", "0", EffectiveCost="1", CommitmentDiscountId="c",
                           CommitmentDiscountStatus=("Used", "Unused")[day % 2])
                 for day in range(1, 32)]
        found, tables = self.results(rows)
        self.assertEqual(found["usage under a commitment = used + unused"]["result"], "pass")
        self.assertEqual(found["used + unused = purchased, over the term"]["result"], "pass")
        (row,) = tables["commitments"]
        self.assertEqual((row["used"], row["unused"], row["purchased"], row["status"]),
                         (15, 16, 31, "equal"))
        rows[5]["EffectiveCost"] = "0.9"
        found, tables = self.results(rows)
        self.assertEqual(found["used + unused = purchased, over the term"]["failed"], 1)
        self.assertEqual(tables["commitments"][0]["difference"], Decimal("0.1"))
        rows[0]["ChargePeriodEnd"] = "2027-10-01T00:00:00Z"
        found, tables = self.results(rows)
        self.assertEqual(found["used + unused = purchased, over the term"]["result"],
                         "not applicable")

    def test_allocated_charges_add_up_to_their_origin(self):
        def part(resource, cost, ratio, **cells):
            details = json.dumps({"Elements": [{"AllocatedRatio": ratio, "UsageUnit": "vCPU"}]})
            return focus_row("2026-10-05", cost, ResourceId="node", AllocatedMethodId="split",
                             AllocatedResourceId=resource, AllocatedMethodDetails=details, **cells)
        rows = [part("pod-1", "0.7", 0.7), part("pod-2", "0.2", 0.2), part("pod-3", "0.1", 0.1)]
        found, _ = self.results(rows)
        self.assertEqual(found["ratios of allocated charges sum to 1"]["result"], "pass")
        self.assertEqual(found["allocated charges add up to their origin"]["result"],
                         "not applicable")
        found, _ = self.results(rows + [focus_row("2026-10-05", "1.0", ResourceId="node")])
        self.assertEqual(found["allocated charges add up to their origin"]["result"], "pass")
        found, _ = self.results(rows[:2] + [focus_row("2026-10-05", "1.0", ResourceId="node")])
        self.assertEqual(found["ratios of allocated charges sum to 1"]["failed"], 1)
        self.assertIn("ratios sum to 0.9", found["ratios of allocated charges sum to 1"]["figures"])
        self.assertEqual(found["allocated charges add up to their origin"]["failed"], 1)


class Shapes(Reconciliation):
    def test_an_empty_month_one_row_and_credits_above_charges(self):
        self.load([focus_row("2026-10-05", "5.00"),
                   focus_row("2026-10-05", "-9.00", ChargeCategory="Credit")])
        for name in ("table", "csv", "json", "html", "xlsx", "pdf"):
            self.run_program("report", "reconciliation", "--billing-month", "2020-01", "--format", name)
            self.run_program("report", "reconciliation", *OCTOBER, "--format", name)
        tables, _ = self.report("--billing-month", "2020-01")
        self.assertEqual(tables["invoices"], [])
        tables, _ = self.report()
        self.assertEqual(tables["invoices"][0]["billed"], -4)
        steps = {row["step"]: row["amount"] for row in tables["month_bridge"]}
        self.assertEqual(steps["billed"], -4)

    def test_a_store_with_invoices_only(self):
        self.write("i.csv", INVOICES + "aws,1,A,2026-10,USD,3.00\n")
        self.ingest("i.csv")
        tables, _ = self.report()
        self.assertEqual(tables["invoices"][0]["status"], "no charges")
        self.assertEqual(self.run_program("check").exit, harness.DONE)

    def test_invoices_are_refused_where_nothing_compares_them(self):
        self.load([focus_row("2026-10-05", "5.00")])
        self.write("home/reports/plain.report", "[report]\ntitle = Plain\n[section a]\ntitle = A\n"
                   "[table b]\ntitle = B\nquery = charge-categories\ncolumn.billed = money | Billed\n")
        self.write("i.csv", INVOICES + "aws,1,A,2026-10,USD,3.00\n")
        result = self.run_program("report", "plain", "--home", "home", "--invoices", "i.csv",
                                  want=harness.USAGE)
        self.assertIn("compares no invoices", result.err)

    def test_charge_days_mean_their_whole_billing_months(self):
        self.load([focus_row("2026-10-05", "5.00")])
        tables, _ = self.report("--from", "2026-10-20", "--to", "2026-10-22")
        self.assertEqual(tables["invoices"][0]["billed"], 5)

    def test_filters_hold_and_are_said(self):
        self.load([focus_row("2026-10-05", "5.00"), focus_row("2026-10-05", "7", ProviderName="Neo")])
        tables, _ = self.report(*OCTOBER, "--where", "provider=Neo")
        self.assertEqual([row["billed"] for row in tables["invoices"]], [7])
        self.assertEqual([row["provider"] for row in tables["month_bridge"]], ["Neo"] * 3)


class RealFiles(Reconciliation):
    """Sums of the shared bills in the tables of the report, read in place."""

    def test_the_bills_of_others_reconcile_with_themselves(self):
        folder = SHARED / "billing"
        if not folder.is_dir():
            self.skipTest("../shared/data/billing is not there")
        for name in ("focus10_200rows.csv", "focus13_200rows.csv", "aws_cur_commitments.csv",
                     "aws_cur_legacy_60rows.csv", "azure_ea_v2.csv", "gcp_nise_120rows.csv",
                     "oci_cost_60rows.csv"):
            store = self.folder / f"{name}.db"
            done = self.run_program("ingest", "--json", "--max-rejects", "100%", folder / name,
                                    store=store, want=None)
            if done.exit:
                continue  # a format that another test promises
            months = sorted({item["period"] for item in json.loads(done.out)["deliveries"]})
            for month in months[-2:]:
                with self.subTest(name=name, month=month):
                    tables, _ = self.report("--billing-month", month, store=store)
                    total = sum(row["billed"] for row in tables["invoices"])
                    categories = sum(row["billed"] for row in tables["categories"])
                    ends = sum(row["amount"] for row in tables["effective_bridge"]
                               if row["step"] == "billed")
                    self.assertEqual(total, categories)
                    self.assertEqual(total, ends)
                    for phrase in ("Each bridge ends at", "Each bridge adds up"):
                        self.assertIn(phrase, tables["text"])


if __name__ == "__main__":
    harness.main()
