"""Names with control characters, broken UTF-8 and markup: every part of a workbook stays XML."""
import unittest
import xml.etree.ElementTree as ElementTree
import zipfile

import harness
from harness import focus_row, focus_text

NAMES = [b"\x07bell", b"\x1b[31mred", b"\x0btab", b"a\x01b\x02c\x1f", b"\x7fdel\xc2\x85next",
         b"\xed\xa0\x80lone", b"\xef\xbf\xbe\xef\xbf\xbf", b"\xff\xfebytes", b"=1+1<&>\"'",
         b"_x001B_", b"]]>", b"\xe2\x80\xae\xf3\xa0\x80\x81x", b"line\nbreak", b"\r", b"  "]


class HostileNames(harness.ProgramTest):
    def bill_of(self, names):
        rows = [focus_row(f"2026-05-{1 + i:02}", f"{i + 1}.25", ServiceName=f"NAME{i:02}",
                          SubAccountName=f"NAME{i:02}", Tags='{"team":"NAME%02d"}' % i)
                for i in range(len(names))]
        content = focus_text(rows).encode()
        for i, name in enumerate(names):
            quoted = name.replace(b'"', b'""')
            content = content.replace(b'{""team"":""NAME%02d""}' % i,
                                      b'{""team"":""' + name.replace(b'"', b"'") + b'""}')
            content = content.replace(b"NAME%02d" % i, b'"' + quoted + b'"')
        return self.write("bill.csv", content)

    def assert_parts_are_xml(self, book):
        with zipfile.ZipFile(book) as parts:
            names = parts.namelist()
            for name in names:
                with self.subTest(part=name):
                    ElementTree.fromstring(parts.read(name))
        self.assertTrue(any("chart" in name for name in names), names)

    def test_a_workbook_of_any_names_is_xml(self):
        self.run_program("ingest", "--max-rejects", "50%", self.bill_of(NAMES))
        for number, options in enumerate([["--by", "service"], ["--by-tag", "team"],
                                          ["--by", "service", "--time-series", "day"]]):
            book = self.folder / f"{number}.xlsx"
            self.run_program("--year", "2026", *options, "-o", book)
            self.assert_parts_are_xml(book)
        book = self.folder / "monthly.xlsx"
        self.run_program("report", "monthly", "--month", "2026-05", "-o", book)
        self.assert_parts_are_xml(book)


if __name__ == "__main__":
    harness.main()
