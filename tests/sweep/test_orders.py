"""Deliveries in every order, twice, part by part: the store that is reached is the one that the
rules of the contract give, and its reports are those of a store that saw nothing else.
"""
import itertools
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
import harness
from harness import focus_row

REPORTS = (("--by", "provider,account,month"), ("--by-tag", "team"), ("--by", "service,day"),
           ("--by", "charge_category", "--cost", "effective"),
           ("--dataset", "ai", "--by", "model,month"),
           ("--by", "currency", "--billing-month", "2026-06"))
WIDE = ("--from", "2026-01-01", "--to", "2026-12-31")


def bill(month, last, cost, resources=("r1", "r2", "r3"), **cells):
    return [focus_row(day=f"{month}-{day:02}", cost=cost, ResourceId=resource, **cells)
            for day in range(1, last + 1) for resource in resources]


def usage(days, tokens):
    return "".join(json.dumps({"ts": f"2026-05-{day:02}T10:00:00Z", "model": "m", "provider": "p",
                               "tokens": {"input": tokens}}) + "\n" for day in days)


class Model:
    """The rules, told once more: what each (source, period) holds after a call."""

    def __init__(self, calls):
        self.calls = calls
        self.live = {}  # (source, period) -> [call, ...]

    def take(self, name):
        """Statuses that the call must give, by (source, period)."""
        return {key: self.settle(key, name) for key in self.calls[name]["brings"]}

    def settle(self, key, name):
        new = self.calls[name]["brings"][key]
        old = self.live.get(key, [])
        if name in old:
            return "unchanged"
        replaced = []
        for other in old:
            before = self.calls[other]["brings"][key]
            if self.calls[name]["feed"] and not new["days"] & before["days"]:
                continue  # another stretch joins
            if not before["days"] <= new["days"] or not before["charges"] <= new["charges"]:
                return "refused"
            replaced.append(other)
        self.live[key] = [other for other in old if other not in replaced] + [name]
        return "replaced" if replaced else "new"


class Orders(harness.ProgramTest):
    def call(self, name, rows=None, text=None, feed=False, brings=None):
        """A file and what it brings: {(source, period): (days, charges)}."""
        path = self.bill(f"{name}.csv", rows) if rows else self.write(f"{name}.ndjson", text)
        self.calls[name] = {"paths": [path], "feed": feed, "brings": {
            key: {"days": set(days), "charges": set(charges)}
            for key, (days, charges) in brings.items()}}

    def setUp(self):
        super().setUp()
        self.calls = {}
        self.fresh = {}  # what is live -> its reports
        self.number = 0

    def reports(self, store):
        return [self.run_program(*report, *(() if "--billing-month" in report else WIDE),
                                 "--format", "csv", "--as-of", "2026-07-01", store=store,
                                 want=None).out for report in REPORTS]

    def expected(self, live):
        """Reports of a store that only ever saw what is live, each call from its own file."""
        key = tuple(sorted((str(place), tuple(sorted(names))) for place, names in live.items()))
        if key not in self.fresh:
            store = self.folder / f"fresh-{len(self.fresh)}.db"
            for names in {name for held in live.values() for name in held}:
                self.run_program("ingest", "--quiet", *self.calls[names]["paths"], store=store)
            self.fresh[key] = self.reports(store)
        return self.fresh[key]

    def play(self, order):
        model = Model(self.calls)
        self.number += 1
        store = self.folder / f"play-{self.number}.db"
        for name in order:
            wanted = model.take(name)
            result = self.run_program("ingest", "--json", *self.calls[name]["paths"], store=store,
                                      want=None)
            found = {(d["source"], d["period"]): d["status"]
                     for d in json.loads(result.out)["deliveries"]}
            self.assertEqual(found, wanted, f"{order} at {name}{result}")
            self.assertEqual(result.exit, 3 if "refused" in wanted.values() else 0, str(result))
        self.assertEqual(self.reports(store), self.expected(model.live), order)
        self.run_program("check", store=store)
        for path in self.folder.glob(store.name + "*"):
            path.unlink()

    def test_months_editions_and_corrections_in_every_order(self):
        aws, june = ("aws/123456789012", "2026-05"), ("aws/123456789012", "2026-06")
        three = ("r1", "r2", "r3")
        self.call("may-early", bill("2026-05", 6, "1.10"), brings={aws: (range(6), three)})
        self.call("may-whole", bill("2026-05", 9, "1.25"), brings={aws: (range(9), three)})
        corrections = bill("2026-06", 5, "2.00") + [
            focus_row(day="2026-05-03", cost="-0.75", ResourceId="r1", ChargeClass="Correction",
                      BillingPeriodStart="2026-06-01T00:00:00Z",
                      BillingPeriodEnd="2026-07-01T00:00:00Z")]
        self.call("june", corrections, brings={june: (range(6), three)})
        self.call("usage-1", text=usage((1, 2), 10), feed=True,
                  brings={("p", "2026-05"): ((1, 2), ())})
        self.call("usage-2", text=usage((3, 4), 20), feed=True,
                  brings={("p", "2026-05"): ((3, 4), ())})
        for order in itertools.permutations(self.calls):
            self.play(order)
        for order in itertools.permutations(("may-early", "may-whole", "june")):
            self.play(order + order)
            self.play(order + order[::-1])

    def test_parts_of_a_month_in_every_order(self):
        aws = ("aws/123456789012", "2026-05")
        one, two = bill("2026-05", 8, "1.00", ("a", "b")), bill("2026-05", 8, "3.00", ("c", "d"))
        self.call("one", one, brings={aws: (range(8), "ab")})
        self.call("two", two, brings={aws: (range(8), "cd")})
        self.call("again", bill("2026-05", 8, "5.00", "abcd"), brings={aws: (range(8), "abcd")})
        self.calls["both"] = {"paths": self.calls["one"]["paths"] + self.calls["two"]["paths"],
                              "feed": False,
                              "brings": {aws: {"days": set(range(8)), "charges": set("abcd")}}}
        for order in itertools.permutations(self.calls):
            self.play(order)
            self.play(order + order[:2])


if __name__ == "__main__":
    harness.main()
