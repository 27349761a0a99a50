"""A month part by part over several calls: an edition replaces, another part is refused."""
import unittest

import harness
from harness import DATA, SHARED, focus_row, focus_text, read_bill

DAYS = range(1, 11)


def charges(resources, cost="1.00", days=DAYS, **cells):
    """Each resource on all days: parts of a month that no list of days can tell apart."""
    return [focus_row(day=f"2026-05-{day:02}", cost=cost, ResourceId=resource, **cells)
            for day in days for resource in resources]


ONE, TWO, THREE = (charges([f"{part}{n}" for n in range(6)]) for part in "abc")


class Editions(harness.ProgramTest):
    def status(self, *arguments, **options):
        delivery, = self.ingest(*arguments, **options)
        return delivery["status"]

    def test_another_part_that_has_all_days_is_refused(self):
        one, two = self.bill("one.csv", ONE), self.bill("two.csv", TWO)
        self.assertEqual(self.status(one), "new")
        result = self.run_program("ingest", two, want=DATA)
        for word in ("one.csv", "all parts", "--allow-shrink"):
            self.assertIn(word, result.err)
        self.assertEqual(self.total(), {"USD": "60.00"})
        self.assertEqual(self.status(one, two), "replaced")
        self.assertEqual(self.total(), {"USD": "120.00"})
        for part in (one, two):
            self.assertEqual(self.status(part, want=DATA), "refused")
        self.assertEqual(self.status(two, one), "unchanged")
        self.assertEqual(self.total(), {"USD": "120.00"})
        self.run_program("check")

    def test_a_larger_part_is_refused_too(self):
        self.ingest(self.bill("one.csv", ONE))
        self.assertEqual(self.status(self.bill("two.csv", TWO + THREE), want=DATA), "refused")

    def test_shrinking_can_be_allowed(self):
        self.ingest(self.bill("one.csv", ONE))
        two = self.bill("two.csv", TWO)
        self.assertEqual(self.status("--allow-shrink", two), "replaced")

    def test_an_edition_under_another_name_replaces(self):
        self.ingest(self.bill("monday.csv", ONE))
        dearer = charges([f"a{n}" for n in range(6)], "7.00", range(1, 12))
        self.assertEqual(self.status(self.bill("tuesday.csv", dearer)), "replaced")
        self.assertEqual(self.total(), {"USD": "462.00"})

    def test_two_thirds_of_the_charges_say_that_it_comes_again(self):
        self.ingest(self.bill("nine.csv", charges([f"a{n}" for n in range(9)])))
        for kept, want, status in ((5, DATA, "refused"), (6, 0, "replaced")):
            names = [f"a{n}" for n in range(kept)] + [f"new{n}" for n in range(9 - kept)]
            path = self.bill(f"kept-{kept}.csv", charges(names))
            self.assertEqual(self.status(path, want=want), status)

    def test_an_edition_cut_into_other_parts_replaces(self):
        self.ingest(self.bill("whole.csv", ONE + TWO))
        mixed = [self.bill("x.csv", ONE[::2] + TWO[::2]), self.bill("y.csv", ONE[1::2] + TWO[1::2])]
        self.assertEqual(self.status(*mixed), "replaced")
        self.assertEqual(self.status(self.folder / "whole.csv"), "replaced")

    def test_one_of_two_parts_in_a_new_edition_is_refused(self):
        self.ingest(self.bill("one.csv", ONE), self.bill("two.csv", TWO))
        again = self.bill("one-new.csv", charges([f"a{n}" for n in range(6)], "2.00"))
        result = self.run_program("ingest", again, want=DATA)
        self.assertIn("two.csv", result.err)

    def test_a_part_beside_a_new_edition_of_the_other_replaces(self):
        one, two = self.bill("one.csv", ONE), self.bill("two.csv", TWO)
        self.ingest(one, two)
        again = self.bill("one-new.csv", charges([f"a{n}" for n in range(6)], "2.00"))
        self.assertEqual(self.status(again, two), "replaced")
        self.assertEqual(self.total(), {"USD": "180.00"})

    def test_the_same_path_with_other_charges_replaces(self):
        """A folder that is synchronised in place: its file is the bill, whatever is in it."""
        path = self.bill("bill.csv", ONE)
        self.ingest(path)
        self.bill("bill.csv", TWO)
        self.assertEqual(self.status(path), "replaced")

    def test_other_columns_are_no_other_charges(self):
        self.ingest(self.bill("one.csv", ONE))
        again = self.bill("again.csv", charges([f"a{n}" for n in range(6)], "2.00"))
        kept = ("--columns", "ServiceName")
        self.assertEqual(self.status(*kept, again), "replaced")
        self.assertEqual(self.status(self.folder / "one.csv"), "replaced")

    def test_many_charges_are_compared_by_a_sample(self):
        names = [f"r{n}" for n in range(30000)]
        rows = charges(names, days=range(1, 5))
        self.ingest(self.bill("all.csv", rows))
        dearer = self.bill("dearer.csv", [dict(row, BilledCost="3") for row in rows])
        self.assertEqual(self.status(dearer), "replaced")
        other = self.bill("other.csv", charges([f"s{n}" for n in range(30000)], days=range(1, 5)))
        self.assertEqual(self.status(other, want=DATA), "refused")

    def test_a_small_part_beside_a_large_one_is_not_lost(self):
        """Whatever sample of the large one is compared."""
        large = charges([f"r{n}" for n in range(30000)], days=range(1, 5))
        few = charges(["s"], days=[1])
        self.ingest(self.bill("large.csv", large), self.bill("few.csv", few))
        again = self.bill("again.csv", [dict(row, BilledCost="3") for row in large])
        result = self.run_program("ingest", again, want=DATA)
        self.assertIn("few.csv", result.err)
        self.assertEqual(self.total(), {"USD": "120001.00"})

    def test_charges_that_are_many_times_the_same_are_compared_too(self):
        self.ingest(self.bill("one.csv", charges(["r"], days=range(1, 3)) * 60000))
        other = self.bill("other.csv", charges(["s"], days=range(1, 3)))
        self.assertEqual(self.status(other, want=DATA), "refused")

    @unittest.skipUnless((SHARED / "billing/focus10_200rows.csv").exists(), "no shared data")
    def test_halves_of_a_real_bill_never_replace_each_other(self):
        columns, rows = read_bill(SHARED / "billing/focus10_200rows.csv")
        halves = [self.write(f"half-{n}.csv", focus_text(rows[n::2], columns=columns))
                  for n in (0, 1)]
        self.run_program("ingest", SHARED / "billing/focus10_200rows.csv")
        whole = self.total()
        for half in halves:
            for delivery in self.ingest(half, want=None):
                self.assertIn(delivery["status"], ("refused", "unchanged"))
        self.assertEqual(self.total(), whole)
        other = self.folder / "halves.db"
        self.run_program("ingest", *halves, store=other)
        self.assertEqual(self.total(store=other), whole)


if __name__ == "__main__":
    harness.main()
