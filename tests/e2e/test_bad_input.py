"""Bad input and bad circumstances: a clear message, the right exit code, nothing half-written."""
import gzip
import json
import os
import sqlite3
import subprocess
import unittest

import harness
from harness import DATA, DONE, RENDER, SAMPLE, STORE, USAGE, focus_row, focus_text

ROWS = [focus_row(day=f"2026-05-{1 + n % 28:02}", cost="1") for n in range(40)]


class BadFiles(harness.ProgramTest):
    """Files that can't be ingested; the store stays or is not made at all."""

    def refuse(self, content, *messages, name="bad.csv", want=DATA, options=()):
        path = self.write(name, content)
        result = self.run_program("ingest", *options, path, want=want)
        for message in (name, *messages):
            self.assertIn(message, result.err)
        self.assertFalse(self.store.exists(), "a failed first ingest left a store")
        path.unlink()
        self.assert_no_leftovers("store.db-lock")

    def test_a_file_of_nobody(self):
        self.refuse("a,b,c\n1,2,3\n", "focus", "usage", "sync")
        self.refuse(os.urandom(5000), name="random.bin")
        self.refuse("{}", name="empty.json")
        self.refuse("[1,2,3]", name="numbers.json")
        self.refuse("<html></html>", name="page.csv")

    def test_an_empty_file(self):
        self.refuse(b"", "empty")
        self.refuse(gzip.compress(b""), name="bad.csv.gz")
        self.refuse(b"\xef\xbb\xbf")
        self.refuse(b"\n\n\n")

    def test_a_header_alone_is_no_error_and_no_data(self):
        path = self.bill("header.csv", [])
        result = self.run_program("ingest", path)
        self.assertIn("no rows", result.err)
        self.assertEqual(self.ingest(path), [])

    def test_a_cut_gz(self):
        whole = gzip.compress(focus_text(ROWS * 50).encode())
        for size in (len(whole) - 1, len(whole) - 9, len(whole) // 2, 12, 5):
            self.refuse(whole[:size], name="cut.csv.gz")
        damaged = bytearray(whole)
        damaged[len(whole) // 2] ^= 0xFF
        self.refuse(bytes(damaged), name="damaged.csv.gz")

    def test_garbage_behind_a_gz_member(self):
        self.refuse(gzip.compress(focus_text(ROWS).encode()) + b"garbage", name="tail.csv.gz")

    def test_a_missing_required_column(self):
        for column in ("BillingCurrency", "ChargePeriodStart"):
            columns = [name for name in harness.COLUMNS if name != column]
            rows = [{name: row[name] for name in columns} for row in ROWS]
            self.refuse(focus_text(rows, columns=columns))

    def test_a_column_twice(self):
        text = focus_text(ROWS).replace("ListCost", "BilledCost", 1)
        self.refuse(text, "BilledCost")

    def test_a_csv_that_never_closes_its_quote(self):
        self.refuse(focus_text(ROWS) + '"never closed\n' * 3)

    def test_broken_json(self):
        self.refuse('{"instances": [', name="sync.json")
        self.refuse('{"ts":"2026-05-01T00:00:00Z","model":"m","tokens":{"input":1}}\n{"ts":',
                    name="usage.ndjson", options=("--strict",))

    def test_a_missing_file_or_folder(self):
        for path in ("missing.csv", "missing/", "missing/x.csv"):
            result = self.run_program("ingest", self.folder / path, want=STORE)
            self.assertIn("missing", result.err)
        self.assertFalse(self.store.exists())

    def test_an_unknown_input_format(self):
        path = self.bill("may.csv", ROWS)
        self.run_program("ingest", "--format", "foscus", path, want=USAGE)
        self.run_program("ingest", want=USAGE)
        self.run_program("ingest", "--format", "usage", path, want=DATA)
        self.assertFalse(self.store.exists())


class BadRows(harness.ProgramTest):
    """One row that can't be read is quarantined with its line; the others are stored."""

    def quarantine(self, text, line, column=None, reason=None, stored=40):
        path = self.write("may.csv", text)
        delivery, = self.ingest("--max-rejects", "1", path)
        file, = delivery["files"]
        self.assertEqual((file["stored"], file["rejected"]), (stored, 1))
        head, rows = self.csv("rejects")
        reject = dict(zip(head, rows[0]))
        self.assertEqual((len(rows), reject["line"]), (1, str(line)))
        if column:
            self.assertEqual(reject["column"], column)
        if reason:
            self.assertIn(reason, reject["reason"])
        self.assertTrue(reject["reason"])
        self.run_program("ingest", "--strict", path, want=DATA, store=self.folder / "strict.db")
        self.run_program("check")
        return reject

    def with_cell(self, column, value):
        return focus_text([*ROWS, focus_row(**{column: value})])

    def test_ragged_rows(self):
        lines = focus_text(ROWS).splitlines(keepends=True)
        short = "".join(lines + [",".join(lines[1].split(",")[:6]) + "\n"])
        self.quarantine(short, 42)

    def test_a_row_with_too_many_cells(self):
        lines = focus_text(ROWS).splitlines(keepends=True)
        self.quarantine("".join(lines + [lines[1].rstrip("\n") + ",more,cells\n"]), 42)

    def test_amounts_that_are_none(self):
        for value in ("1,20", "NaN", "nan", "inf", "-Infinity", "1e40", "1E400", "0x10", "1.2.3",
                      "--1", "1 000", "$5", "$1,20", "$1,20.00", "5$", "٣", "1e", "+", ".", "9" * 60, "1e-40"):
            self.store = self.folder / f"{abs(hash(value))}.db"
            reject = self.quarantine(self.with_cell("BilledCost", value), 42, "BilledCost")
            self.assertEqual(reject["value"], value)

    def test_spellings_of_amounts_that_are_good(self):
        values = ["1", "-1", "1.50", "0.5", "1e3", "1E+3", "1E-10", "0", "-0", "00012.50"]
        rows = [*ROWS, *(focus_row(cost=value) for value in values)]
        file, = self.ingest("--strict", self.bill("may.csv", rows))[0]["files"]
        self.assertEqual(file["stored"], 50)
        self.assertEqual(self.total(), {"USD": "2054.5000000001"})

    def test_a_date_that_is_none(self):
        for value in ("2026-13-01", "2026-02-30T00:00:00Z", "yesterday", "20260501"):
            self.store = self.folder / f"{abs(hash(value))}.db"
            self.quarantine(self.with_cell("ChargePeriodStart", value), 42, "ChargePeriodStart")

    def test_a_currency_that_is_absent(self):
        self.quarantine(self.with_cell("BillingCurrency", ""), 42)

    def test_a_huge_cell(self):
        self.quarantine(self.with_cell("ServiceName", "x" * 10_000_000), 42)

    def test_nul_bytes(self):
        text = focus_text([*ROWS, focus_row(ServiceName="a@b")]).encode()
        self.quarantine(text.replace(b"a@b", b"a\0b"), 42)

    def test_bad_utf8(self):
        """Quarantined, or kept and repaired on the way out: never a crash, never invalid output."""
        text = focus_text([*ROWS, focus_row(ServiceName="a@b")]).encode()
        path = self.write("may.csv", text.replace(b"a@b", b"a\xff\xfeb"))
        file, = self.ingest("--max-rejects", "1", path)[0]["files"]
        self.assertEqual(file["stored"] + file["rejected"], 41)
        for name in ("csv", "json", "table", "tsv", "html"):
            result = self.run_program("--by", "service", "--year", "2026", "--format", name)
            result.bytes.decode("utf-8")
        self.run_program("rejects", "--format", "json").bytes.decode("utf-8")

    def test_tags_that_are_no_json(self):
        rows = [*ROWS, focus_row(Tags="not json"), focus_row(Tags='{"team":'), focus_row(Tags="[]")]
        path = self.bill("may.csv", rows)
        delivery, = self.ingest("--max-rejects", "3", path)
        file, = delivery["files"]
        _, found = self.csv("--by-tag", "team", "--year", "2026")
        self.assertEqual(sum(int(row[-1]) for row in found), file["stored"])

    def test_formulas_are_disarmed_in_csv(self):
        rows = [focus_row(ServiceName=name) for name in
                ('=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "\tx", "plain")]
        self.ingest(self.bill("may.csv", rows))
        text = self.run_program("--by", "service", "--year", "2026", "--format", "csv").out
        for line in text.splitlines()[1:]:
            self.assertNotRegex(line, r'^"?([=@\t]|[+-][^0-9])')

    def test_control_characters_do_not_reach_the_terminal(self):
        rows = [focus_row(ServiceName="a\x1b[31mred\x07\u202e\u200bx")]
        self.ingest(self.bill("may.csv", rows))
        out = self.run_program("--by", "service", "--year", "2026").out
        for sign in ("\x1b", "\x07", "\u202e"):
            self.assertNotIn(sign, out)
        result = self.run_program("ingest", self.write("x\x1b[31m.csv", "a,b\n"), want=DATA)
        self.assertNotIn("\x1b", result.err)


class BadStores(harness.ProgramTest):
    def setUp(self):
        super().setUp()
        self.may = self.bill("may.csv", ROWS)

    def test_a_missing_store_is_made_by_ingest_alone(self):
        for command in ([], ["--by-tag", "team"], ["imports"], ["rejects"], ["check"],
                        ["budgets", "--budgets", SAMPLE / "budgets.ini"],
                        ["report", "monthly"], ["prices", "list"],
                        ["query", "by-dimension"]):
            result = self.run_program(*command, want=None)
            self.assertEqual(result.exit, STORE, str(result))
            self.assertFalse(self.store.exists(), command)
        self.assert_no_leftovers("may.csv")

    def test_prices_need_a_store_too(self):
        self.run_program("prices", "import", SAMPLE / "prices.csv", want=STORE)
        self.assertFalse(self.store.exists())

    def refuse_store(self, *messages):
        before = self.store.read_bytes() if self.store.is_file() else None
        for command in (["--by-tag", "team"], ["ingest", self.may], ["imports"], ["check"]):
            result = self.run_program(*command, want=STORE)
            for message in messages:
                self.assertIn(message, result.err)
        if before is not None:
            self.assertEqual(self.store.read_bytes(), before)

    def test_a_store_of_another_program(self):
        with sqlite3.connect(self.store) as database:
            database.execute("create table notes(text)")
        database.close()
        self.refuse_store("store.db")

    def test_a_file_that_is_no_store(self):
        self.store.write_text("hello, this is no database at all\n" * 100)
        self.refuse_store("store.db")

    def test_a_store_of_a_newer_version(self):
        self.run_program("ingest", self.may)
        with sqlite3.connect(self.store) as database:
            version, = database.execute("pragma user_version").fetchone()
            database.execute(f"pragma user_version = {version + 1}")
        database.close()
        self.refuse_store("newer")

    def test_a_damaged_store(self):
        self.run_program("ingest", self.may)
        whole = self.store.read_bytes()
        self.store.write_bytes(whole[:len(whole) // 2])
        result = self.run_program("--by-tag", "team", "--year", "2026", want=None)
        self.assertEqual(result.exit, STORE, str(result))
        damaged = bytearray(whole)
        for at in range(len(whole) // 3, len(whole), 997):
            damaged[at] ^= 0x5A
        self.store.write_bytes(bytes(damaged))
        result = self.run_program("check", want=None)
        self.assertEqual(result.exit, STORE, str(result))

    def test_a_folder_as_store(self):
        self.store.mkdir()
        self.refuse_store()

    def test_a_store_in_no_folder(self):
        self.store = self.folder / "no" / "folder" / "x.db"
        self.run_program("ingest", self.may, want=STORE)
        self.run_program("--by-tag", "team", want=STORE)

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_store_that_may_not_be_written(self):
        self.run_program("ingest", self.may)
        self.store.chmod(0o400)
        self.run_program("--by-tag", "team")
        self.run_program("ingest", "--source", "other", self.may, want=STORE)

    def test_an_empty_period_is_an_answer(self):
        self.run_program("ingest", self.may)
        head, rows = self.csv("--by-tag", "team", "--month", "2020-01")
        self.assertEqual((head, rows), (["team", "currency", "total_cost", "record_count"], []))
        result = self.run_program("--by-tag", "team", "--month", "2020-01", "--format", "json")
        self.assertEqual(json.loads(result.out)["groups"], [])
        for name in ("table", "xlsx", "pdf", "html", "tsv"):
            self.run_program("--by-tag", "team", "--month", "2020-01", "--format", name)


class BadOutputs(harness.ProgramTest):
    def setUp(self):
        super().setUp()
        self.run_program("ingest", self.bill("may.csv", ROWS))
        self.kept = {path.relative_to(self.folder).as_posix()
                     for path in self.folder.rglob("*") if path.is_file()}

    def fail(self, *arguments, want=STORE):
        result = self.run_program("--by-tag", "team", "--year", "2026", *arguments, want=want)
        self.assert_no_leftovers(*self.kept)
        return result

    def test_an_output_that_can_not_be_written(self):
        for name in ("x.csv", "x.json", "x.xlsx", "x.pdf", "x.html", "x.txt", "x.tsv"):
            arguments = ["-o", self.folder / "no" / name]
            if name.endswith(".txt"):
                arguments += ["--format", "table"]
            result = self.fail(*arguments)
            self.assertIn(name, result.err)

    def test_a_full_disk(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full here")
        for name in ("csv", "json", "table", "xlsx", "pdf", "html", "tsv"):
            with open("/dev/full", "wb") as full:
                done = subprocess.run(
                    [str(harness.program["path"]), "--store", str(self.store), "--by-tag", "team",
                     "--year", "2026", "--format", name], stdout=full, stderr=subprocess.PIPE,
                    check=False)
            self.assertIn(done.returncode, (STORE, RENDER), f"{name}: {done.stderr}")
            self.assertIn(b"gpureport: ", done.stderr)

    def test_a_former_output_stays_when_the_new_one_fails(self):
        path = self.folder / "out.csv"
        self.run_program("--by-tag", "team", "--year", "2026", "-o", path)
        before = path.read_bytes()
        self.kept.add("out.csv")
        self.fail("-o", path, "--by", "nonsense", want=USAGE)
        self.assertEqual(path.read_bytes(), before)
        self.assertEqual(path.stat().st_mode & 0o077, 0)

    def test_an_unknown_suffix_or_format(self):
        self.fail("-o", self.folder / "x.docx", want=USAGE)
        result = self.fail("--format", "docx", want=USAGE)
        for name in ("table", "csv", "json", "tsv", "xlsx", "pdf"):
            self.assertIn(name, result.err)

    def test_no_gnuplot_still_gives_a_whole_document(self):
        """Charts fall back to drawing of our own and say so, or fail as rendering: never a torso."""
        for name in ("x.pdf", "x.html", "x.xlsx"):
            path = self.folder / name
            result = self.run_program("--by", "service", "--year", "2026", "--gnuplot",
                                      "/nonexistent/gnuplot", "-o", path, want=None)
            self.assertIn(result.exit, (DONE, RENDER), str(result))
            self.assertEqual(path.exists(), result.exit == DONE)
            if result.exit == DONE:
                self.assertGreater(path.stat().st_size, 500)
                path.unlink()
        self.assert_no_leftovers(*self.kept)


class BadCommandLines(harness.ProgramTest):
    def setUp(self):
        super().setUp()
        self.run_program("ingest", self.bill("may.csv", ROWS))

    def test_usage_errors_name_what_was_wrong(self):
        cases = [
            (["--by-tog", "team"], "by-tog"), (["--by", "teem"], "teem"),
            (["reprot"], "reprot"), (["--format", "docx"], "docx"),
            (["--cost", "net"], "net"), (["--dataset", "gpu"], "gpu"),
            (["--month", "2026-13"], "2026-13"), (["--month", "October"], "October"),
            (["--from", "2026-02-30"], "2026-02-30"), (["--days", "0"], "0"),
            (["--days", "ten"], "ten"), (["--days", "-3"], "-3"),
            (["--from", "2026-05-02", "--to", "2026-05-01"], "2026-05-02"),
            (["--month", "2026-05", "--year", "2026"], "--year"),
            (["--month", "2026-05", "--last-month"], "--last-month"),
            (["--quarter", "2026-Q5"], "2026-Q5"), (["--year", "26"], "26"),
            (["--as-of", "today"], "today"), (["--top", "0"], "0"), (["--top", "x"], "x"),
            (["--compare", "next"], "next"), (["--time-series", "hour"], "hour"),
            (["--time-series", "day", "--format", "csv"], "--by"),
            (["--where", "teem=x"], "teem"), (["--where", "team"], "team"),
            (["--simd", "mmx"], "mmx"), (["--jobs", "0"], "0"), (["--tz", "Mars/Base"], "Mars/Base"),
            (["--color", "pink"], "pink"), (["--by", "service,service"], "service"),
            (["--by", "service,account,region,provider,day"], "4"),
            (["--by", ""], "--by"), (["--fail-over", "80%"], "--budgets"),
            (["report"], "report"), (["report", "yearly"], "yearly"), (["query"], "query"),
            (["query", "no-such-query"], "no-such-query"), (["help", "nothing"], "nothing"),
            (["imports", "shwo"], "shwo"), (["prices", "improt"], "improt"),
            (["--allow-shrink"], "--allow-shrink"), (["--quiet=yes"], "quiet"),
            (["--store"], "--store"), (["--month"], "--month"), (["-o"], "output"),
            (["--budgets"], "--budgets"),
        ]
        for arguments, message in cases:
            with self.subTest(arguments=arguments):
                result = self.run_program(*arguments, want=USAGE)
                self.assertIn(message, result.err)
                self.assertEqual(len(result.err.strip().splitlines()), 1, result.err)
                self.assertTrue(result.err.startswith("gpureport: "), result.err)

    def test_sql_may_only_read(self):
        for text in ("delete from delivery", "drop table delivery", "pragma user_version = 9",
                     "attach 'x.db' as x", "insert into meta values ('a','b')", "vacuum",
                     "create table x(a)", "select load_extension('x')", "select 1; drop table meta",
                     "select", "", "select * from nothing",
                     "select * from rollup('nothing','2026-01-01','2027-01-01')"):
            before = self.snapshot()
            with self.subTest(sql=text):
                result = self.run_program("query", "-", data=text.encode(), want=None)
                self.assertIn(result.exit, (USAGE, DATA), str(result))
                self.assertEqual(self.snapshot(), before)
        self.assertFalse((self.folder / "x.db").exists())

    def test_help_and_version_are_no_errors(self):
        for arguments in (["--help"], ["--version"], ["help"], ["help", "ingest"], ["help", "man"],
                          ["ingest", "--help"], ["formats"], ["dimensions"], ["reports"]):
            result = self.run_program(*arguments, store=False)
            self.assertTrue(result.out)
            self.assertEqual(result.err, "")


if __name__ == "__main__":
    harness.main()
