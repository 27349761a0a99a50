"""The same store and the same options give the same bytes: other zone, language, width, time."""
import time

import harness
from harness import SAMPLE

FORMATS = ("table", "csv", "tsv", "json", "xlsx", "pdf", "html")
ELSEWHERE = ({"TZ": "Pacific/Chatham", "LC_ALL": "C", "LANG": "de_DE.UTF-8", "COLUMNS": "40"},
             {"TZ": "America/St_Johns", "LC_ALL": "de_DE.UTF-8", "LANG": "ja_JP", "COLUMNS": "200",
              "TERM": "xterm-256color"})


class Reruns(harness.ProgramTest):
    def setUp(self):
        super().setUp()
        self.run_program("ingest", SAMPLE)
        self.run_program("prices", "import", SAMPLE / "prices.csv")

    def same_everywhere(self, *arguments, want=harness.DONE):
        first = self.run_program(*arguments, want=want).bytes
        self.assertTrue(first)
        time.sleep(1.1)  # clocks of files and documents have seconds
        for environment in ELSEWHERE:
            again = self.run_program(*arguments, environment=environment, want=want).bytes
            self.assertEqual(len(first), len(again), arguments)
            self.assertTrue(first == again, f"{arguments} differ under {environment}")
        threads = self.run_program(*arguments, "--jobs", "1", "--simd", "scalar", want=want).bytes
        self.assertTrue(first == threads, f"{arguments} differ with one scalar thread")

    def test_ad_hoc_reports(self):
        for name in FORMATS:
            self.same_everywhere("--by-tag", "team", "--month", "2026-10", "--format", name)

    def test_the_monthly_report(self):
        for name in ("pdf", "xlsx", "json"):
            self.same_everywhere("report", "monthly", "--month", "2026-10", "--budgets",
                                 SAMPLE / "budgets.ini", "--format", name,
                                 want=harness.BREACHED)

    def test_lists(self):
        for command in (["imports"], ["rejects"], ["prices", "list"], ["dimensions"], ["formats"],
                        ["budgets", "--budgets", SAMPLE / "budgets.ini"]):
            first = self.run_program(*command, want=None).bytes
            again = self.run_program(*command, environment=ELSEWHERE[0], want=None).bytes
            self.assertEqual(first, again)

    def test_two_stores_of_the_same_files_answer_alike(self):
        other = self.folder / "other.db"
        self.run_program("ingest", SAMPLE, store=other, environment=ELSEWHERE[0])
        self.run_program("prices", "import", SAMPLE / "prices.csv", store=other)
        for arguments in (("--by-tag", "team", "--format", "csv"),
                          ("report", "monthly", "--month", "2026-10", "--format", "pdf"),
                          ("imports", "--format", "csv")):
            self.assertEqual(self.run_program(*arguments).bytes,
                             self.run_program(*arguments, store=other).bytes)


if __name__ == "__main__":
    harness.main()
