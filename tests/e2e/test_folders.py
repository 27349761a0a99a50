"""What a folder may hold beside bills, and what must never be passed over."""
import json
import unittest

import harness
from harness import DATA, DONE, USAGE, focus_row

FIRST = [focus_row(day=f"2026-05-{day:02}", cost="1.00") for day in range(1, 11)]
SECOND = [focus_row(day=f"2026-05-{day:02}", cost="2.00") for day in range(11, 21)]


class Folders(harness.ProgramTest):
    def setUp(self):
        super().setUp()
        self.bills = self.folder / "bills"
        self.bills.mkdir()
        self.bill("bills/one.csv", FIRST)
        self.bill("bills/two.csv", SECOND)

    def outcome(self):
        return json.loads(self.run_program("ingest", "--json", self.bills).out)

    def test_the_same_bytes_under_two_names_count_once(self):
        (self.bills / "one (1).csv").write_bytes((self.bills / "one.csv").read_bytes())
        (self.bills / "latest.csv").symlink_to("two.csv")
        outcome = self.outcome()
        self.assertEqual(outcome["deliveries"][0]["money"][0]["billed"], "30.00")
        self.assertEqual(len(outcome["skipped"]), 2)

    def test_a_broken_part_is_refused_and_the_month_stays(self):
        self.assertEqual(self.outcome()["deliveries"][0]["money"][0]["billed"], "30.00")
        for broken in (b"", b"\x1f\x8b\x08\x00", b"BilledCo", b"\xff\xfeB\x00i\x00"):
            with self.subTest(broken=broken):
                (self.bills / "two.csv").write_bytes(broken)
                self.run_program("ingest", "--quiet", self.bills, want=DATA)
                rows = self.run_program("--by", "currency", "--format", "csv").out
                self.assertIn("30.00", rows)

    def test_companions_are_passed_over_and_listed(self):
        (self.bills / "README.txt").write_text("What these are.\n")
        (self.bills / "prices.csv").write_text("provider,model,class,unit_price,per,currency\n")
        outcome = self.outcome()
        self.assertEqual(len(outcome["deliveries"]), 1)
        self.assertEqual(len(outcome["skipped"]), 2)

    def test_costs_without_an_account_meet_the_bill_of_that_provider(self):
        self.outcome()
        agent = self.folder / "agent.json"
        agent.write_text('{"costs":[{"date":"2026-05-02","provider":"aws","service":"x","cost":1}]}')
        self.assertIn("refused", self.run_program("ingest", agent, want=DATA).err)
        self.run_program("ingest", "--source", "agent", agent)

    def test_a_delivery_can_be_dropped(self):
        self.outcome()
        drop = ("imports", "drop", "--source", "aws/123456789012", "--period", "2026-05")
        before = self.snapshot()
        told = self.run_program(*drop, "--dry-run").out
        self.assertEqual(self.snapshot(), before)
        self.assertIn("would drop 1 delivery, ", told)
        self.assertEqual(self.run_program(*drop).out, told.replace("would drop", "dropped"))
        self.run_program("check")
        self.run_program(*drop, want=USAGE)
        self.assertEqual(self.outcome()["deliveries"][0]["status"], "new")

    def test_deliveries_are_dropped_by_number_all_or_none(self):
        rows = [focus_row(day="2026-05-01", cost="1.5", BillingAccountId=f"00{n}", ProviderName=
                          "AWS\x1b[31m" if n == 3 else "AWS") for n in range(4)]
        self.ingest(self.bill("four.csv", rows))
        first = ("imports", "drop")
        for arguments, message in (((), "--source NAME"), (("--period", "2026-05"), "--source NAME"),
                                   (("9",), "no delivery 9"), (("x",), "whole number"),
                                   (("1", "1"), "named twice"),
                                   (("1", "--source", "aws/001"), "is of aws/000")):
            result = self.run_program(*first, *arguments, want=USAGE)
            self.assertIn(message, result.err)
        told = self.run_program(*first, "1", "2").out
        self.assertIn("delivery 1  cost  aws/000  2026-05  1 rows  1.50 USD\n", told)
        self.assertIn("dropped 2 deliveries, 2 rows\n", told)
        self.run_program(*first, "3", "2", want=USAGE)
        self.assertEqual(self.total(), {"USD": "3.00"})
        told = self.run_program(*first, "--source", "aws/002").out
        self.assertIn("dropped 1 delivery, 1 row\n", told)
        self.assertNotIn("\x1b", self.run_program(*first, "4").out)
        self.assertEqual(self.total(), {})
        self.run_program("check")


if __name__ == "__main__":
    harness.main()
