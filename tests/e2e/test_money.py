"""Rate tables, names and shared costs: every figure against Python's Decimal, and every refusal."""
import csv
import io
import json
import random
import unittest
import zipfile
from collections import defaultdict
from decimal import ROUND_DOWN, Decimal

import harness
from harness import BREACHED, DATA, DONE, USAGE, digits, focus_row

EVER = ("--from", "2026-01-01", "--to", "2026-12-31")
RATES = {("2026-07", "USD"): "0.91", ("2026-08", "USD"): "0.9234567", ("2026-09", "USD"): "0.93",
         ("2026-07", "GBP"): "1.1512", ("2026-08", "GBP"): "1.16", ("2026-09", "GBP"): "1.17"}
TEAMS = ["ml", "web", "data", "platform", "security", None]


def rates_text(rates, to="EUR"):
    return "month,from,to,rate\n" + "".join(
        f"{month},{source},{to},{rate}\n" for (month, source), rate in rates.items())


def some_rows(seed, count=400):
    """Charges of three months, billed a month later now and then, in three currencies."""
    dice = random.Random(seed)
    rows = []
    for _ in range(count):
        month, late = dice.choice([7, 8, 9]), dice.random() < 0.1
        billed = month + 1 if late and month < 9 else month
        team = dice.choice(TEAMS)
        cost = Decimal(dice.randrange(-2000, 90000)).scaleb(-dice.choice([0, 2, 5, 11]))
        rows.append(focus_row(
            day=f"2026-{month:02}-{dice.randrange(1, 29):02}", cost=format(cost, "f"),
            EffectiveCost=format(cost * 2, "f"), ConsumedQuantity=str(dice.randrange(0, 50)),
            BillingPeriodStart=f"2026-{billed:02}-01T00:00:00Z",
            BillingPeriodEnd=f"2026-{billed + 1:02}-01T00:00:00Z",
            BillingCurrency=dice.choice(["USD", "USD", "GBP", "EUR"]),
            ServiceName=dice.choice(["Compute", "Storage", "Support"]),
            BillingAccountId=dice.choice(["1", "2"]),
            Tags=json.dumps({"team": team} if team else {})))
    return rows


def team_of(row):
    return json.loads(row["Tags"]).get("team", "(untagged)")


def by(rows, key, value=lambda row: Decimal(row["BilledCost"])):
    sums = defaultdict(Decimal)
    for row in rows:
        sums[key(row)] += value(row)
    return sums


class Conversion(harness.ProgramTest):
    def setUp(self):
        super().setUp()
        self.rows = some_rows(1)
        self.run_program("ingest", self.bill("rows.csv", self.rows))
        self.fx = self.write("rates.csv", rates_text(RATES))
        self.options = ("--fx", self.fx, "--to-currency", "EUR")

    def in_euro(self, column="BilledCost", month_of="ChargePeriodStart"):
        def value(row):
            rate = RATES.get((row[month_of][:7], row["BillingCurrency"]), "1")
            return Decimal(row[column]) * Decimal(rate)
        return value

    def test_amounts_are_the_exact_products_of_their_months(self):
        for cost, column in (("billed", "BilledCost"), ("effective", "EffectiveCost")):
            head, found = self.csv("--by", "tag:team,service", "--cost", cost, *EVER, *self.options)
            self.assertEqual(head, ["team", "service", "currency", "total_cost", "record_count"])
            wanted = by(self.rows, lambda r: (team_of(r), r["ServiceName"]), self.in_euro(column))
            self.assertEqual({row[:2]: row[3] for row in found},
                             {key: digits(total) for key, total in wanted.items()})
            self.assertEqual({row[2] for row in found}, {"EUR"})
            self.assertEqual(sum(int(row[4]) for row in found), len(self.rows))

    def test_the_largest_are_those_in_the_target(self):
        wanted = by(self.rows, team_of, self.in_euro())
        names = sorted(wanted, key=lambda name: (-wanted[name], name))
        _, found = self.csv("--by-tag", "team", "--top", "2", *EVER, *self.options)
        self.assertEqual([row[0] for row in found], [*names[:2], "(other)"])
        self.assertEqual(found[2][2], digits(sum(wanted[name] for name in names[2:])))

    def test_a_billing_month_has_the_rate_of_the_billing_month(self):
        rows = [row for row in self.rows if row["BillingPeriodStart"].startswith("2026-09")]
        wanted = by(rows, team_of, self.in_euro(month_of="BillingPeriodStart"))
        result = self.run_program("--by-tag", "team", "--billing-month", "2026-09", *self.options)
        self.assertIn("Converted to EUR by billing month with", result.out)
        _, found = self.csv("--by-tag", "team", "--billing-month", "2026-09", *self.options)
        self.assertEqual({row[0]: row[2] for row in found},
                         {key: digits(total) for key, total in wanted.items()})

    def test_times_comparisons_and_json_are_converted_too(self):
        text = self.run_program("--by-tag", "team", "--month", "2026-09", "--compare", "previous",
                                "--time-series", "day", *self.options, "--format", "json").out
        found = json.loads(text, parse_float=Decimal)
        september = [r for r in self.rows if r["ChargePeriodStart"].startswith("2026-09")]
        august = [r for r in self.rows if r["ChargePeriodStart"].startswith("2026-08")]
        now, before = (by(rows, team_of, self.in_euro()) for rows in (september, august))
        self.assertEqual({g["tag_value"]: (g["total_cost"], g["previous_cost"])
                          for g in found["groups"]},
                         {team: (now[team], before[team]) for team in now | before})
        days = by(september, lambda r: (r["ChargePeriodStart"][:10], team_of(r)), self.in_euro())
        self.assertEqual({(p["date"], p["tag_value"]): p["total_cost"]
                          for p in found["time_series"]}, days)
        self.assertEqual(found["totals"][0]["total_cost"], sum(now.values()))
        self.assertEqual(found["conversion"]["to"], "EUR")
        used = {(rate["month"], rate["from"]): str(rate["rate"])
                for rate in found["conversion"]["rates"]}
        self.assertEqual(used, {key: rate for key, rate in RATES.items() if key[0] > "2026-07"})

    def test_the_charged_currency_stays_a_dimension(self):
        head, found = self.csv("--by", "currency", *EVER, *self.options)
        self.assertEqual(head[:2], ["charged_currency", "currency"])
        wanted = by(self.rows, lambda r: r["BillingCurrency"], self.in_euro())
        self.assertEqual({row[0]: row[2] for row in found},
                         {key: digits(total) for key, total in wanted.items()})

    def test_a_missing_rate_names_file_month_and_pair(self):
        for gone in (("2026-08", "GBP"), ("2026-07", "USD")):
            path = self.write("holes.csv", rates_text({k: v for k, v in RATES.items() if k != gone}))
            result = self.run_program("--by-tag", "team", *EVER, "--fx", path, "--to-currency",
                                      "EUR", want=DATA)
            self.assertIn(f"no rate of {gone[0]} from {gone[1]} to EUR", result.err)
            self.assertIn("holes.csv", result.err)
            self.assertEqual(result.out, "")
            self.run_program("--by-tag", "team", "--month", "2026-09", "--fx", path,
                             "--to-currency", "EUR")

    def test_an_inverse_is_not_guessed_and_the_target_needs_no_rate(self):
        path = self.write("r.csv", rates_text(RATES))
        result = self.run_program("--by-tag", "team", *EVER, "--fx", path, "--to-currency", "USD",
                                  want=DATA)
        self.assertIn("to USD", result.err)
        empty = self.write("none.csv", "month,from,to,rate\n")
        result = self.run_program("--by-tag", "team", *EVER, "--currency", "EUR", "--fx", empty,
                                  "--to-currency", "EUR")
        self.assertIn("no rate was needed", result.out)
        _, found = self.csv("--by-tag", "team", *EVER, "--currency", "EUR", "--fx", empty,
                            "--to-currency", "EUR")
        _, plain = self.csv("--by-tag", "team", *EVER, "--currency", "EUR")
        self.assertEqual(found, plain)

    def test_a_product_beyond_128_bits_is_refused(self):
        wide = focus_row(day="2026-09-03", cost="1.1234567890123456789012345678")
        self.run_program("ingest", "--source", "wide", self.bill("wide.csv", [wide]))
        path = self.write("wide.csv", rates_text({**RATES, ("2026-09", "USD"): "1.00000000000000000001"}))
        result = self.run_program("--by", "service", "--month", "2026-09", "--fx", path,
                                  "--to-currency", "EUR", want=DATA)
        self.assertIn("BilledCost in EUR", result.err)

    def test_options_that_miss_their_other_half(self):
        for options in (("--fx", self.fx), ("--to-currency", "EUR"),
                        ("--fx", self.fx, "--to-currency", "E R")):
            self.run_program("--by", "service", *options, want=USAGE)
        self.run_program("--by", "service", "--fx", self.folder / "nothing.csv", "--to-currency",
                         "EUR", want=harness.STORE)
        bad = self.write("bad.csv", "month,from,to,rate\n2026-09,USD,EUR,x\n")
        result = self.run_program("--by", "service", "--fx", bad, "--to-currency", "EUR", want=DATA)
        self.assertIn("line 2: column rate", result.err)

    def test_a_budget_in_the_target_counts_what_is_converted(self):
        september = [r for r in self.rows if r["ChargePeriodStart"].startswith("2026-09")]
        spent = sum(by(september, team_of, self.in_euro()).values())
        budgets = self.write("b.ini", "[budget eur]\namount = 10\ncurrency = EUR\nperiod = month\n"
                                      "[budget usd]\namount = 99999999\ncurrency = USD\n")
        result = self.run_program("budgets", "--budgets", budgets, "--as-of", "2026-09-30",
                                  *self.options, "--format", "json", want=BREACHED)
        self.assertIn("Budgets in another currency count what was charged in theirs", result.out)
        rows = json.loads(result.out, parse_float=str)["sections"][0]["tables"][0]["rows"]
        own = sum(Decimal(r["BilledCost"]) for r in september if r["BillingCurrency"] == "USD")
        self.assertEqual([row["spent"] for row in rows], [digits(spent), digits(own)])

    def test_the_monthly_report_is_in_the_target_and_its_proof_is_not(self):
        out = self.folder / "tables"
        self.run_program("report", "monthly", "--month", "2026-09", *self.options, "--format", "csv",
                         "-o", f"{out}/")
        with open(out / "by_team.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        september = [r for r in self.rows if r["ChargePeriodStart"].startswith("2026-09")]
        wanted = by(september, team_of, self.in_euro())
        self.assertEqual({r["key"]: r["cost"] for r in rows},
                         {key: digits(total) for key, total in wanted.items()})
        self.assertEqual({r["currency"] for r in rows}, {"EUR"})
        with open(out / "charge_categories.csv", newline="", encoding="utf-8") as file:
            self.assertEqual({r["currency"] for r in csv.DictReader(file)}, {"USD", "GBP", "EUR"})


class Names(harness.ProgramTest):
    def setUp(self):
        super().setUp()
        self.rows = some_rows(2)
        self.run_program("ingest", self.bill("rows.csv", self.rows))
        self.lookup = self.write("names.csv", "dimension,value,name,parent\n"
                                 'tag:team,ml,"Learning, deep",Science\ntag:team,web,=1+1,Product\n'
                                 "tag:team,data,,Science\naccount,1,Prod,\n")

    def test_a_name_stands_behind_its_value(self):
        head, found = self.csv("--by", "account,tag:team", *EVER, "--lookup", self.lookup)
        self.assertEqual(head, ["account", "account_name", "team", "team_name", "currency",
                                "total_cost", "record_count"])
        self.assertEqual({row[:2] for row in found}, {("1", "Prod"), ("2", "")})
        self.assertIn(("ml", "Learning, deep"), {row[2:4] for row in found})
        plain = self.csv("--by", "account,tag:team", *EVER)[1]
        self.assertEqual([(row[0], row[2], *row[4:]) for row in found], plain)
        guarded = self.run_program("--by-tag", "team", *EVER, "--lookup", self.lookup, "--format",
                                   "csv").out
        self.assertIn("web,'=1+1,", guarded)

    def test_people_read_name_and_value(self):
        for output in ("table", "html"):
            text = self.run_program("--by-tag", "team", *EVER, "--lookup", self.lookup, "--format",
                                    output).out
            self.assertIn("Learning, deep (ml)", text)
            self.assertNotIn("Team name", text)
        book = self.folder / "out.xlsx"
        self.run_program("--by-tag", "team", *EVER, "--lookup", self.lookup, "-o", book)
        with zipfile.ZipFile(book) as parts:
            strings = "".join(parts.read(name).decode() for name in parts.namelist()
                              if name.endswith(".xml"))
        self.assertIn("Learning, deep (ml)", strings)
        self.assertNotIn("Team name", strings)

    def test_json_has_a_member_of_names(self):
        text = self.run_program("--by-tag", "team", *EVER, "--lookup", self.lookup, "--format",
                                "json").out
        names = {g["tag_value"]: g["tag_value_name"] for g in json.loads(text)["groups"]}
        self.assertEqual(names["ml"], "Learning, deep")
        self.assertIsNone(names["data"])

    def test_no_two_columns_have_one_name(self):
        for by, wanted in (("parent:tag:team,tag:parent_team", ["parent:tag:team", "tag:parent_team"]),
                           ("parent:tag:team,parent:team", ["parent:tag:team", "parent:team"]),
                           ("team,tag:team,parent:team", ["team", "tag:team", "parent_team"])):
            head, _ = self.csv("--by", by, *EVER, "--lookup", self.lookup)
            self.assertEqual([name for name in head if not name.endswith("_name")]
                             [:len(wanted)], wanted)
        fx = self.write("rates.csv", rates_text(RATES))
        head, _ = self.csv("--by", "currency,tag:charged_currency", *EVER, "--fx", fx,
                           "--to-currency", "EUR")
        self.assertEqual(head[:2], ["charged_currency", "tag:charged_currency"])

    def test_parents_add_up_exactly(self):
        parents = {"ml": "Science", "data": "Science", "web": "Product"}
        wanted = by(self.rows, lambda r: (parents.get(team_of(r), "(none)"), r["ServiceName"],
                                          r["BillingCurrency"]))
        head, found = self.csv("--by", "parent:tag:team,service", *EVER, "--lookup", self.lookup)
        self.assertEqual(head[:2], ["parent_team", "service"])
        self.assertEqual({row[:3]: row[3] for row in found},
                         {key: digits(total) for key, total in wanted.items()})
        self.assertEqual(sum(int(row[4]) for row in found), len(self.rows))
        _, top = self.csv("--by", "parent:tag:team", "--top", "1", *EVER, "--lookup", self.lookup)
        totals = by(self.rows, lambda r: r["BillingCurrency"])
        for currency, total in totals.items():
            self.assertEqual(sum(Decimal(row[2]) for row in top if row[1] == currency), total)

    def test_what_is_refused(self):
        self.run_program("--by", "parent:account", *EVER, want=USAGE)
        self.run_program("--by", "parent:nothing", "--lookup", self.lookup, want=USAGE)
        self.run_program("--by", "parent:day", "--lookup", self.lookup, want=USAGE)
        bad = self.write("bad.csv", "dimension,value,name\naccount,1,A\naccount,2,B\naccount,1,C\n")
        result = self.run_program("--by", "account", "--lookup", bad, want=DATA)
        self.assertIn('line 4: account "1" has the name "C" and in line 2 "A"', result.err)

    def test_named_reports_show_names(self):
        text = self.run_program("report", "monthly", "--month", "2026-09", "--lookup", self.lookup).out
        self.assertIn("Learning, deep (ml)", text)


UNIT = Decimal(1).scaleb(-10)


def split(whole, weights):
    """Largest remainder, the first name first; as the rules promise."""
    weights = {name: max(weight, Decimal(0)) for name, weight in weights.items()}
    total = sum(weights.values())
    if not total:
        return None
    unit = min(UNIT, Decimal(1).scaleb(whole.normalize().as_tuple().exponent))
    sign = -1 if whole < 0 else 1
    exact = {name: abs(whole) * weight / total for name, weight in weights.items()}
    parts = {name: value.quantize(unit, ROUND_DOWN) for name, value in exact.items()}
    order = sorted(parts, key=lambda name: (parts[name] - exact[name], name))
    for name in order[:int((abs(whole) - sum(parts.values())) / unit)]:
        parts[name] += unit
    return {name: sign * part for name, part in parts.items()}


class Allocation(harness.ProgramTest):
    RULES = ("[allocate platform]\nfrom = tag:team=platform\nto = tag:team\nmethod = even\n"
             "[allocate support]\nfrom = service=Support\nto = tag:team\nmethod = proportional\n"
             "[allocate rest]\nfrom.1 = tag:team=(untagged),security\nfrom.2 = account=1\n"
             "to = tag:team\nmethod = fixed\nshares = ml:1, web:1, new:1\n")

    def setUp(self):
        super().setUp()
        self.rows = some_rows(3)
        self.run_program("ingest", self.bill("rows.csv", self.rows))
        self.file = self.write("rules.ini", self.RULES)

    def rule_of(self, row):
        if team_of(row) == "platform":
            return "platform"
        if row["ServiceName"] == "Support":
            return "support"
        if team_of(row) in ("(untagged)", "security") and row["BillingAccountId"] == "1":
            return "rest"
        return None

    def truth(self, rows):
        """{(team, currency): total} and {(rule, currency): parts} by rows, not by groups."""
        direct = by([r for r in rows if not self.rule_of(r)],
                    lambda r: (team_of(r), r["BillingCurrency"]))
        total, proof = defaultdict(Decimal, direct), {}
        origins = by([r for r in rows if self.rule_of(r)],
                     lambda r: (self.rule_of(r), r["BillingCurrency"]))
        for (rule, currency), whole in origins.items():
            groups = [t for t, c in direct if c == currency and not t.startswith("(")]
            weights = {"platform": {t: Decimal(1) for t in groups},
                       "support": {t: direct[t, currency] for t in groups},
                       "rest": {t: Decimal(1) for t in ("ml", "new", "web")}}[rule]
            proof[rule, currency] = split(whole, weights)
            for team, part in proof[rule, currency].items():
                total[team, currency] += part
        return total, proof

    def allocated(self, *options, rules=None):
        return self.csv(*options, "--allocation", rules or self.file)

    def test_every_part_is_exact_and_nothing_vanishes(self):
        wanted, _ = self.truth(self.rows)
        head, found = self.allocated("--by-tag", "team", *EVER)
        self.assertEqual(head, ["team", "currency", "total_cost", "record_count", "direct_cost",
                                "allocated_cost"])
        self.assertEqual({row[:2]: Decimal(row[2]) for row in found if Decimal(row[2])},
                         {key: total for key, total in wanted.items() if total})
        own = by(self.rows, lambda r: (team_of(r), r["BillingCurrency"]))
        for team, currency, total, _, direct, moved in found:
            self.assertEqual(Decimal(direct), own[team, currency])
            self.assertEqual(Decimal(direct) + Decimal(moved), Decimal(total))
        for currency in ("USD", "GBP", "EUR"):
            self.assertEqual(sum(Decimal(row[5]) for row in found if row[1] == currency), 0)
        self.assertEqual(sum(int(row[3]) for row in found), len(self.rows))

    def test_further_dimensions_add_up_to_the_same_groups(self):
        _, whole = self.allocated("--by-tag", "team", *EVER)
        for more in ("service", "month", "service,day", "service,account,month"):
            _, found = self.allocated("--by", f"tag:team,{more}", *EVER)
            count = 1 + more.count(",") + 1
            sums = defaultdict(Decimal)
            for row in found:
                sums[row[0], row[count]] += Decimal(row[count + 1])
            self.assertEqual({key: digits(total) for key, total in sums.items()},
                             {row[:2]: row[2] for row in whole}, more)

    def test_a_filter_on_who_receives_keeps_what_was_received(self):
        _, whole = self.allocated("--by-tag", "team", *EVER)
        _, found = self.allocated("--by-tag", "team", *EVER, "--where", "tag:team=ml,web")
        self.assertEqual(found, [row for row in whole if row[0] in ("ml", "web")])
        _, found = self.allocated("--by-tag", "team", *EVER, "--where", "tag:team!=ml")
        self.assertEqual(found, [row for row in whole if row[0] != "ml"])
        _, services = self.allocated("--by", "service", *EVER, "--where", "tag:team=ml")
        sums = defaultdict(Decimal)
        for row in services:
            sums[row[1]] += Decimal(row[2])
        self.assertEqual({c: digits(total) for c, total in sums.items()},
                         {row[1]: row[2] for row in whole if row[0] == "ml"})

    def test_the_proof_shows_parts_and_no_difference(self):
        _, proof = self.truth(self.rows)
        text = self.run_program("--by-tag", "team", *EVER, "--allocation", self.file, "--format",
                                "json").out
        found = json.loads(text, parse_float=Decimal, parse_int=Decimal)["allocation"]
        self.assertEqual({(r["rule"], r["currency"]): {p["group"]: p["amount"] for p in r["parts"]}
                          for r in found["rules"]}, proof)
        self.assertEqual({r["difference"] for r in found["rules"]}, {0})
        out = self.folder / "tables"
        self.run_program("report", "allocation", *EVER, "--allocation", self.file, "--format", "csv",
                         "-o", f"{out}/")
        with open(out / "proof_allocated_by_tag_team.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        parts = defaultdict(dict)
        for row in rows:
            if row["line"] == "part":
                parts[row["rule"], row["currency"]][row["group"]] = Decimal(row["amount"])
            if row["line"] == "difference":
                self.assertEqual(row["amount"], "0.00")
        self.assertEqual(parts, proof)

    def test_top_comparison_and_series_are_of_the_allocated_costs(self):
        september = [r for r in self.rows if r["ChargePeriodStart"].startswith("2026-09")]
        august = [r for r in self.rows if r["ChargePeriodStart"].startswith("2026-08")]
        now, before = self.truth(september)[0], self.truth(august)[0]
        text = self.run_program("--by-tag", "team", "--month", "2026-09", "--compare", "previous",
                                "--time-series", "month", "--allocation", self.file, "--format",
                                "json").out
        found = json.loads(text, parse_float=Decimal, parse_int=Decimal)
        for group in found["groups"]:
            key = group["tag_value"], group["currency"]
            self.assertEqual((group["total_cost"], group["previous_cost"]), (now[key], before[key]))
        for point in found["time_series"]:
            self.assertEqual(point["total_cost"], now[point["tag_value"], point["currency"]])
        _, top = self.allocated("--by-tag", "team", "--top", "1", "--month", "2026-09")
        for currency in ("USD", "GBP", "EUR"):
            largest = max((total, team) for (team, c), total in now.items() if c == currency)
            self.assertIn((largest[1], currency, digits(largest[0])), [row[:3] for row in top])

    def test_conversion_comes_before_the_allocation(self):
        fx = self.write("rates.csv", rates_text(RATES))
        converted = [{**r, "BillingCurrency": "EUR", "BilledCost": format(
            Decimal(r["BilledCost"]) * Decimal(RATES.get(
                (r["ChargePeriodStart"][:7], r["BillingCurrency"]), "1")), "f")} for r in self.rows]
        wanted, _ = self.truth(converted)
        _, found = self.csv("--by-tag", "team", *EVER, "--allocation", self.file, "--fx", fx,
                            "--to-currency", "EUR")
        self.assertEqual({row[:2]: Decimal(row[2]) for row in found if Decimal(row[2])},
                         {key: total for key, total in wanted.items() if total})

    def test_negative_weights_count_as_zero_and_without_any_the_cost_stays(self):
        rows = [focus_row(cost="10", Tags='{"team":"shared"}'),
                focus_row(cost="-3", Tags='{"team":"refunded"}'),
                focus_row(cost="5", Tags='{"team":"ml"}')]
        store = self.folder / "few.db"
        self.run_program("ingest", self.bill("few.csv", rows), store=store)
        rules = "[allocate s]\nfrom = tag:team=shared\nto = tag:team\nmethod = proportional\n"
        _, found = self.csv("--by-tag", "team", "--days", "900", "--allocation",
                            self.write("r.ini", rules), store=store)
        self.assertEqual({row[0]: row[2] for row in found},
                         {"ml": "15.00", "refunded": "-3.00", "shared": "0.00"})
        text = self.run_program("--by-tag", "team", "--allocation", self.folder / "r.ini",
                                "--format", "json", store=store).out
        rule, = json.loads(text)["allocation"]["rules"]
        self.assertEqual({part["group"]: (part["weight"], part["amount"])
                          for part in rule["parts"]}, {"ml": (5, 10), "refunded": (0, 0)})
        path = self.write("r.ini", rules + "targets = refunded, nobody\n")
        _, found = self.csv("--by-tag", "team", "--allocation", path, store=store)
        self.assertEqual({row[0]: row[2] for row in found},
                         {"ml": "5.00", "refunded": "-3.00", "shared": "10.00"})
        text = self.run_program("--by-tag", "team", "--allocation", path, store=store).out
        self.assertRegex(text, r"s +unallocated +USD +10\.00")

    def test_measures_weigh_what_no_rule_moves(self):
        rules = ("[allocate s]\nfrom = tag:team=platform\nto = tag:team\nmethod = measure\n"
                 "weight = consumed_quantity\n"
                 "[allocate e]\nfrom = tag:team=security\nto = tag:team\nmethod = proportional\n"
                 "weight = effective\ntargets = ml, web\n")
        kept = [r for r in self.rows if team_of(r) not in ("platform", "security")]
        total = by(kept, lambda r: (team_of(r), r["BillingCurrency"]))
        used = by(kept, team_of, lambda r: Decimal(r["ConsumedQuantity"]))
        used.pop("(untagged)")
        spent = by(kept, lambda r: (team_of(r), r["BillingCurrency"]),
                   lambda r: Decimal(r["EffectiveCost"]))
        for currency in ("USD", "GBP", "EUR"):
            for origin, weights in (("platform", used), ("security", {
                    t: spent[t, currency] for t in ("ml", "web")})):
                whole = sum(Decimal(r["BilledCost"]) for r in self.rows
                            if team_of(r) == origin and r["BillingCurrency"] == currency)
                for team, part in split(whole, weights).items():
                    total[team, currency] += part
        _, found = self.allocated("--by-tag", "team", *EVER, rules=self.write("m.ini", rules))
        self.assertEqual({row[:2]: Decimal(row[2]) for row in found if Decimal(row[2])}, total)

    def test_usage_costs_in_two_currencies_weigh_nothing_until_they_are_one(self):
        usage = [{"ts": "2026-07-03T00:00:00Z", "provider": "p", "model": "m", "team": team,
                  "spend_type": "inference", "tokens": {"input": 5}, "billed_cost": cost,
                  "currency": currency}
                 for team, cost, currency in (("ml", "3", "GBP"), ("web", "1", "USD"))]
        self.ingest("--format", "usage", self.write("u.ndjson", "".join(
            json.dumps(row) + "\n" for row in usage)))
        rules = self.write("m.ini", "[allocate s]\nfrom = tag:team=platform\nto = tag:team\n"
                                    "method = measure\nweight = ai:cost\n")
        options = ("--by-tag", "team", *EVER, "--allocation", rules)
        result = self.run_program(*options, want=DATA)
        self.assertIn("ai:cost: usage costs are in GBP and in USD", result.err)
        fx = self.write("rates.csv", rates_text(RATES))
        text = self.run_program(*options, "--fx", fx, "--to-currency", "EUR", "--format",
                                "json").out
        rule, = json.loads(text, parse_float=Decimal, parse_int=Decimal)["allocation"]["rules"]
        weights = {"ml": 3 * Decimal(RATES["2026-07", "GBP"]), "web": Decimal(RATES["2026-07", "USD"])}
        self.assertEqual({part["group"]: part["amount"] for part in rule["parts"]},
                         split(rule["origin"], weights))

    def test_a_rule_about_what_is_not_shown_leaves_no_trace_but_a_word(self):
        _, plain = self.csv("--by", "service", *EVER)
        _, found = self.allocated("--by", "service", *EVER)
        self.assertEqual([row[:4] for row in found], plain)
        self.assertEqual({row[5] for row in found}, {"0.00"})
        text = self.run_program("--by", "service", *EVER, "--allocation", self.file).out
        self.assertIn("platform, support, rest", " ".join(text.split()))

    def test_an_empty_period_has_nothing_to_share(self):
        text = self.run_program("--by-tag", "team", "--month", "2020-01", "--allocation",
                                self.file).out
        self.assertIn("Nothing is shared among the groups of this report.", text)
        self.assertEqual(self.allocated("--by-tag", "team", "--month", "2020-01")[1], [])

    def test_rules_that_overlap_in_every_way_are_refused(self):
        path = self.write("many.ini", "".join(
            f"[allocate r{n}]\nfrom = service!=S{n}\nto = tag:team\nmethod = even\n"
            for n in range(12)))
        result = self.run_program("--by-tag", "team", *EVER, "--allocation", path, want=USAGE)
        self.assertIn("overlap in more than", result.err)

    def test_many_rules_about_different_things_are_fine(self):
        path = self.write("many.ini", "".join(
            f"[allocate r{n}]\nfrom = service=S{n}\nto = tag:team\nmethod = even\n"
            for n in range(300)))
        _, plain = self.csv("--by-tag", "team", *EVER)
        _, found = self.allocated("--by-tag", "team", *EVER, rules=path)
        self.assertEqual([row[:4] for row in found], plain)

    def test_what_is_refused(self):
        bad = self.write("bad.ini", "[allocate a]\nfrom = tag:team=x\nto = tag:team\nmethod = odd\n")
        result = self.run_program("--by-tag", "team", "--allocation", bad, want=USAGE)
        self.assertIn("bad.ini:4: method", result.err)
        self.run_program("--dataset", "ai", "--by", "model", "--allocation", self.file, want=USAGE)
        result = self.run_program("report", "allocation", want=USAGE)
        self.assertIn("--allocation FILE", result.err)
        result = self.run_program("report", "monthly", "--allocation", self.file, want=USAGE)
        self.assertIn("shares no costs", result.err)
        self.run_program("budgets", "--budgets", bad, "--allocation", self.file, want=USAGE)
        self.run_program("--by", "service,account,region,sku", "--where", "tag:team=ml",
                         "--allocation", self.file, want=USAGE)


class RealFiles(harness.ProgramTest):
    """Public files, read in place where they are."""

    def rows_of(self, name):
        path = harness.SHARED / "billing" / name
        if not path.exists():
            self.skipTest(f"{path} is not here")
        self.run_program("ingest", path)
        return harness.read_bill(path)[1]

    def ever(self):
        return ("--from", "1990-01-01", "--to", "2090-12-31")

    def test_real_rows_are_converted_exactly(self):
        rows = self.rows_of("focus10_200rows.csv")
        months = sorted({row["ChargePeriodStart"][:7] for row in rows})
        rates = {(month, currency): f"1.{n}37" for n, month in enumerate(months, 1)
                 for currency in {row["BillingCurrency"] for row in rows}}
        fx = self.write("rates.csv", rates_text(rates, to="XTS"))
        wanted = by(rows, lambda r: r["ServiceName"], lambda r: harness.amount(r["BilledCost"]) *
                    Decimal(rates[r["ChargePeriodStart"][:7], r["BillingCurrency"]]))
        _, found = self.csv("--by", "service", *self.ever(), "--fx", fx, "--to-currency", "XTS")
        self.assertEqual({row[0]: row[2] for row in found},
                         {key: digits(total) for key, total in wanted.items()})

    def test_real_rows_are_shared_exactly(self):
        rows = self.rows_of("focus10_200rows.csv")
        services = by(rows, lambda r: r["ServiceName"], lambda r: harness.amount(r["BilledCost"]))
        origin = max(services, key=services.get)
        rules = self.write("r.ini", f"[allocate x]\nfrom = service={origin}\nto = service\n"
                                    "method = proportional\n")
        moved = services.pop(origin)
        for name, part in split(moved, dict(services)).items():
            services[name] += part
        _, found = self.csv("--by", "service", *self.ever(), "--allocation", rules)
        self.assertEqual({row[0]: row[2] for row in found if row[0] != origin},
                         {key: digits(total) for key, total in services.items()})
        self.assertIn((origin, "0.00"), {(row[0], row[2]) for row in found})


if __name__ == "__main__":
    harness.main()
