"""Azure, OCI and FOCUS files: sums equal Decimal over the raw file, however it is wrapped.

The truth is computed here from the raw cells, by the names of each dialect, and knows nothing of how
the program reads them.
"""
import csv
import gzip
import io
import json
import random
import re
import unittest
from collections import defaultdict
from datetime import datetime
from decimal import Decimal

import harness
from harness import DATA, SHARED, digits

EVER = ("--from", "1990-01-01", "--to", "2090-12-31")
BILLING = SHARED / "billing"
SPELLED = {"ONETIME": "One-Time"}


def plain(name):
    """`Ressourcengruppe (ResourceGroup)` -> resourcegroup."""
    found = re.search(r"\(([^()]+)\)$", name)
    return (found.group(1) if found else name).replace(" ", "").lower()


def rows_of(content):
    """Rows as dictionaries by plain name."""
    reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    header = [plain(name) for name in next(reader)]
    return [dict(zip(header, cells)) for cells in reader if cells]


def first(row, *names):
    """The first of the names that the dialect has; an empty cell counts as absent."""
    for name in names:
        if name in row:
            return row[name] or None
    return None


def a_day(text):
    for pattern in ("%m/%d/%Y", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%m/%d/%y"):
        try:
            return datetime.strptime(text, pattern).date().isoformat()
        except ValueError:
            continue
    raise AssertionError(f"no date: {text}")


def tags_of(text):
    text = (text or "").strip()
    if text in ("", '""'):
        return {}
    return json.loads(text if text.startswith("{") else "{" + text + "}")


def azure_truth(row):
    kind = row.get("chargetype") or "Usage"
    model = row.get("pricingmodel") or ""
    reserved = row.get("benefitid") or row.get("reservationid")
    committed = (kind.startswith("Unused") or model in ("Reservation", "SavingsPlan") or
                 ((not model or kind in ("Purchase", "Refund")) and bool(reserved)))
    cost = Decimal(first(row, "costinbillingcurrency", "cost", "pretaxcost"))
    tags = tags_of(row.get("tags"))
    if row.get("costcenter"):
        tags.setdefault("cost_center", row["costcenter"])
    account = first(row, "billingaccountid") if "billingaccountid" in row else \
        first(row, "subscriptionguid", "subscriptionid")
    if "billingaccountid" not in row and "billingprofileid" in row:
        account = first(row, "billingprofileid")
    usage = kind == "Usage" or kind.startswith("Unused")
    return {
        "billed": Decimal(0) if committed and usage else cost,
        "effective": Decimal(0) if committed and kind in ("Purchase", "Refund") else cost,
        "currency": first(row, "billingcurrencycode", "billingcurrency", "currency") or "XXX",
        "service": row.get("metercategory") or row.get("consumedservice"), "account": account,
        "sub_account": first(row, "subscriptionguid", "subscriptionid"),
        "day": a_day(first(row, "date", "usagedatetime")), "charge_type": row.get("chargetype") or None,
        "resource": (first(row, "resourceid", "instanceid", "instancename") or "").lower() or None,
        "tags": tags}


def oci_truth(row):
    tags = {name: value for name, value in row.items() if name.startswith("tags/") and value}
    cost = Decimal(row["cost/mycost"])
    return {
        "billed": cost, "effective": cost, "currency": row["cost/currencycode"],
        "service": row["product/service"], "account": row["lineitem/tenantid"],
        "sub_account": row["product/compartmentid"], "day": row["lineitem/intervalusagestart"][:10],
        "charge_type": None, "resource": row["product/resourceid"] or None, "tags": tags}


def money(text):
    text = (text or "").strip().replace("$", "")
    return Decimal(0) if text in ("", "NULL", "null") else Decimal(text.replace(",", ""))


def focus_truth(row):
    def cell(name):
        return None if row.get(name, "") in ("", "NULL", "null") else row[name]
    start = row["chargeperiodstart"]
    return {
        "billed": money(row["billedcost"]), "effective": money(row["effectivecost"]),
        "currency": cell("billingcurrency") or "XXX", "service": cell("servicename"),
        "account": cell("billingaccountid"), "sub_account": cell("subaccountid"),
        "day": a_day(start) if "/" in start else start[:10], "charge_type": None,
        "resource": cell("resourceid"), "tags": tags_of(cell("tags"))}


def value_of(row, dimension):
    if dimension.startswith("tag:"):
        value = row["tags"].get(dimension[4:])
        return "(untagged)" if value is None else str(value) or "(empty)"
    return "(none)" if row[dimension] is None else row[dimension]


def truth(rows, dimensions, cost):
    sums = defaultdict(lambda: [Decimal(0), 0])
    for row in rows:
        group = sums[(*(value_of(row, d) for d in dimensions), row["currency"])]
        group[0] += row[cost]
        group[1] += 1
    return {key: (digits(total), str(count)) for key, (total, count) in sums.items()}


def azure_file(rows, header=None):
    header = header or ["BillingAccountId", "BillingPeriodStartDate", "BillingPeriodEndDate",
                        "SubscriptionId", "Date", "MeterCategory", "MeterId", "Quantity",
                        "EffectivePrice", "Cost", "BillingCurrency", "ResourceId", "Tags",
                        "CostCenter", "UnitOfMeasure", "ReservationId", "ChargeType", "PricingModel"]
    out = io.StringIO()
    writer = csv.DictWriter(out, header, lineterminator="\n", restval="")
    writer.writeheader()
    for row in rows:
        writer.writerow({"BillingAccountId": "7", "BillingPeriodStartDate": "09/01/2026",
                         "BillingPeriodEndDate": "09/30/2026", "SubscriptionId": "s1",
                         "MeterCategory": "Virtual Machines", "MeterId": "m", "Quantity": "1",
                         "BillingCurrency": "EUR", "UnitOfMeasure": "1 Hour",
                         "ChargeType": "Usage", "PricingModel": "OnDemand", **row})
    return out.getvalue()


PLAIN = {"Date": "09/02/2026", "Cost": "2", "EffectivePrice": "2"}
BOUGHT = {"Date": "09/01/2026", "Cost": "100", "EffectivePrice": "100", "ChargeType": "Purchase",
          "PricingModel": "Reservation", "ReservationId": "r1"}
COVERED = {"Date": "09/02/2026", "Cost": "0", "EffectivePrice": "0", "PricingModel": "Reservation",
           "ReservationId": "r1"}
SPREAD = {**COVERED, "Cost": "2.4", "EffectivePrice": "0.1"}
LEFT = {**SPREAD, "Date": "09/01/2026", "Cost": "0.4", "ChargeType": "UnusedReservation"}
ACTUAL, AMORTIZED = [PLAIN, BOUGHT, COVERED], [PLAIN, SPREAD, LEFT]


class RealFiles(harness.ProgramTest):
    def check_rows(self, rows):
        tags = sorted({tag for row in rows for tag in row["tags"]})[:4]
        for cost in ("billed", "effective"):
            for dimensions in (["service"], ["account"], ["sub_account"], ["day"], ["charge_type"],
                               ["resource"], ["service", "account", "day"],
                               *([f"tag:{tag}"] for tag in tags)):
                _, found = self.csv("--by", ",".join(dimensions), "--cost", cost, *EVER)
                self.assertEqual({row[:-2]: row[-2:] for row in found},
                                 truth(rows, dimensions, cost), f"{dimensions} {cost}")

    def check_all(self, pattern, row_truth):
        paths = sorted(BILLING.glob(pattern))
        if not paths:
            self.skipTest(f"{BILLING} is not here")
        for path in paths:
            with self.subTest(path.name):
                self.store = self.folder / f"{path.name}.db"
                rows = [row_truth(row) for row in rows_of(path.read_bytes())]
                self.run_program("ingest", path)
                if rows:
                    self.check_rows(rows)
                    self.run_program("check")

    def test_azure_sums_are_exact(self):
        self.check_all("azure*.csv", azure_truth)

    def test_oci_sums_are_exact(self):
        def case_kept(content):
            reader = csv.DictReader(io.StringIO(content.decode(), newline=""))
            for row in reader:
                yield {name if name.startswith("tags/") else name.lower(): value
                       for name, value in row.items()}

        def with_keys(row):
            found = oci_truth(row)
            found["tags"] = {name[5:]: value for name, value in found["tags"].items()}
            return found

        paths = sorted(BILLING.glob("oci*.csv"))
        if not paths:
            self.skipTest(f"{BILLING} is not here")
        for path in paths:
            rows = [with_keys(row) for row in case_kept(path.read_bytes())]
            self.run_program("ingest", path)
            self.check_rows(rows)

    def test_focus_sums_are_exact(self):
        self.check_all("focus1[034]*.csv", focus_truth)

    def test_the_examples_of_the_focus_specification_load_without_flags(self):
        self.check_all("focus12_spec_examples/*.csv", focus_truth)


def relaid(content, rng):
    """The same table: another order of the columns, CRLF and a byte order mark."""
    table = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    order = list(range(len(table[0])))
    rng.shuffle(order)
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([[row[i] for i in order] for row in table if row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


class Wrappings(harness.ProgramTest):
    def report(self, name, *paths):
        self.store = self.folder / name
        self.run_program("ingest", *paths)
        return [self.run_program("--by", by, "--exact", *EVER, "--format", "csv").bytes
                for by in ("service,day", "resource,charge_category", "tag:a,cost_center")]

    def check_file(self, content):
        plain_report = self.report("plain.db", self.write("plain.csv", content))
        rng = random.Random(4)
        self.assertEqual(self.report("relaid.db", self.write("relaid.csv", relaid(content, rng))),
                         plain_report)
        self.assertEqual(self.report("crlf.db", self.write("null.csv", content.replace(b",,", b",NULL,"))),
                         plain_report)
        lines = content.splitlines(keepends=True)
        parts = [self.write(f"part{i}.csv.gz", gzip.compress(b"".join([lines[0], *lines[1 + i::3]])))
                 for i in range(3)]
        self.assertEqual(self.report("parts.db", *parts), plain_report)
        half = len(content) // 2
        members = gzip.compress(content[:half]) + gzip.compress(content[half:])
        self.assertEqual(self.report("members.db", self.write("two.csv.gz", members)), plain_report)

    def test_an_azure_month_is_the_same_in_every_wrapping(self):
        rows = [{"Date": f"09/{1 + i % 28:02}/2026", "Cost": f"{i}.{i:03}E-4", "ResourceId": f"/Sub/{i % 5}",
                 "Tags": '"a": "b"' if i % 3 else "", "CostCenter": "cc" if i % 2 else "",
                 "Quantity": str(i)} for i in range(90)]
        self.check_file(azure_file(rows).encode())

    def test_an_oci_day_is_the_same_in_every_wrapping(self):
        header = ("lineItem/tenantId,lineItem/intervalUsageStart,product/service,product/resourceId,"
                  "cost/myCost,cost/currencyCode,tags/a,tags/b\n")
        self.check_file((header + "".join(
            f"t,2026-09-0{1 + i % 9}T0{i % 9}:00Z,s{i % 3},r{i % 5},{i}E-12,USD,{'x' * (i % 2)},{i % 4}\n"
            for i in range(90))).encode())


class ManyTexts(harness.ProgramTest):
    """More texts than a load keeps: what was worked out for old codes must not show on new ones."""

    def check_rows(self, content, row_truth, dimensions):
        rows = [row_truth(row) for row in rows_of(content)]
        self.run_program("ingest", self.write("many.csv", content))
        for by in dimensions:
            _, found = self.csv("--by", by, "--cost", "effective", *EVER)
            self.assertEqual({row[:-2]: row[-2:] for row in found}, truth(rows, [by], "effective"), by)
        self.run_program("check")

    def test_azure_rows_that_all_differ(self):
        rows = [{"Date": f"09/{1 + i % 28:02}/2026", "Cost": f"{i}E-3", "Quantity": "1",
                 "ResourceId": f"/Subscriptions/S1/resource-{i:08}-{'x' * 120}",
                 "Tags": f'"a": "{i % 3}","once": "{i:08}{"y" * 150}"', "CostCenter": f"c{i % 7}",
                 "ChargeType": ("Usage", "Tax", "UnusedReservation")[i % 3]} for i in range(40000)]
        self.check_rows(azure_file(rows).encode(), azure_truth,
                        ["tag:a", "tag:cost_center", "charge_type", "day"])

    def test_oci_rows_that_all_differ(self):
        header = ("lineItem/tenantId,product/compartmentId,lineItem/intervalUsageStart,product/service,"
                  "product/resourceId,cost/myCost,cost/currencyCode,tags/a,tags/once\n")

        def with_keys(row):
            found = oci_truth(row)
            found["tags"] = {name[5:]: value for name, value in found["tags"].items()}
            return found
        self.check_rows((header + "".join(
            f"t,c,2026-09-0{1 + i % 9}T0{i % 9}:00Z,s{i % 3},r{i:08}{'x' * 120},{i}E-12,USD,{i % 5},"
            f"{i:08}{'y' * 150}\n" for i in range(40000))).encode(), with_keys,
            ["tag:a", "service", "day"])


class Views(harness.ProgramTest):
    def test_rows_tell_the_view(self):
        for rows, version in ((ACTUAL, "ea actual"), (AMORTIZED, "ea amortized"), ([PLAIN], "ea")):
            self.store = self.folder / f"{version}.db"
            path = self.write(f"{version}.csv", azure_file(rows))
            self.assertEqual(self.ingest(path)[0]["files"][0]["version"], version)

    def test_actual_costs_are_billed_and_amortized_ones_effective(self):
        self.run_program("ingest", self.write("actual.csv", azure_file(ACTUAL)))
        self.assertEqual(self.total(), {"EUR": "102.00"})
        self.assertEqual(self.total("--cost", "effective"), {"EUR": "2.00"})
        self.store = self.folder / "amortized.db"
        self.run_program("ingest", self.write("amortized.csv", azure_file(AMORTIZED)))
        self.assertEqual(self.total(), {"EUR": "2.00"})
        self.assertEqual(self.total("--cost", "effective"), {"EUR": "4.80"})

    def test_a_second_view_is_refused_in_either_order(self):
        for names in (("actual", "amortized"), ("amortized", "actual")):
            self.store = self.folder / f"{names[0]}-first.db"
            for name, rows in (("actual", ACTUAL), ("amortized", AMORTIZED)):
                self.write(f"{name}.csv", azure_file(rows))
            self.run_program("ingest", self.folder / f"{names[0]}.csv")
            before = self.snapshot()
            result = self.run_program("ingest", self.folder / f"{names[1]}.csv", want=DATA)
            self.assertIn(f"as the {names[0]} view (delivery 1)", result.err)
            self.assertIn(f"as the {names[1]} one", result.err)
            self.assertEqual(self.snapshot(), before)

    def test_both_views_in_one_call_are_refused_and_named(self):
        result = self.run_program("ingest", self.write("one.csv", azure_file(ACTUAL)),
                                  self.write("two.csv", azure_file(AMORTIZED)), want=DATA)
        self.assertIn("one.csv is the actual view and ", result.err)
        self.assertIn("two.csv the amortized one", result.err)

    def test_a_source_of_its_own_is_the_way_out(self):
        self.run_program("ingest", self.write("one.csv", azure_file(ACTUAL)))
        self.run_program("ingest", "--source", "azure-spread",
                         self.write("two.csv", azure_file(AMORTIZED)))
        self.assertEqual(self.total("--cost", "effective"), {"EUR": "6.80"})

    def test_the_same_view_replaces_and_a_file_without_commitments_too(self):
        self.run_program("ingest", self.write("one.csv", azure_file(ACTUAL)))
        changed = [{**PLAIN, "Cost": "3"}, BOUGHT, COVERED]
        self.assertEqual(self.ingest(self.write("two.csv", azure_file(changed)))[0]["status"],
                         "replaced")
        self.assertEqual(self.total(), {"EUR": "103.00"})

    def test_an_account_of_microsofts_focus_is_the_one_of_its_own_export(self):
        self.run_program("ingest", self.write("one.csv", azure_file([PLAIN])))
        focus = harness.focus_row(day="2026-09-02", ProviderName="Microsoft", BillingAccountId=
                                  "/providers/Microsoft.Billing/billingAccounts/7")
        result = self.run_program("ingest", self.bill("focus.csv", [focus]), want=DATA)
        self.assertIn("already there as azure", result.err)

    def test_two_formats_of_one_bill_in_one_call_are_both_refused(self):
        one = self.write("one.csv", azure_file([PLAIN]))
        focus = harness.focus_row(day="2026-09-02", ProviderName="Microsoft", BillingAccountId="7")
        result = self.run_program("ingest", one, self.bill("focus.csv", [focus]), want=DATA)
        self.assertEqual(result.err.count("which would count twice"), 2)
        self.ingest(one)


class Dates(harness.ProgramTest):
    def test_a_file_that_is_day_first_is_read_so_or_refused(self):
        days = [f"{day:02}/09/2026" for day in range(1, 29)]
        rows = [{**PLAIN, "Date": day, "BillingPeriodStartDate": "", "BillingPeriodEndDate": ""}
                for day in days]
        self.run_program("ingest", self.write("day-first.csv", azure_file(rows)))
        _, found = self.csv("--by", "day", *EVER)
        self.assertEqual({row[0] for row in found}, {f"2026-09-{day:02}" for day in range(1, 29)})
        self.store = self.folder / "late.db"
        late = [rows[0]] * 3000 + rows[12:]  # the proof stands behind the first block
        result = self.run_program("ingest", self.write("late.csv", azure_file(late)), want=DATA)
        self.assertIn("line 3002: a date has the day first", result.err)
        self.assertFalse(self.store.exists())


if __name__ == "__main__":
    harness.main()
