"""What one call brings: new, unchanged, replaced, refused; killed, shared, quarantined."""
import gzip
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path

import harness
from harness import BUSY, DATA, DONE, SAMPLE, STORE, USAGE, focus_row

MAY = [focus_row(day=f"2026-05-{day:02}", cost=f"{day}.25") for day in range(1, 11)]
MAY_TOTAL = "57.50"


class Meeting(harness.ProgramTest):
    """A delivery meets what the store holds."""

    def statuses(self, *arguments, **options):
        return [d["status"] for d in self.ingest(*arguments, **options)]

    def test_the_first_is_new_and_its_ledger_row_is_complete(self):
        path = self.bill("may.csv", MAY)
        delivery, = self.ingest(path)
        self.assertEqual(delivery["status"], "new")
        self.assertEqual(delivery["source"], "aws/123456789012")
        self.assertEqual(delivery["format"], "focus")
        self.assertEqual(delivery["period"], "2026-05")
        self.assertEqual((delivery["first_day"], delivery["last_day"]), ("2026-05-01", "2026-05-10"))
        self.assertEqual(delivery["money"], [{"currency": "USD", "billed": MAY_TOTAL,
                                              "effective": MAY_TOTAL, "list": MAY_TOTAL,
                                              "contracted": MAY_TOTAL}])
        file, = delivery["files"]
        self.assertEqual(file["path"], str(path))
        self.assertEqual((file["format"], file["version"]), ("focus", "1.0"))
        self.assertEqual((file["rows"], file["stored"], file["rejected"], file["skipped"]),
                         (10, 10, 0, 0))
        self.assertEqual(file["sha256"], hashlib.sha256(path.read_bytes()).hexdigest())
        self.assertIsInstance(delivery["id"], int)

    def test_the_same_bytes_are_unchanged_and_nothing_is_written(self):
        path = self.bill("may.csv", MAY)
        self.assertEqual(self.statuses(path), ["new"])
        before = self.snapshot()
        self.assertEqual(self.statuses(path), ["unchanged"])
        self.assertEqual(self.snapshot(), before)
        elsewhere = self.folder / "copy of may.csv"
        shutil.copy(path, elsewhere)
        self.assertEqual(self.statuses(elsewhere), ["unchanged"])
        self.assertEqual(self.snapshot(), before)

    def test_all_sample_data_again_is_unchanged(self):
        self.run_program("ingest", SAMPLE)
        before = self.snapshot()
        self.assertEqual(set(self.statuses(SAMPLE)), {"unchanged"})
        self.assertEqual(self.snapshot(), before)

    def test_a_changed_copy_replaces_and_is_counted_once(self):
        self.ingest(self.bill("may.csv", MAY))
        changed = [dict(MAY[0], BilledCost="100"), *MAY[1:]]
        self.assertEqual(self.statuses(self.bill("may-2.csv", changed)), ["replaced"])
        self.assertEqual(self.total(), {"USD": "156.25"})
        self.assertEqual(self.statuses(self.bill("may.csv", MAY)), ["replaced"])
        self.assertEqual(self.total(), {"USD": MAY_TOTAL})
        self.run_program("check")

    def test_what_was_replaced_is_told_with_its_sum(self):
        first, = self.ingest(self.bill("may.csv", MAY))
        changed = self.bill("may.csv", [dict(MAY[0], BilledCost="100"), *MAY[1:]])
        said = self.run_program("ingest", changed).out
        self.assertIn(f"156.25 USD  was {MAY_TOTAL} USD\n", said)
        again, = self.ingest(self.bill("may.csv", MAY))
        self.assertEqual([(was["id"], was["money"][0]["billed"]) for was in again["replaces"]],
                         [(first["id"] + 1, "156.25")])

    def test_more_days_replace(self):
        self.ingest(self.bill("may.csv", MAY))
        longer = MAY + [focus_row(day="2026-05-11", cost="1")]
        self.assertEqual(self.statuses(self.bill("longer.csv", longer)), ["replaced"])
        self.assertEqual(self.total(), {"USD": "58.50"})

    def test_fewer_days_are_refused_unless_shrinking_is_allowed(self):
        self.ingest(self.bill("may.csv", MAY))
        before = self.snapshot()
        for name, shorter in (("end", MAY[:9]), ("start", MAY[1:]), ("middle", MAY[:4] + MAY[5:])):
            path = self.bill(f"{name}.csv", shorter)
            delivery, = self.ingest(path, want=DATA)
            self.assertEqual(delivery["status"], "refused", name)
            self.assertEqual(self.snapshot(), before, name)
        result = self.run_program("ingest", self.folder / "middle.csv", want=DATA)
        self.assertIn("2026-05-05", result.err)
        self.assertIn("--allow-shrink", result.err)
        self.assertEqual(self.total(), {"USD": MAY_TOTAL})
        self.assertEqual(self.statuses("--allow-shrink", self.folder / "end.csv"), ["replaced"])
        self.assertEqual(self.total(), {"USD": "47.25"})

    def test_other_periods_and_accounts_are_deliveries_of_their_own(self):
        rows = MAY + [focus_row(day="2026-06-01", cost="1"),
                      focus_row(day="2026-05-03", cost="2", BillingAccountId="000000000007"),
                      focus_row(day="2026-05-03", cost="3", ProviderName="Microsoft")]
        found = self.ingest(self.bill("mixed.csv", rows))
        self.assertEqual(sorted((d["source"], d["period"]) for d in found),
                         [("aws/000000000007", "2026-05"), ("aws/123456789012", "2026-05"),
                          ("aws/123456789012", "2026-06"), ("azure/123456789012", "2026-05")])
        self.assertEqual(self.total(), {"USD": "63.50"})

    def test_the_period_is_the_billing_period_not_the_charge_day(self):
        late = focus_row(day="2026-05-31", cost="4", BillingPeriodStart="2026-06-01T00:00:00Z",
                         BillingPeriodEnd="2026-07-01T00:00:00Z")
        self.ingest(self.bill("may.csv", MAY))
        delivery, = self.ingest(self.bill("june.csv", [late]))
        self.assertEqual((delivery["period"], delivery["status"]), ("2026-06", "new"))
        _, rows = self.csv("--by", "currency", "--month", "2026-05")
        self.assertEqual(rows, [("USD", "61.50", "11")])
        _, rows = self.csv("--by", "currency", "--billing-month", "2026-05")
        self.assertEqual(rows, [("USD", MAY_TOTAL, "10")])

    def test_parts_of_one_call_belong_together(self):
        first, second = self.bill("1.csv", MAY[:5]), self.bill("2.csv", MAY[5:])
        delivery, = self.ingest(first, second)
        self.assertEqual(len(delivery["files"]), 2)
        self.assertEqual(self.total(), {"USD": MAY_TOTAL})
        self.assertEqual(self.statuses(second, first), ["unchanged"])
        # One part alone is another snapshot of the month, and a shorter one.
        self.assertEqual(self.statuses(first, want=DATA), ["refused"])

    def test_a_name_for_the_source_makes_it_another_one(self):
        path = self.bill("may.csv", MAY)
        self.ingest(path)
        delivery, = self.ingest("--source", "copy", path)
        self.assertEqual((delivery["source"], delivery["status"]), ("copy", "new"))
        self.assertEqual(self.total(), {"USD": "115.00"})
        delivery, = self.ingest("--source", "copy", path)
        self.assertEqual(delivery["status"], "unchanged")

    def test_the_same_period_in_a_second_format_is_refused_by_name(self):
        sync = {"instances": [], "metrics": [], "alerts": [], "ai_spend": [], "errors": [],
                "costs": [{"provider": "aws", "account_id": "123456789012", "date": "2026-05-02",
                           "amount": 7.5, "currency": "USD", "service": "EC2"}]}
        self.ingest(self.bill("may.csv", MAY), "--source", "cloud")
        path = self.write("sync.json", json.dumps(sync))
        result = self.run_program("ingest", "--source", "cloud", path, want=DATA)
        self.assertIn("focus", result.err)
        self.assertIn("sync", result.err)
        self.assertIn("--source", result.err)
        self.assertEqual(self.total(), {"USD": MAY_TOTAL})
        self.run_program("ingest", "--source", "other", path)
        self.assertEqual(self.total(), {"USD": "65.00"})

    def test_the_same_provider_and_account_in_a_second_format_is_refused(self):
        """Without --source: the contract's rule is about (provider, account, period)."""
        sync = {"instances": [], "metrics": [], "alerts": [], "ai_spend": [], "errors": [],
                "costs": [{"provider": "aws", "account_id": "123456789012", "date": "2026-05-02",
                           "amount": 7.5, "currency": "USD", "service": "EC2"}]}
        self.ingest(self.bill("may.csv", MAY))
        result = self.run_program("ingest", self.write("sync.json", json.dumps(sync)), want=None)
        if result.exit == DONE:
            found = self.run_program("imports", "--format", "csv").out
            self.assertNotIn("aws/123456789012,2026-05,sync", found)
        else:
            self.assertEqual(result.exit, DATA)

    def test_a_refused_delivery_does_not_stop_the_others(self):
        self.ingest(self.bill("may.csv", MAY))
        june = [focus_row(day="2026-06-01", cost="2")]
        found = self.ingest(self.bill("both.csv", MAY[:3] + june), want=DATA)
        self.assertEqual({d["period"]: d["status"] for d in found},
                         {"2026-05": "refused", "2026-06": "new"})
        self.assertEqual(self.total(), {"USD": "59.50"})

    def test_standard_input_and_folders_are_read(self):
        text = harness.focus_text(MAY).encode()
        delivery, = self.ingest("-", data=text)
        self.assertEqual(delivery["status"], "new")
        self.bill("in/deep/may.csv", MAY)
        self.write("in/notes.txt", "not a bill\n")
        result = self.run_program("ingest", self.folder / "in")
        self.assertIn("notes.txt", result.err)
        self.assertIn("unchanged", result.out)

    def test_usage_of_another_stretch_joins_the_month(self):
        def lines(*days):
            return "".join(json.dumps({"ts": f"2026-05-{day:02}T10:00:00Z", "model": "m",
                                       "provider": "p", "tokens": {"input": 10}}) + "\n"
                           for day in days)
        self.assertEqual(self.statuses(self.write("a.ndjson", lines(1, 2))), ["new"])
        self.assertEqual(self.statuses(self.write("b.ndjson", lines(3, 4))), ["new"])
        self.assertEqual(self.statuses(self.write("b2.ndjson", lines(3, 4, 5))), ["replaced"])
        self.assertEqual(self.statuses(self.write("c.ndjson", lines(4)), want=DATA), ["refused"])
        _, rows = self.csv("--dataset", "ai", "--by", "model", "--month", "2026-05")
        self.assertEqual(rows[0][-1], "5")


class Failing(harness.ProgramTest):
    """Killed, contended and broken ingests leave the store as it was."""

    def large_bill(self, name="large.csv", cost="1.5"):
        return self.bill(name, [focus_row(day=f"2026-05-{1 + n % 28:02}", cost=cost,
                                          ServiceName=f"s{n % 97}", ResourceId=f"r{n}")
                                for n in range(20000)])

    def start(self, *arguments, before=()):
        command = [*before, harness.program["path"], "--store", self.store, *arguments]
        return subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, cwd=self.folder)

    def assert_as_before(self, total):
        self.assertEqual(self.total(), total)
        self.run_program("check")

    def test_a_killed_ingest_leaves_the_store_as_it_was(self):
        self.ingest(self.bill("may.csv", MAY))
        large = self.large_bill()
        began = time.monotonic()
        self.run_program("ingest", "--source", "timing", large, store=self.folder / "timing.db")
        whole = time.monotonic() - began
        killed = 0
        for part in (0.1, 0.3, 0.5, 0.7, 0.85, 0.95):
            process = self.start("ingest", "--source", f"killed-{part}", large)
            time.sleep(whole * part)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            self.run_program("check")
            total = self.total()["USD"]
            self.assertIn(total, (MAY_TOTAL, "30057.50"))  # the store before or after, whole
            if total != MAY_TOTAL:
                break  # it was faster than the kill
            killed += 1
        self.assertGreater(killed, 0)
        self.run_program("ingest", "--source", "again", large)
        self.run_program("check")

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_a_kill_at_any_write_leaves_the_store_as_it_was(self):
        """SIGKILL at the nth write or sync of the store, from the first to the last."""
        probe = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True,
                               check=False)
        if probe.returncode != 0:
            self.skipTest("strace may not trace here")
        self.ingest(self.bill("may.csv", MAY))
        original = self.snapshot()
        june = self.bill("june.csv", [focus_row(day="2026-06-01", cost="2")])
        calls = "pwrite64,fdatasync,fsync,unlink"
        moments = [1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 30, 40, 60]
        seen = set()
        for nth in moments:
            for name in list(self.snapshot()):
                (self.folder / name).unlink()
            for name, content in original.items():
                (self.folder / name).write_bytes(content)
            process = self.start("ingest", june, before=(
                "strace", "-f", "-o", "/dev/null", "-e", f"trace={calls}",
                "-e", f"inject={calls}:signal=KILL:when={nth}"))
            process.communicate()
            total = self.total()["USD"]
            self.assertIn(total, (MAY_TOTAL, "59.50"), f"killed at call {nth}")
            seen.add((total, process.returncode == 0))
            self.run_program("check")
            if process.returncode == 0:
                break
        self.assertIn((MAY_TOTAL, False), seen)

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_a_full_disk_is_an_error_and_the_store_stays(self):
        probe = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True,
                               check=False)
        if probe.returncode != 0:
            self.skipTest("strace may not trace here")
        self.ingest(self.bill("may.csv", MAY))
        june = self.bill("june.csv", [focus_row(day="2026-06-01", cost="2")])
        for nth in (1, 3, 6, 9):
            result = self.run_program("ingest", june, want=None, before=(
                "strace", "-f", "-o", "/dev/null", "-e", "trace=pwrite64",
                "-e", f"inject=pwrite64:error=ENOSPC:when={nth}+"))
            self.assertEqual(result.exit, STORE, str(result))
            self.assert_as_before({"USD": MAY_TOTAL})

    def test_an_interrupted_ingest_says_so_by_its_exit_code(self):
        self.ingest(self.bill("may.csv", MAY))
        reader, writer = os.pipe()
        for number in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([str(harness.program["path"]), "--store", str(self.store),
                                        "ingest", "--source", "slow", "-"], stdin=reader,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       cwd=self.folder)
            os.write(writer, harness.focus_text(MAY).encode())
            self.wait_for_lock(process)
            process.send_signal(number)
            process.communicate()
            self.assertEqual(process.returncode, 128 + number)
        os.close(reader)
        os.close(writer)
        self.assert_as_before({"USD": MAY_TOTAL})

    def wait_for_lock(self, process):
        """Until the process has opened its lock file, and then a little for taking it."""
        links = Path(f"/proc/{process.pid}/fd")
        for _ in range(200):
            names = [os.readlink(link) for link in links.iterdir() if link.is_symlink()]
            if any(name.endswith("store.db-lock") for name in names):
                break
            time.sleep(0.05)
        time.sleep(0.5)

    def test_two_writers_at_once_one_is_told_so(self):
        self.ingest(self.bill("may.csv", MAY))
        reader, writer = os.pipe()
        holder = subprocess.Popen([str(harness.program["path"]), "--store", str(self.store),
                                   "ingest", "--source", "slow", "-"], stdin=reader,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder)
        os.close(reader)
        try:
            os.write(writer, harness.focus_text(MAY).encode())
            self.wait_for_lock(holder)
            self.run_program("ingest", "--source", "second", self.folder / "may.csv", want=BUSY)
            # Readers are not disturbed.
            self.assertIn("USD", self.total())
        finally:
            os.close(writer)
            _, messages = holder.communicate(timeout=30)
        self.assertEqual(holder.returncode, 0, messages)
        self.run_program("check")

    def test_a_failed_first_ingest_leaves_no_store(self):
        self.run_program("ingest", self.write("note.txt", "hello\n"), want=DATA)
        self.run_program("ingest", self.folder / "missing.csv", want=None)
        self.assert_no_leftovers("note.txt", "store.db-lock")

    def test_one_broken_file_of_a_call_stops_the_whole_call(self):
        self.ingest(self.bill("may.csv", MAY))
        before = self.snapshot()
        june = self.bill("june.csv", [focus_row(day="2026-06-01", cost="2")])
        self.run_program("ingest", june, self.write("note.txt", "hello\n"), want=DATA)
        self.assertEqual(self.snapshot(), before)


class Rejects(harness.ProgramTest):
    """Rows that can't be read are quarantined, and over the limit the delivery is refused."""

    def rows_with_bad(self, count, bad):
        rows = [focus_row(day=f"2026-05-{1 + n % 28:02}", cost="1") for n in range(count)]
        for n in range(bad):
            rows[10 + 7 * n]["BilledCost"] = "1,20"
        return rows

    def test_one_in_a_thousand_is_tolerated_and_listed_with_its_line(self):
        path = self.bill("may.csv", self.rows_with_bad(1000, 1))
        delivery, = self.ingest(path)
        file, = delivery["files"]
        self.assertEqual((delivery["status"], file["rows"], file["stored"], file["rejected"],
                          file["skipped"]), ("new", 1000, 999, 1, 0))
        self.assertEqual(self.total(), {"USD": "999.00"})
        head, rows = self.csv("rejects")
        reject = dict(zip(head, rows[0]))
        self.assertEqual(len(rows), 1)
        self.assertEqual(reject["file"], str(path))
        self.assertEqual(reject["line"], "12")
        self.assertEqual(reject["column"], "BilledCost")
        self.assertEqual(reject["value"], "1,20")
        self.assertIn("decimal amount", reject["reason"])
        self.run_program("check")

    def test_the_message_names_file_line_column_value_and_what_was_wanted(self):
        path = self.bill("may.csv", self.rows_with_bad(1000, 1))
        result = self.run_program("ingest", path)
        self.assertIn(f'ingest {path}: line 12: column BilledCost: "1,20" is not a decimal amount',
                      result.err)

    def test_more_are_refused_and_nothing_is_stored(self):
        path = self.bill("may.csv", self.rows_with_bad(1000, 2))
        delivery, = self.ingest(path, want=DATA)
        self.assertEqual(delivery["status"], "refused")
        file, = delivery["files"]
        self.assertEqual(file["rows"], file["stored"] + file["rejected"] + file["skipped"])
        self.assertFalse(self.store.exists())

    def test_the_limit_is_a_share_or_a_count(self):
        path = self.bill("may.csv", self.rows_with_bad(100, 5))
        for limit, want in (("5", DONE), ("4", DATA), ("5%", DONE), ("4.9%", DATA), ("0", DATA),
                            ("100%", DONE)):
            self.run_program("ingest", "--max-rejects", limit, path, want=want,
                             store=self.folder / f"{limit}.db")
        for limit in ("many", "-1", "101%", "1.5", "%", ""):
            self.run_program("ingest", "--max-rejects", limit, path, want=USAGE)

    def test_strict_takes_no_bad_row(self):
        path = self.bill("may.csv", self.rows_with_bad(5000, 1))
        self.run_program("ingest", path, store=self.folder / "loose.db")
        self.run_program("ingest", "--strict", path, want=DATA)
        self.run_program("ingest", "--strict", "--max-rejects", "1", path, want=USAGE)

    def test_rejects_can_be_asked_for_one_file(self):
        one = self.bill("one.csv", self.rows_with_bad(1000, 1))
        two = self.bill("two.csv", [dict(row, BillingAccountId="7")
                                    for row in self.rows_with_bad(1000, 1)])
        self.ingest(one, two)
        _, rows = self.csv("rejects")
        self.assertEqual(len(rows), 2)
        _, rows = self.csv("rejects", "--file", two)
        self.assertEqual([row[1] for row in rows], [str(two)])
        _, rows = self.csv("rejects", "--file", "nothing")
        self.assertEqual(rows, [])

    def test_lines_are_counted_through_quoted_line_breaks(self):
        rows = self.rows_with_bad(1000, 0)
        rows[3]["ServiceName"] = "two\nlines"
        rows[500]["BilledCost"] = "oops"
        self.ingest(self.bill("may.csv", rows))
        head, found = self.csv("rejects")
        self.assertEqual(found[0][head.index("line")], "503")

    def test_two_files_of_the_same_bytes_do_not_count_twice(self):
        rows = self.rows_with_bad(10, 0)
        one, two = self.bill("bill.csv", rows), self.bill("bill (1).csv", rows)
        done = self.run_program("ingest", one, two)
        self.assertIn("same bytes", done.err)
        self.assertEqual(self.total(), {"USD": "10.00"})

    def test_what_could_not_be_summed_is_refused_and_the_store_stays(self):
        fine = "0.4838709677419354838709677419"
        self.ingest(self.bill("may.csv", [focus_row(cost="9000000000"), focus_row(cost=fine)]))
        self.assertEqual(self.total(), {"USD": "9000000000.4838709677419354838709677419"})
        june = [focus_row(day="2026-06-01", cost="9000000000"),
                focus_row(day="2026-06-02", cost=fine)]
        done = self.run_program("ingest", self.bill("june.csv", june), want=DATA)
        self.assertIn("BilledCost", done.err)
        self.run_program("check")
        self.assertEqual(self.total(), {"USD": "9000000000.4838709677419354838709677419"})

    def test_a_file_beside_its_packed_form_is_refused(self):
        one = self.bill("bill.csv", self.rows_with_bad(10, 0))
        packed = self.folder / "bill.csv.gz"
        packed.write_bytes(gzip.compress(one.read_bytes()))
        self.assertIn("twice", self.run_program("ingest", one, packed, want=DATA).err)
        self.ingest(one)

    def test_the_ledger_can_be_asked_for_one_source(self):
        self.ingest(self.bill("may.csv", self.rows_with_bad(10, 0)))
        head, rows = self.csv("imports")
        source = rows[0][head.index("source")]
        self.assertEqual(self.csv("imports", "--source", source)[1], rows)
        self.assertEqual(self.csv("imports", "--source", "nobody")[1], [])

    def test_rows_are_stored_rejected_or_skipped(self):
        text = harness.focus_text(self.rows_with_bad(1000, 1))
        lines = text.splitlines(keepends=True)
        lines.insert(40, "\n")
        lines.insert(80, lines[0])
        for name in ("plain", "gz"):
            content = "".join(lines).encode()
            path = self.write(f"{name}.csv", gzip.compress(content) if name == "gz" else content)
            for delivery in self.ingest(path, store=self.folder / f"{name}.db"):
                for file in delivery["files"]:
                    self.assertEqual(file["rows"],
                                     file["stored"] + file["rejected"] + file["skipped"])
                    self.assertEqual(file["stored"], 999)


if __name__ == "__main__":
    harness.main()
