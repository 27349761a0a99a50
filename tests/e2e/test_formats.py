"""One report, every output: the same figures, in the shapes that the contract fixes."""
import csv
import html
import io
import json
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as tree
import zipfile
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import harness
from harness import SAMPLE

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
OCTOBER = ("--by-tag", "team", "--month", "2026-10")


def shown(amount):
    """As people see it: minor unit, half-even, thousands set apart."""
    return f"{Decimal(amount).quantize(Decimal('0.01'), ROUND_HALF_EVEN):,}"


def sheet_rows(path, name):
    """Cell values of one sheet as text."""
    with zipfile.ZipFile(path) as book:
        texts = ["".join(node.itertext())
                 for node in tree.fromstring(book.read("xl/sharedStrings.xml"))]
        names = [sheet.get("name")
                 for sheet in tree.fromstring(book.read("xl/workbook.xml")).iter(MAIN + "sheet")]
        sheet = tree.fromstring(book.read(f"xl/worksheets/sheet{names.index(name) + 1}.xml"))
    for row in sheet.iter(MAIN + "row"):
        yield [texts[int(cell.find(MAIN + "v").text)] if cell.get("t") == "s"
               else cell.find(MAIN + "v").text
               for cell in row if cell.find(MAIN + "v") is not None]


class SameFigures(harness.ProgramTest):
    def setUp(self):
        super().setUp()
        self.run_program("ingest", SAMPLE / "bills")
        _, self.rows = self.csv(*OCTOBER)
        self.sums = {}
        for _, currency, cost, count in self.rows:
            total = self.sums.setdefault(currency, [Decimal(0), 0])
            total[0] += Decimal(cost)
            total[1] += int(count)

    def test_csv_has_the_contracts_header_and_every_digit(self):
        head, rows = self.csv(*OCTOBER)
        self.assertEqual(head, ["team", "currency", "total_cost", "record_count"])
        for row in rows:
            self.assertRegex(row[2], r"^-?\d+\.\d{2,}$")
        self.assertGreater(len(rows), 10)
        self.assertTrue(any(len(row[2].split(".")[1]) > 6 for row in rows))

    def test_tsv_is_csv_with_tabs(self):
        text = self.run_program(*OCTOBER, "--format", "tsv").out
        rows = [tuple(line.split("\t")) for line in text.splitlines()]
        self.assertEqual(rows[0], ("team", "currency", "total_cost", "record_count"))
        self.assertEqual(rows[1:], self.rows)

    def test_json_has_the_contracts_shape(self):
        text = self.run_program(*OCTOBER, "--time-series", "day", "--format", "json").out
        answer = json.loads(text, parse_float=str, parse_int=str)
        self.assertEqual(answer["report"], "by-tag")
        self.assertEqual(answer["dimensions"], ["tag:team"])
        self.assertEqual(answer["cost"], "billed")
        self.assertEqual({k: answer["period"][k] for k in ("first", "last", "tz")},
                         {"first": "2026-10-01", "last": "2026-10-31", "tz": "UTC"})
        self.assertEqual(answer["as_of"], "2026-10-31")
        for group in answer["groups"]:
            self.assertEqual(list(group), ["tag_value", "currency", "total_cost", "record_count"])
        self.assertEqual([tuple(group.values()) for group in answer["groups"]], self.rows)
        for point in answer["time_series"]:
            self.assertEqual(list(point), ["date", "tag_value", "currency", "total_cost"])
            self.assertRegex(point["date"], r"^2026-10-\d\d$")
        for group in answer["groups"]:
            parts = [Decimal(point["total_cost"]) for point in answer["time_series"]
                     if (point["tag_value"], point["currency"]) ==
                     (group["tag_value"], group["currency"])]
            self.assertEqual(sum(parts), Decimal(group["total_cost"]))
        for total in answer["totals"]:
            self.assertEqual(list(total), ["currency", "total_cost", "record_count"])
            wanted = self.sums.pop(total["currency"])
            self.assertEqual((Decimal(total["total_cost"]), int(total["record_count"])),
                             tuple(wanted))
        self.assertEqual(self.sums, {})
        self.assertNotRegex(text, r'"total_cost":\s*-?[\d.]+[eE]')

    def test_json_of_other_dimensions_names_each(self):
        text = self.run_program("--by", "service,tag:team", "--month", "2026-10", "--cost", "list",
                                "--format", "json").out
        answer = json.loads(text, parse_float=str)
        self.assertEqual(answer["dimensions"], ["service", "tag:team"])
        self.assertEqual(answer["cost"], "list")
        self.assertEqual(list(answer["groups"][0]),
                         ["service", "team", "currency", "total_cost", "record_count"])

    def test_no_member_of_json_comes_twice(self):
        def check(pairs):
            names = [name for name, _ in pairs]
            self.assertEqual(len(names), len(set(names)), names)
            return dict(pairs)
        for by in ("currency", "provider,currency", "day,currency", "tag:currency"):
            text = self.run_program("--by", by, "--format", "json").out
            json.loads(text, object_pairs_hook=check)

    def table_rows(self, text):
        """(team, currency, cost, records) of the lines of the terminal's table."""
        for line in text.splitlines():
            found = re.match(r"(.+?) {2,}(USD|EUR) +(-?[\d,.]+) .*?([\d,]+)\s*$", line)
            if found:
                yield found[1], found[2], found[3], found[4]

    def wanted_rows(self):
        return [(row[0], row[1], shown(row[2]), f"{int(row[3]):,}") for row in self.rows] + [
            ("Total", currency, shown(total), f"{count:,}")
            for currency, (total, count) in sorted(self.sums.items())]

    def test_the_table_shows_minor_units_and_totals(self):
        text = self.run_program(*OCTOBER).out
        self.assertEqual(list(self.table_rows(text)), self.wanted_rows())
        self.assertIn("billed", text)

    def test_an_exact_table_shows_every_digit(self):
        text = self.run_program(*OCTOBER, "--exact").out
        exact = [(row[0], row[1], row[2]) for row in self.rows]
        found = [(team, currency, cost.replace(",", ""))
                 for team, currency, cost, _ in self.table_rows(text)]
        self.assertEqual(found[:len(exact)], exact)

    def test_the_workbook_stores_the_numbers(self):
        path = self.folder / "x.xlsx"
        self.run_program(*OCTOBER, "-o", path)
        rows = list(sheet_rows(path, "groups"))
        self.assertEqual([cell.lower() for cell in rows[0][:2]], ["team", "currency"])
        data = rows[1:1 + len(self.rows)]
        for found, wanted in zip(data, self.rows):
            self.assertEqual((found[0], found[1], found[-1]), (wanted[0], wanted[1], wanted[3]))
            self.assertAlmostEqual(float(found[2]), float(wanted[2]), delta=1e-9)

    def test_the_page_shows_the_same_rows(self):
        text = self.run_program(*OCTOBER, "--format", "html").out
        text = html.unescape(re.sub(r"<[^>]*>", "\n", text))
        for team, currency, cost, _ in self.wanted_rows():
            self.assertIn(team, text)
            self.assertIn(cost, text)

    @unittest.skipUnless(shutil.which("pdftotext"), "pdftotext is not installed")
    def test_the_pdf_shows_the_same_rows(self):
        path = self.folder / "x.pdf"
        self.run_program(*OCTOBER, "-o", path)
        text = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True,
                              check=True).stdout.decode()
        found = {(team.strip(), currency, cost)
                 for team, currency, cost, _ in self.table_rows(text)}
        self.assertLessEqual({row[:3] for row in self.wanted_rows()}, found)

    def test_the_suffix_decides_where_no_format_is_given(self):
        for name, start in (("x.csv", b"team,"), ("x.tsv", b"team\t"), ("x.json", b"{"),
                            ("x.xlsx", b"PK"), ("x.pdf", b"%PDF"), ("x.html", b"<!")):
            path = self.folder / name
            result = self.run_program(*OCTOBER, "-o", path)
            self.assertEqual(result.out, "")
            self.assertTrue(path.read_bytes().lower().startswith(start.lower()), name)
            if name == "x.csv":
                piped = self.run_program(*OCTOBER, "--format", "csv").bytes
                self.assertEqual(piped, path.read_bytes())
        self.run_program(*OCTOBER, "-o", self.folder / "y.csv", "--format", "json")
        json.loads((self.folder / "y.csv").read_text())

    def test_csv_dialects(self):
        plain = self.run_program(*OCTOBER, "--format", "csv").bytes
        with_bom = self.run_program(*OCTOBER, "--format", "csv", "--bom").bytes
        self.assertEqual(with_bom, b"\xef\xbb\xbf" + plain)
        with_crlf = self.run_program(*OCTOBER, "--format", "csv", "--crlf").bytes
        self.assertEqual(with_crlf, plain.replace(b"\n", b"\r\n"))

    def test_awkward_names_survive_csv_and_json(self):
        names = ['a,b', 'say "hi"', "two\nlines", "tab\tbed", " blank ", "ümläut", "日本語", "a'b",
                 "back\\slash", "</script>", "%s%n", "'quoted"]
        rows = [harness.focus_row(ServiceName=name) for name in names]
        self.store = self.folder / "names.db"
        self.ingest(self.bill("names.csv", rows))
        _, found = self.csv("--by", "service", "--year", "2026")
        self.assertEqual(sorted(row[0] for row in found), sorted(names))
        answer = json.loads(self.run_program("--by", "service", "--year", "2026", "--format",
                                             "json").out)
        self.assertEqual(sorted(g["service"] for g in answer["groups"]), sorted(names))
        for name in ("table", "tsv", "xlsx", "pdf", "html"):
            self.run_program("--by", "service", "--year", "2026", "--format", name)
        page = self.run_program("--by", "service", "--year", "2026", "--format", "html").out
        self.assertNotIn("</script>", page.replace("&lt;/script&gt;", ""))

    def test_the_other_half_of_the_program_is_found_or_named(self):
        program = Path(harness.program["path"])
        alone = self.folder / "bin"
        alone.mkdir()
        shutil.copy(program, alone / "gpureport")
        call = [alone / "gpureport", "--store", self.store, *OCTOBER, "--format", "pdf", "-o",
                self.folder / "x.pdf"]
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, harness.RENDER, done.stderr)
        self.assertIn("gpureport-documents", done.stderr)
        installed = self.folder / "libexec" / "gpureport"
        installed.mkdir(parents=True)
        shutil.copy(program.parent / "gpureport-documents", installed)
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.folder / "x.pdf").read_bytes().startswith(b"%PDF"))

    def test_a_report_as_csv_is_one_file_a_table(self):
        folder = self.folder / "out"
        folder.mkdir()
        self.run_program("report", "monthly", "--month", "2026-10", "--format", "csv", "-o",
                         str(folder) + "/")
        files = sorted(folder.iterdir())
        self.assertGreater(len(files), 2)
        for path in files:
            rows = list(csv.reader(io.StringIO(path.read_text(), newline="")))
            self.assertEqual({len(row) for row in rows}, {len(rows[0])}, path.name)


if __name__ == "__main__":
    harness.main()
