"""Reports through tag rules, against the same view made here from the same rows."""
import hashlib
import json
import unittest
from collections import defaultdict
from decimal import Decimal

import harness
from harness import SHARED, STORE, USAGE, digits, focus_row

RULES = """; the view that people want
[all]
trim = yes
fold = yes
[tag team]
keys = team, squad, owner-*
value platform = plat*, infra
value ml = ml-?
[tag size]
fold = no
trim = no
"""


def reported(tags, key):
    """The rules above, by hand."""
    tags = {name.strip().lower(): str(value).strip() for name, value in tags.items()}
    for name in {"team": ("team", "squad", "owner-a", "owner-b")}.get(key, (key,)):
        if name not in tags:
            continue
        value = tags[name]
        try:
            Decimal(value)
        except ArithmeticError:
            value = value.lower()
        if key == "team" and (value.startswith("plat") or value == "infra"):
            return "platform"
        if key == "team" and value.startswith("ml-") and len(value) == 4:
            return "ml"
        return value or "(empty)"
    return "(untagged)"


def make_rows():
    rows = []
    spellings = ["ml", "ML", " Ml ", "ml-1", "ML-2", "ml-33", "Platform", "infra", "web", "1E5", ""]
    keys = ["team", "Team", " TEAM", "squad", "Owner-A", "owner-b", "other"]
    for n in range(3000):  # pre-sums of tag keys are made where many texts share few values
        tags = {keys[n % len(keys)]: spellings[n % len(spellings)], "env": f"E{n % 3}",
                "host": f"h{n}"}
        rows.append(focus_row(day=f"2026-05-{n % 28 + 1:02}", cost=f"{n}.{n % 89:02}7",
                              Tags=json.dumps(tags)))
    rows.append(focus_row(day="2026-05-01", cost="-70.5", Tags=""))
    return rows


ROWS = make_rows()


class TagRules(harness.ProgramTest):
    def setUp(self):
        super().setUp()
        self.ingest(self.bill("may.csv", ROWS))
        self.rules = self.write("rules.ini", RULES)
        self.options = ("--month", "2026-05", "--tag-rules", self.rules)

    def expect(self, key, keep=lambda row: True):
        sums, counts = defaultdict(Decimal), defaultdict(int)
        for row in filter(keep, ROWS):
            value = reported(json.loads(row["Tags"] or "{}"), key)
            sums[value] += Decimal(row["BilledCost"])
            counts[value] += 1
        return sorted((value, "USD", digits(sums[value]), str(counts[value])) for value in sums)

    def test_groups_follow_the_rules_and_add_up(self):
        for arguments in (("--by-tag", "team"), ("--by", "team"), ("--by", "tag:TEAM")):
            _, rows = self.csv(*arguments, *self.options)
            self.assertEqual(sorted(rows), self.expect("team"), arguments)
        _, rows = self.csv("--by-tag", "ENV", *self.options)
        self.assertEqual(sorted(rows), self.expect("env"))
        whole = sum(Decimal(row["BilledCost"]) for row in ROWS)
        self.assertEqual(self.total(*self.options[2:]), {"USD": digits(whole)})

    def test_without_rules_tags_are_as_they_came(self):
        _, rows = self.csv("--by-tag", "team", "--month", "2026-05")
        names = {row[0] for row in rows}
        self.assertLessEqual({"ml", "ML", " Ml ", "(untagged)", "(empty)"}, names)

    def test_keys_out_of_the_rules_reach_are_raw(self):
        raw = self.csv("--by-tag", "size", "--month", "2026-05")
        self.assertEqual(self.csv("--by-tag", "size", *self.options), raw)

    def test_filters_see_the_reported_view(self):
        _, rows = self.csv("--by-tag", "env", "--where", "tag:team=platform", *self.options)
        self.assertEqual(sorted(rows), self.expect("env", lambda row: reported(
            json.loads(row["Tags"] or "{}"), "team") == "platform"))
        _, rows = self.csv("--by-tag", "team", "--where", "team!=ml", *self.options)
        self.assertEqual(sorted(rows), [row for row in self.expect("team") if row[0] != "ml"])

    def test_top_and_two_keys_follow_too(self):
        _, rows = self.csv("--by-tag", "team", "--top", "2", *self.options)
        self.assertEqual(rows[:2], sorted(self.expect("team"), key=lambda r: -Decimal(r[2]))[:2])
        _, rows = self.csv("--by-tag", "team", "--by-tag", "env", *self.options)
        self.assertEqual({row[0] for row in rows}, {row[0] for row in self.expect("team")})
        self.assertEqual(sum(int(row[-1]) for row in rows), len(ROWS))

    def test_usage_columns_follow_the_rules_of_their_tag(self):
        usage = [{"ts": "2026-05-03T00:00:00Z", "provider": "p", "model": "m", "tokens":
                  {"input": 5}, "billed_cost": "0.5", "currency": "USD", **more}
                 for more in ({"team": "ML"}, {"team": "ml-7"}, {"tags": {"squad": "ml"}},
                              {"team": "web"}, {})]
        self.ingest("--format", "usage", self.write(
            "u.ndjson", "".join(json.dumps(row) + "\n" for row in usage)))
        for dimension in ("team", "tag:team"):
            _, rows = self.csv("--dataset", "ai", "--by", dimension, *self.options)
            self.assertEqual(rows[0][:3], ("ml", "USD", "1.50"), dimension)
            self.assertEqual(len(rows), 3)

    def test_outputs_name_the_rules(self):
        digest = hashlib.sha256(RULES.encode()).hexdigest()[:12]
        label = f"rules.ini (sha256 {digest})"
        for arguments in ((), ("report", "monthly"), ("--format", "json"), ("--format", "html"),
                          ("report", "monthly", "--format", "json")):
            self.assertIn(label, " ".join(self.run_program(*arguments, *self.options).out.split()))

    def test_wrong_rules_are_refused(self):
        wrong = self.write("wrong.ini", "[tag a]\nkey = b\n")
        result = self.run_program("--tag-rules", wrong, want=USAGE)
        self.assertIn("wrong.ini:2: key \"key\": wanted keys, trim, fold or value NAME", result.err)
        self.run_program("--tag-rules", self.folder / "none.ini", want=STORE)


class UntaggedTrend(harness.ProgramTest):
    def trend(self, *arguments):
        text = self.run_program("report", "monthly", *arguments, "--format", "json").out
        found = [table["rows"] for section in json.loads(text)["sections"]
                 for table in section["tables"] if table["id"] == "untagged_trend"]
        return found[0]

    def test_shares_of_six_months_by_provider(self):
        rows = []
        for month, tagged, untagged in (("2026-01", 1, 9), ("2026-02", 4, 4), ("2026-05", 3, 1),
                                        ("2026-06", 1, 0), ("2026-07", 0, 2)):
            rows.append(focus_row(day=f"{month}-03", cost=str(tagged)))
            rows.append(focus_row(day=f"{month}-04", cost=str(untagged), Tags='{"env": "x"}'))
        rows.append(focus_row(day="2026-07-01", cost="1", ProviderName="Oracle"))
        self.ingest(self.bill("rows.csv", rows))
        aws, oracle = self.trend("--month", "2026-07")
        self.assertEqual([aws[f"share_{back}"] for back in (5, 4, 3, 2, 1, 0)],
                         [0.5, None, None, 0.25, 0, 1])
        self.assertEqual((oracle["provider"], oracle["share_0"], oracle["share_1"]),
                         ("Oracle", 0, None))
        aws, = self.trend("--month", "2026-01", "--provider", "AWS")
        self.assertEqual((aws["share_0"], aws["share_1"]), (0.9, None))
        self.assertEqual(self.trend("--billing-month", "2026-06")[0]["share_1"], 0.25)
        rules = self.write("r.ini", "[tag team]\nkeys = team, env\n")
        aws, oracle = self.trend("--month", "2026-07", "--tag-rules", rules)
        self.assertEqual([aws[f"share_{back}"] for back in (5, 2, 1, 0)], [0, 0, 0, 0])


class Variants(harness.ProgramTest):
    def setUp(self):
        super().setUp()
        tags = [{"env": "Prod", "Application": "x"}, {"Env": "prod", "application": "x"},
                {"ENV ": "pr-od", "APPLICATION": "X"}, {"environment": "prod", "env": "prod"},
                {"cost_center": "ACM9000"}, {"cost_center": "acm9000", "Cost-Center": "other"}, {}]
        self.rows = [focus_row(day=f"2026-05-{n + 1:02}", cost=f"{n}.25", Tags=json.dumps(tag),
                               BillingCurrency="EUR" if n == 1 else "USD")
                     for n, tag in enumerate(tags)]
        self.ingest(self.bill("may.csv", self.rows))

    def variants(self, *arguments):
        _, rows = self.csv("dimensions", "--variants", *arguments)
        return {(kind, key, spelling.strip('"'), currency): (reported, state, cost, count)
                for kind, key, spelling, reported, state, currency, cost, count in rows}

    def test_spellings_are_listed_with_rows_and_cost(self):
        found = self.variants()
        keys = {place[2]: row for place, row in found.items() if place[0] == "key"}
        self.assertEqual(set(keys), {"env", "Env", "ENV ", "Application", "application",
                                     "APPLICATION", "cost_center", "Cost-Center"})
        self.assertEqual(keys["env"], ("env", "differs", "3.50", "2"))
        values = {place[1:]: row for place, row in found.items() if place[0] == "value"}
        self.assertEqual(values[("cost_center", "ACM9000", "USD")],
                         ("ACM9000", "differs", "4.25", "1"))
        self.assertEqual({key for key, _, _ in values}, {"cost_center", "env"})

    def test_rules_merge_and_what_differs_comes_first(self):
        rules = self.write("r.ini", "[all]\nfold = yes\ntrim = yes\n[tag env]\n"
                                    "keys = env, environment\nvalue live = prod\n")
        found = self.variants("--tag-rules", rules)
        states = {place[:3]: row[:2] for place, row in found.items()}
        self.assertEqual(states[("key", "env", "environment")], ("env", "merged"))
        self.assertEqual(states[("key", "application", "APPLICATION")], ("application", "merged"))
        self.assertEqual(states[("key", "cost_center", "Cost-Center")][1], "differs")
        self.assertEqual(states[("value", "env", "Prod")], ("live", "differs"))
        self.assertEqual(states[("value", "env", "pr-od")], ("pr-od", "differs"))
        # One value a row, whatever keys feed it.
        rows = sum(int(row[3]) for place, row in found.items() if place[:2] == ("value", "env"))
        self.assertEqual(rows, 4)
        order = [row[4] for row in self.csv("dimensions", "--variants", "--tag-rules", rules)[1]
                 if row[0] == "key"]
        self.assertEqual(order, sorted(order))

    def test_one_key_and_one_period(self):
        self.assertEqual({place[1] for place in self.variants("--by-tag", "COSTCENTER")
                          if place[0] == "value"}, {"cost_center"})
        self.assertEqual(self.variants("--month", "2020-01"), {})
        self.assertIn("No spellings", self.run_program("dimensions", "--variants", "--month",
                                                       "2020-01").out)
        found = json.loads(self.run_program("dimensions", "--variants", "--by-tag", "env",
                                            "--format", "json").out)
        self.assertEqual(found["report"], "variants")

    def test_the_list_of_dimensions_stays(self):
        self.assertIn("column:NAME", self.run_program("dimensions", store=False).out)


@unittest.skipUnless((SHARED / "billing").is_dir(), "no shared data here")
class RealBill(harness.ProgramTest):
    """Anonymised rows as clouds delivered them: keys with a blank before them, keys to merge."""

    def setUp(self):
        super().setUp()
        path = SHARED / "billing" / "focus10_200rows.csv"
        self.ingest(path)
        _, self.rows = harness.read_bill(path)

    def tags(self, row):
        return json.loads(row["Tags"]) if row["Tags"] not in harness.NULLS else {}

    def test_keys_with_blanks_are_found_and_merged(self):
        _, found = self.csv("dimensions", "--variants", "--by-tag", "org")
        counted = {row[2].strip('"'): int(row[7]) for row in found if row[0] == "key"}
        self.assertEqual(counted, {key: sum(key in self.tags(row) for row in self.rows)
                                   for key in ("org", " org")})
        rules = self.write("r.ini", "[all]\ntrim = yes\n[tag env]\nkeys = env, environment\n")
        for key, raw in (("org", ("org", " org")), ("env", ("env", "environment"))):
            sums, counts = defaultdict(Decimal), defaultdict(int)
            for row in self.rows:
                tags = self.tags(row)
                value = next((tags[name].strip() for name in raw if name in tags), "(untagged)")
                sums[value] += Decimal(row["BilledCost"])
                counts[value] += 1
            _, groups = self.csv("--by-tag", key, "--tag-rules", rules, "--year", "2024")
            self.assertEqual(sorted(groups), sorted(
                (value, "USD", digits(sums[value]), str(counts[value])) for value in sums), key)


if __name__ == "__main__":
    harness.main()
