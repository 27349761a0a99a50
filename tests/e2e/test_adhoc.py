"""Every ad-hoc option of the contract, against sums computed here from the same rows."""
import itertools
import json
import unittest
from collections import defaultdict
from decimal import Decimal

import harness
from harness import COSTS, USAGE, amount, digits, focus_row


def make_rows():
    """Two years of small rows with everything that a filter or a group can meet."""
    rows = []
    number = itertools.count(1)
    for month in [f"{year}-{m:02}" for year in (2025, 2026) for m in range(1, 13)][:22]:
        for day in (1, 9, 28):
            for team, service, region in (("ml", "Compute", "eu-1"), ("web", "Storage", "us-1"),
                                          ("ml", "Storage", "us-1"), (None, "Support", ""),
                                          ("", "Compute", "eu-1"), ("data", "Data, big", "eu-2")):
                n = next(number)
                tags = "" if team is None else json.dumps({"team": team, "env": f"e{n % 2}"})
                rows.append(focus_row(
                    day=f"{month}-{day:02}", cost=f"{n}.{n % 97:02}1", Tags=tags,
                    EffectiveCost=f"{n}.5", ListCost=f"{n * 2}", ContractedCost=f"0.0{n}",
                    ServiceName=service, RegionId=region, ResourceId=f"r{n % 3}",
                    BillingCurrency="EUR" if n % 5 == 0 else "USD",
                    BillingAccountId=f"00{n % 2}", SubAccountId="", x_InstanceType="p5"))
    rows.append(focus_row(day="2026-10-05", cost="-1000.25", ServiceName="Credits", RegionId="",
                          BillingAccountId="000", ResourceId="", SubAccountId="", Tags=""))
    return rows


ROWS = make_rows()


def tag(row, key):
    tags = json.loads(row["Tags"]) if row["Tags"] else {}
    value = tags.get(key)
    return "(untagged)" if value is None else value or "(empty)"


FIELDS = {
    "provider": lambda r: r["ProviderName"], "service": lambda r: r["ServiceName"],
    "region": lambda r: r["RegionId"] or "(none)", "account": lambda r: r["BillingAccountId"],
    "sub_account": lambda r: r["SubAccountId"] or "(none)",
    "resource": lambda r: r["ResourceId"] or "(none)",
    "charge_category": lambda r: r["ChargeCategory"],
    "service_category": lambda r: r["ServiceCategory"],
    "tag:team": lambda r: tag(r, "team"), "tag:env": lambda r: tag(r, "env"),
    "day": lambda r: r["ChargePeriodStart"][:10], "month": lambda r: r["ChargePeriodStart"][:7],
}


class AdHoc(harness.ProgramTest):
    @classmethod
    def setUpClass(cls):
        maker = cls("setUp")
        harness.ProgramTest.setUp(maker)
        cls.addClassCleanup(maker.doCleanups)
        maker.run_program("ingest", maker.bill("rows.csv", ROWS))
        cls.shared_store = maker.store

    def setUp(self):
        super().setUp()
        self.store = self.shared_store

    def truth(self, by, first, last, keep=lambda row: True, cost="billed"):
        sums = defaultdict(lambda: [Decimal(0), 0])
        for row in ROWS:
            if first <= row["ChargePeriodStart"][:10] <= last and keep(row):
                group = sums[(*(FIELDS[d](row) for d in by), row["BillingCurrency"])]
                group[0] += amount(row[COSTS[cost]])
                group[1] += 1
        return {key: (digits(total), str(count)) for key, (total, count) in sums.items()}

    def check(self, by, options, first, last, keep=lambda row: True, cost="billed"):
        wanted = self.truth(by, first, last, keep, cost)
        _, rows = self.csv("--by", ",".join(by), *options)
        self.assertEqual({row[:-2]: row[-2:] for row in rows}, wanted, options)
        self.assertTrue(wanted, f"an empty truth proves nothing: {options}")
        return rows

    def test_all_dimensions_alone_and_together(self):
        year = ("--year", "2026")
        for name in FIELDS:
            self.check([name], year, "2026-01-01", "2026-12-31")
        for names in (["service", "region"], ["tag:team", "tag:env"], ["day", "service"],
                      ["provider", "account", "service", "month"],
                      ["tag:team", "region", "resource", "day"]):
            self.check(names, year, "2026-01-01", "2026-12-31")

    def test_by_tag_and_by_dimension_are_the_same_as_by(self):
        year = ("--year", "2026", "--format", "csv")
        wanted = self.run_program("--by", "tag:team", *year).bytes
        self.assertEqual(self.run_program("--by-tag", "team", *year).bytes, wanted)
        self.assertEqual(self.run_program("--by-dimension", "tag:team", *year).bytes, wanted)
        wanted = self.run_program("--by", "tag:team,tag:env", *year).bytes
        self.assertEqual(self.run_program("--by-tag", "team", "--by-tag", "env", *year).bytes,
                         wanted)
        self.assertEqual(self.run_program("--by-tag=team", "--by-tag=env", *year).bytes, wanted)

    def test_each_cost(self):
        for cost in COSTS:
            self.check(["service"], ("--year", "2026", "--cost", cost), "2026-01-01", "2026-12-31",
                       cost=cost)
            self.assertIn(cost, self.run_program("--by", "service", "--cost", cost).out)
        default = self.csv("--by", "service", "--year", "2026")
        self.assertEqual(default, self.csv("--by", "service", "--year", "2026", "--cost", "billed"))

    def test_each_way_to_name_the_period(self):
        for options, first, last in (
                (("--month", "2026-02"), "2026-02-01", "2026-02-28"),
                (("--quarter", "2026-Q1"), "2026-01-01", "2026-03-31"),
                (("--year", "2025"), "2025-01-01", "2025-12-31"),
                (("--from", "2026-03-09", "--to", "2026-04-01"), "2026-03-09", "2026-04-01"),
                (("--from", "2026-09-28"), "2026-09-28", "2026-10-28"),
                (("--to", "2026-05-01"), "2026-04-02", "2026-05-01"),
                (("--days", "31"), "2026-09-28", "2026-10-28"),
                (("--days", "1"), "2026-10-28", "2026-10-28"),
                ((), "2026-09-29", "2026-10-28"),
                (("--last-month",), "2026-09-01", "2026-09-30"),
                (("--last-month", "--as-of", "2026-03-31"), "2026-02-01", "2026-02-28"),
                (("--last-month", "--as-of", "2026-01-15"), "2025-12-01", "2025-12-31"),
                (("--month-to-date", "--as-of", "2026-05-09"), "2026-05-01", "2026-05-09"),
                (("--as-of", "2026-05-01"), "2026-04-02", "2026-05-01"),
                (("--days", "365", "--as-of", "2025-12-31"), "2025-01-01", "2025-12-31")):
            self.check(["service"], options, first, last)

    def test_the_days_of_a_zone(self):
        """00:00Z is the evening before in New York and the same day in Berlin."""
        _, rows = self.csv("--by", "day", "--month", "2026-02", "--tz", "America/New_York")
        self.assertEqual(sorted({row[0] for row in rows}),
                         ["2026-02-08", "2026-02-27", "2026-02-28"])
        _, rows = self.csv("--by", "day", "--month", "2026-02", "--tz", "Europe/Berlin")
        self.assertEqual(sorted({row[0] for row in rows}),
                         ["2026-02-01", "2026-02-09", "2026-02-28"])

    def test_weeks_begin_on_monday(self):
        _, rows = self.csv("--by", "week", "--month", "2026-02")
        self.assertEqual(sorted({row[0] for row in rows}),
                         ["2026-01-26", "2026-02-09", "2026-02-23"])

    def test_filters(self):
        year = ("--year", "2026")
        team = FIELDS["tag:team"]
        for where, keep in (
                ("service=Compute", lambda r: r["ServiceName"] == "Compute"),
                ("service!=Compute", lambda r: r["ServiceName"] != "Compute"),
                ("service=Compute,Storage", lambda r: r["ServiceName"] in ("Compute", "Storage")),
                ("service!=Compute,Storage",
                 lambda r: r["ServiceName"] not in ("Compute", "Storage")),
                (r"service=Data\, big", lambda r: r["ServiceName"] == "Data, big"),
                ("service~*o*", lambda r: "o" in r["ServiceName"]),
                ("service~S?orage", lambda r: r["ServiceName"] == "Storage"),
                ("tag:team=ml", lambda r: team(r) == "ml"),
                ("tag:team!=ml", lambda r: team(r) != "ml"),
                ("tag:team=(untagged)", lambda r: team(r) == "(untagged)"),
                ("tag:team=(empty)", lambda r: team(r) == "(empty)"),
                ("region=(none)", lambda r: not r["RegionId"]),
                ("currency=EUR", lambda r: r["BillingCurrency"] == "EUR"),
                ("currency!=EUR", lambda r: r["BillingCurrency"] != "EUR"),
                ("day=2026-02-09", lambda r: r["ChargePeriodStart"].startswith("2026-02-09")),
                ("month=2026-02,2026-03", lambda r: r["ChargePeriodStart"][:7] in
                 ("2026-02", "2026-03"))):
            for by in (["service"], ["tag:team", "region"], ["day"]):
                self.check(by, (*year, "--where", where), "2026-01-01", "2026-12-31", keep)

    def test_a_filter_on_the_currency_over_whole_segments(self):
        ever = ("--from", "1990-01-01", "--to", "2090-12-31", "--where", "currency=EUR")
        _, rows = self.csv("--by", "currency", *ever)
        wanted = self.truth([], "1990", "2091", lambda r: r["BillingCurrency"] == "EUR")
        self.assertEqual(rows, [("EUR", *wanted[("EUR",)])])

    def test_repeated_filters_all_hold_and_short_forms_are_filters(self):
        keep = lambda r: (r["ServiceName"], r["RegionId"]) == ("Storage", "us-1")  # noqa: E731
        self.check(["day"], ("--year", "2026", "--where", "service=Storage", "--where",
                             "region=us-1"), "2026-01-01", "2026-12-31", keep)
        self.check(["day"], ("--year", "2026", "--service", "Storage", "--region", "us-1"),
                   "2026-01-01", "2026-12-31", keep)
        for short, where in ((("--provider", "AWS"), "provider=AWS"),
                             (("--account", "001"), "account=001"),
                             (("--instance-type", "p5"), "instance_type=p5"),
                             (("--charge-category", "Usage"), "charge_category=Usage"),
                             (("--team", "ml"), "team=ml"),
                             (("--resource", "r1"), "resource=r1")):
            one = self.csv("--by", "service", "--year", "2026", *short)
            two = self.csv("--by", "service", "--year", "2026", "--where", where)
            self.assertEqual(one, two)
            self.assertTrue(one[1], short)

    def test_groups_and_filters_of_nothing_add_nothing(self):
        _, rows = self.csv("--by", "service", "--year", "2026", "--where", "service=none such")
        self.assertEqual(rows, [])

    def test_rows_come_largest_first_then_by_name(self):
        for by in ("service", "tag:team,region", "account,service"):
            _, rows = self.csv("--by", by, "--year", "2026")
            order = [(-Decimal(row[-2]), row[:-2]) for row in rows]
            self.assertEqual(order, sorted(order))

    def test_rows_with_a_time_come_by_time_then_cost(self):
        for by, at in (("day,service", 0), ("tag:team,day", 1), ("service,region,month", 2)):
            _, rows = self.csv("--by", by, "--year", "2026")
            order = [(row[at], -Decimal(row[-2])) for row in rows]
            self.assertEqual(order, sorted(order))

    def test_top_keeps_the_largest_and_the_totals(self):
        for by in ("tag:team", "service", "day,service", "service,region"):
            _, whole = self.csv("--by", by, "--year", "2026")
            for top in (1, 2, 3, 100):
                _, rows = self.csv("--by", by, "--year", "2026", "--top", top)
                for currency in ("USD", "EUR"):
                    sums = [(sum(Decimal(r[-2]) for r in some if r[-3] == currency),
                             sum(int(r[-1]) for r in some if r[-3] == currency))
                            for some in (whole, rows)]
                    self.assertEqual(sums[0], sums[1], (by, top, currency))
                if "day" in by:
                    continue
                for currency in ("USD", "EUR"):
                    kept = [r for r in rows if r[-3] == currency and "(other)" not in r]
                    others = [r for r in rows if r[-3] == currency and "(other)" in r]
                    largest = [r for r in whole if r[-3] == currency][:top]
                    self.assertEqual(kept, largest)
                    self.assertLessEqual(len(others), 1)

    def test_top_joins_equal_names_and_knows_its_own_other(self):
        rows = [harness.focus_row(ResourceId=name, BilledCost=cost) for name, cost in
                [("(other)", "50"), ("(none)", "20"), ("", "25"), ("a", "40"), ("b", "40"),
                 ("c", "1")]]
        self.store = self.folder / "top.db"
        self.ingest(self.bill("top.csv", rows))
        _, found = self.csv("--by", "resource", "--year", "2026", "--top", "3")
        self.assertEqual([(row[0], Decimal(row[-2]), row[-1]) for row in found],
                         [("(other)", 50, "1"), ("(none)", 45, "2"), ("a", 40, "1"),
                          ("(other)", 41, "2")])

    def test_series_follow_top(self):
        answer = json.loads(self.run_program("--by-tag", "team", "--year", "2026", "--top", "1",
                                             "--time-series", "month", "--format", "json").out,
                            parse_float=Decimal, parse_int=Decimal)
        for group in answer["groups"]:
            parts = [point["total_cost"] for point in answer["time_series"] if
                     (point["tag_value"], point["currency"]) ==
                     (group["tag_value"], group["currency"])]
            self.assertEqual(sum(parts), group["total_cost"], group)
        self.assertEqual(len({(p["tag_value"], p["currency"]) for p in answer["time_series"]}),
                         len(answer["groups"]))

    def test_compare_previous_puts_the_month_before_beside(self):
        head, rows = self.csv("--by", "service", "--month", "2026-10", "--compare", "previous")
        at = {name: n for n, name in enumerate(head)}
        now = self.truth(["service"], "2026-10-01", "2026-10-31")
        before = self.truth(["service"], "2026-09-01", "2026-09-30")
        self.assertEqual({(r[0], r[1]) for r in rows}, set(now) | set(before))
        for row in rows:
            key = (row[0], row[1])
            new = Decimal(now.get(key, ("0", 0))[0])
            old = Decimal(before.get(key, ("0", 0))[0])
            self.assertEqual(Decimal(row[at["total_cost"]]), new)
            self.assertEqual(Decimal(row[at["previous_cost"]]), old)
            self.assertEqual(Decimal(row[at["change"]]), new - old)
            if old > 0:
                self.assertAlmostEqual(float(row[at["change_ratio"]]), float((new - old) / old),
                                       places=5)
        costs = [Decimal(row[at["total_cost"]]) for row in rows]
        self.assertEqual(costs, sorted(costs, reverse=True))

    def test_compare_year_ago(self):
        head, rows = self.csv("--by", "service", "--month", "2026-02", "--compare", "year-ago")
        before = self.truth(["service"], "2025-02-01", "2025-02-28")
        for row in rows:
            self.assertEqual(Decimal(row[head.index("previous_cost")]),
                             Decimal(before.get((row[0], row[1]), ("0",))[0]))

    def test_compare_of_days_takes_as_many_days_before(self):
        head, rows = self.csv("--by", "service", "--from", "2026-03-09", "--to", "2026-03-28",
                              "--compare", "previous")
        before = self.truth(["service"], "2026-02-17", "2026-03-08")
        for row in rows:
            self.assertEqual(Decimal(row[head.index("previous_cost")]),
                             Decimal(before.get((row[0], row[1]), ("0",))[0]))

    def test_options_work_before_and_after_and_with_equals(self):
        wanted = self.csv("--by", "service", "--month", "2026-10")
        self.assertEqual(self.csv("--month=2026-10", "--by=service"), wanted)

    def test_the_store_comes_from_the_environment_or_the_folder(self):
        environment = {"GPUREPORT_STORE": str(self.store)}
        wanted = self.run_program("--by", "service", "--format", "csv").bytes
        result = self.run_program("--by", "service", "--format", "csv", store=False,
                                  environment=environment)
        self.assertEqual(result.bytes, wanted)
        (self.folder / "gpureport.db").write_bytes(self.store.read_bytes())
        result = self.run_program("--by", "service", "--format", "csv", store=False)
        self.assertEqual(result.bytes, wanted)
        (self.folder / "gpureport.db").unlink()
        self.run_program("--by", "service", want=harness.STORE, store=False,
                         environment={"XDG_DATA_HOME": str(self.folder / "data")})
        self.run_program("ingest", self.bill("one.csv", ROWS[:3]), store=False,
                         environment={"XDG_DATA_HOME": str(self.folder / "data")})
        self.assertTrue((self.folder / "data" / "gpureport" / "gpureport.db").exists())

    def test_at_most_four_dimensions(self):
        self.run_program("--by", "service,region,account,provider,day", want=USAGE)
        self.run_program("--by", "service,region,account", "--by-tag", "team", "--by-tag", "env",
                         want=USAGE)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = 4000
    harness.main()
