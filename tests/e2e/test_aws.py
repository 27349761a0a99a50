"""AWS bills: every sum equals Decimal over the raw file, in every dialect and layout of the rows.

The truth is worked out here from the file's own columns, by the published rules, with nothing of the
program: csv and Decimal only.
"""
import csv
import functools
import gzip
import io
import json
import random
import re
import sqlite3
from collections import defaultdict
from decimal import Decimal

import harness
from harness import COSTS, ROOT, SHARED, amount, digits

EVER = ("--from", "1990-01-01", "--to", "2090-12-31")
CATEGORIES = {"Usage": "Usage", "DiscountedUsage": "Usage", "SavingsPlanCoveredUsage": "Usage",
              "SavingsPlanNegation": "Usage", "Fee": "Purchase", "RIFee": "Purchase",
              "SavingsPlanUpfrontFee": "Purchase", "SavingsPlanRecurringFee": "Purchase",
              "Tax": "Tax", "Credit": "Credit"}
OWN = ROOT / "tests" / "golden" / "aws-cur" / "in" / "cur-2026-10.csv"  # made up
REAL = ("aws_cur_commitments.csv", "aws_cur_legacy_60rows.csv", "aws_cur2_snake_columns.csv")


@functools.cache
def snake(name):
    """lineItem/UnblendedCost -> line_item_unblended_cost, as Athena names it."""
    parts = re.sub(r"([A-Z])", r"_\1", name.replace("/", "_").replace(":", "_")).lower()
    return re.sub(r"_+", "_", parts).strip("_")


def plain(row):
    """The row by Athena's names, whatever it had; its tags by their keys."""
    cells = {snake(name): value for name, value in row.items()}
    tags = {}
    for name, value in row.items():
        if value and name.startswith(("resourceTags/user:", "resource_tags_user_")):
            tags[re.sub("^resource(Tags/user:|_tags_user_)", "", name)] = value
    if row.get("resource_tags"):
        tags = {key.removeprefix("user_"): value
                for key, value in json.loads(row["resource_tags"]).items() if value}
    return cells, tags


def money(cells, name):
    return amount(cells.get(name, ""))


def effective(cells):
    kind, unblended = cells["line_item_line_item_type"], money(cells, "line_item_unblended_cost")
    reserved = bool(cells.get("reservation_reservation_a_r_n"))
    if kind == "SavingsPlanCoveredUsage":
        return money(cells, "savings_plan_savings_plan_effective_cost")
    if kind == "SavingsPlanRecurringFee":
        return (money(cells, "savings_plan_total_commitment_to_date") -
                money(cells, "savings_plan_used_commitment"))
    if kind in ("SavingsPlanNegation", "SavingsPlanUpfrontFee") or (kind == "Fee" and reserved):
        return Decimal(0)
    if kind == "DiscountedUsage":
        return money(cells, "reservation_effective_cost")
    if kind == "RIFee":
        return (money(cells, "reservation_unused_amortized_upfront_fee_for_billing_period") +
                money(cells, "reservation_unused_recurring_fee"))
    if kind == "Refund" and cells.get("line_item_line_item_description", "").startswith(
            "Refund for one-time fee for Savings Plan ID"):
        return Decimal(0)
    return unblended


def cost_of(cells, cost):
    kind, unblended = cells["line_item_line_item_type"], money(cells, "line_item_unblended_cost")
    negation = kind == "SavingsPlanNegation"
    public = money(cells, "pricing_public_on_demand_cost")
    if cost == "billed":
        return unblended
    if cost == "effective":
        return effective(cells)
    if cost == "list":
        return Decimal(0) if negation else public
    if kind == "DiscountedUsage" and cells.get("pricing_public_on_demand_cost"):
        return public
    return Decimal(0) if negation else unblended


def key_of(cells, tags, dimension):
    if dimension.startswith("tag:"):
        return tags.get(dimension[4:], "(untagged)")
    if dimension == "day":
        return cells["line_item_usage_start_date"][:10]
    if dimension == "charge_category":
        return CATEGORIES.get(cells["line_item_line_item_type"], "Adjustment")
    names = {"service": ("product_product_name", "product_servicename", "product_servicecode",
                         "line_item_product_code"),
             "account": ("bill_payer_account_id",), "sub_account": ("line_item_usage_account_id",),
             "instance_type": ("product_instance_type",),
             "region": ("product_region_code", "product_region"),
             "resource": ("line_item_resource_id",), "charge_type": ("line_item_line_item_type",)}
    return next((cells[name] for name in names[dimension] if cells.get(name)), "(none)")


def truth(rows, dimensions, cost):
    sums = defaultdict(lambda: [Decimal(0), 0])
    for row in rows:
        cells, tags = plain(row)
        keys = (*(key_of(cells, tags, d) for d in dimensions), cells["line_item_currency_code"])
        group = sums[keys]
        group[0] += cost_of(cells, cost)
        group[1] += 1
    return {key: (digits(total), str(count)) for key, (total, count) in sums.items()}


def text_of(header, rows, end="\n"):
    out = io.StringIO()
    writer = csv.DictWriter(out, header, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def read_rows(path):
    with open(path, newline="", encoding="utf-8-sig") as text:
        reader = csv.DictReader(text)
        return reader.fieldnames, list(reader)


class Aws(harness.ProgramTest):
    def compare(self, rows, dimensions, costs=COSTS):
        for cost in costs:
            _, found = self.csv("--by", ",".join(dimensions), "--cost", cost, *EVER)
            self.assertEqual({row[:-2]: row[-2:] for row in found},
                             truth(rows, dimensions, cost), f"{dimensions} {cost}")

    def real(self, name):
        path = SHARED / "billing" / name
        if not path.exists():
            self.skipTest(f"{path} is not here")
        return path

    def dimensions(self, *more):
        """Those that this program has."""
        listed = self.run_program("dimensions", store=False).out
        wanted = ["service", "account", "sub_account", "day", "region", "instance_type",
                  "resource", "charge_category", "charge_type", *more]
        return [[d] for d in wanted if ":" in d or re.search(rf"^  {d} ", listed, re.M)]

    def check_file(self, name):
        path = self.real(name)
        header, rows = read_rows(path)
        tags = sorted({f"tag:{key}" for row in rows for key in plain(row)[1]})
        self.run_program("ingest", path)
        for dimensions in [*self.dimensions("tag:team", *tags), ["service", "day", "tag:team"]]:
            self.compare(rows, dimensions)
        self.run_program("check")

    def test_real_commitments_add_up(self):
        self.check_file("aws_cur_commitments.csv")

    def test_real_legacy_rows_add_up(self):
        self.check_file("aws_cur_legacy_60rows.csv")

    def test_real_athena_rows_add_up(self):
        self.check_file("aws_cur2_snake_columns.csv")

    def test_commitments_equal_the_published_truth(self):
        path = self.real("aws_cur_commitments.csv")
        wanted = json.loads(path.with_suffix(".truth.json").read_text())
        money = self.ingest(path)[0]["money"][0]
        self.assertEqual(Decimal(money["billed"]), Decimal(wanted["unblended"]))
        self.assertEqual(Decimal(money["effective"]), Decimal(wanted["amortized"]))
        self.assertEqual(Decimal(money["list"]), Decimal(wanted["list(excl SavingsPlanNegation)"]))
        _, found = self.csv("--by-tag", "team", "--cost", "effective", *EVER)
        self.assertEqual({row[0]: Decimal(row[-2]) for row in found},
                         {key: Decimal(sum_) for key, sum_ in wanted["by_team_amortized"].items()})

    def test_a_header_without_rows_is_no_error(self):
        result = self.run_program("ingest", self.real("aws_empty.csv"))
        self.assertIn("no rows", result.err)

    def test_the_sample_bill_adds_up(self):
        path = OWN
        _, rows = read_rows(path)
        self.run_program("ingest", path)
        for dimensions in self.dimensions("tag:team", "tag:Team", "tag:env"):
            self.compare(rows, dimensions)

    def test_every_dialect_of_the_same_rows_gives_the_same_report(self):
        """Legacy, Athena's names, and 2.0 with its tags in a map."""
        header, rows = read_rows(OWN)
        tag_columns = [name for name in header if name.startswith("resourceTags/")]
        others = [name for name in header if name not in tag_columns]
        athena = {name: snake(name) for name in others}
        # Athena would lose the case of tag keys; here only the names of the map differ.
        maps = [{**{athena[name]: row[name] for name in others},
                 "resource_tags": json.dumps({name.removeprefix("resourceTags/").replace(
                     "user:", "user_"): row[name] for name in tag_columns if row[name]})}
                for row in rows]
        versions = {"legacy": text_of(header, rows),
                    "2.0": text_of([*athena.values(), "resource_tags"], maps)}
        answers = {}
        for version, content in versions.items():
            store = self.folder / f"{version}.db"
            delivery = self.ingest(self.write(f"{version}.csv", content), store=store)[0]
            self.assertEqual(delivery["files"][0]["version"], version)
            answers[version] = [self.run_program("--by", by, "--cost", cost, *EVER, "--format",
                                                 "csv", store=store).bytes
                                for by in ("tag:team", "tag:Team", "service,day", "resource")
                                for cost in COSTS]
        self.assertEqual(answers["legacy"], answers["2.0"])

    def test_order_and_wrapping_of_rows_change_no_byte(self):
        header, rows = read_rows(OWN)
        shuffled = rows[:]
        random.Random(5).shuffle(shuffled)
        third = len(rows) // 3
        turned = header[::-1]
        arrangements = {
            "as-is": [text_of(header, rows)],
            "shuffled": [text_of(header, shuffled)],
            "bom-crlf": [b"\xef\xbb\xbf" + text_of(header, rows, "\r\n")],
            "columns-turned": [text_of(turned, rows)],
            "three-parts": [gzip.compress(text_of(header, part)) for part in
                            (rows[:third], rows[third:2 * third], rows[2 * third:])],
            "nulls": [text_of(header, [{n: v or random.Random(n).choice(["", "NULL", "null"])
                                        for n, v in row.items()} for row in rows])],
        }
        answers = {}
        for name, contents in arrangements.items():
            store = self.folder / f"{name}.db"
            paths = [self.write(f"{name}-{n}.csv{'.gz' if c[:2] == bytes([31, 139]) else ''}", c)
                     for n, c in enumerate(contents)]
            self.run_program("ingest", *paths, store=store)
            answers[name] = [
                self.run_program("--by", by, "--cost", cost, *EVER, "--format", "csv",
                                 store=store).bytes
                for by in ("tag:team", "service,day", "account,region", "charge_category")
                for cost in COSTS]
        for name, answer in answers.items():
            self.assertEqual(answer, answers["as-is"], name)

    def test_both_engines_and_any_number_of_threads_make_the_same_store(self):
        path = OWN
        stores = {}
        for name, options in {"fast": (), "libcsv": ("--reader", "libcsv"),
                              "jobs": ("--jobs", "2"), "scalar": ("--simd", "scalar")}.items():
            store = self.folder / f"{name}.db"
            self.run_program("ingest", *options, path, store=store)
            stores[name] = [self.run_program("--by", by, *EVER, "--format", "csv",
                                             store=store).bytes
                            for by in ("tag:team", "resource,day")]
        for name, answer in stores.items():
            self.assertEqual(answer, stores["fast"], name)

    def test_a_wide_month_of_many_tags_adds_up(self):
        """More rows than a segment holds of so many columns, tags of every kind of cell."""
        draw = random.Random(11)
        tags = [f"resourceTags/user:k{n}" for n in range(40)]
        header = ["identity/LineItemId", "lineItem/LineItemType", "lineItem/UsageStartDate",
                  "lineItem/CurrencyCode", "lineItem/UnblendedCost", "lineItem/UsageAccountId",
                  "bill/PayerAccountId", "lineItem/ProductCode", "lineItem/ResourceId",
                  *(f"product/attribute{n}" for n in range(120)), *tags]
        rows = []
        for number in range(20000):
            row = dict.fromkeys(header, "")
            row.update({"identity/LineItemId": f"id{number % 7777}",
                        "lineItem/LineItemType": "Usage",
                        "lineItem/UsageStartDate": f"2026-07-{1 + number % 31:02}T00:00:00Z",
                        "lineItem/CurrencyCode": "USD",
                        "lineItem/UnblendedCost": f"{draw.randrange(1, 10 ** 6)}E-{draw.randrange(22)}",
                        "lineItem/UsageAccountId": f"{number % 9:012}",
                        "bill/PayerAccountId": "000000000042",
                        "lineItem/ProductCode": f"Service{number % 13}",
                        "lineItem/ResourceId": f"i-{draw.randrange(3000)}"})
            row.update({f"product/attribute{n}": f"{number % (n + 2)}" for n in range(120)})
            for name in draw.sample(tags, number % 4):
                row[name] = draw.choice(["a", "b,c", 'd"e', "ü"])
            rows.append(row)
        self.run_program("ingest", self.write("wide.csv.gz", gzip.compress(text_of(header, rows), 1)))
        self.compare(rows, ["day"], ["billed"])
        self.compare(rows, ["tag:k7", "service"], ["effective"])
        self.run_program("check")
        with sqlite3.connect(self.store) as store:
            segments = store.execute("SELECT count(*) FROM segment").fetchone()[0]
        self.assertGreater(segments, 1, "so wide a bill is not one segment")


if __name__ == "__main__":
    harness.main()
