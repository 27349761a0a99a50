"""An ingest is the same whatever the number of threads and the inflate engine: what is stored, what
is said, and of several bad files the first is the one that is named."""
import gzip

import harness
from harness import DATA, DONE, STORE, USAGE, focus_row, focus_text

WAYS = [("--jobs", "1", "--inflate", "zlib"), ("--jobs", "1"), ("--jobs", "2"),
        ("--jobs", "2", "--inflate", "zlib"), ("--jobs", "5")]


def month(number, rows=4000):
    """Some 1 MB of rows of a month, more than the head of a file and than a block."""
    return focus_text([focus_row(day=f"2026-{number:02}-{at % 28 + 1:02}", cost=f"{at}.{at % 97:02}",
                                 ServiceName=f"Service {at % 13}") for at in range(rows)])


class Jobs(harness.ProgramTest):
    def setUp(self):
        super().setUp()
        self.files = []
        for number in range(1, 7):
            text = month(number).encode()
            zipped = number % 2 == 0
            self.files.append(self.write(f"bills/m{number}.csv" + (".gz" if zipped else ""),
                                         gzip.compress(text) if zipped else text))

    def outcomes(self, *arguments, want):
        """What each way says and stores; checks that it is the same for all and gives it once."""
        seen = []
        for number, way in enumerate(WAYS):
            store = self.folder / f"store{number}.db"
            result = self.run_program("ingest", "--json", *way, *arguments, store=store, want=want)
            stored = b""
            if store.exists():
                stored = self.run_program("--by", "service,month", "--from", "2026-01-01",
                                          "--to", "2026-12-31", "--format", "csv", "--exact",
                                          store=store).bytes
                store.unlink()
            seen.append((result.err, result.bytes, stored))
        for way, other in zip(WAYS, seen):
            self.assertEqual(other, seen[0], way)
        return seen[0]

    def test_many_files_give_the_same_store(self):
        _, _, stored = self.outcomes("bills", want=DONE)
        self.assertEqual(stored.count(b"\n"), 1 + 13 * 6)

    def test_a_repeated_file_is_passed_over(self):
        (self.folder / "bills/m1a.csv").write_bytes(self.files[0].read_bytes())
        said, _, _ = self.outcomes("bills", want=DONE)
        self.assertIn("same bytes", said)

    def test_of_two_bad_files_the_first_is_named(self):
        good = self.files[1].read_bytes()
        self.files[1].write_bytes(good[:len(good) // 2])  # found out in its midst
        self.files[2].write_bytes(b"\xff\xfeB\x00i\x00l\x00")  # found out at once
        said, _, _ = self.outcomes("bills", want=DATA)
        self.assertIn("m2.csv.gz: gz: is cut", said)
        self.assertNotIn("m3.csv", said)

    def test_the_reader_may_give_up_before_the_inflater(self):
        text = focus_text([]) + "\0" * 100 + "\n" * 3000000
        self.files[3].write_bytes(gzip.compress(text.encode()) + b"rubbish")
        self.outcomes("bills", want=DATA)

    def test_a_file_that_is_gone_is_named_in_its_turn(self):
        (self.folder / "bills/m3a.csv").symlink_to("nowhere.csv")
        said, _, _ = self.outcomes("bills", self.folder / "none.csv", want=STORE)
        self.assertIn("none.csv", said)

    def test_standard_input_is_read_ahead_too(self):
        wanted = None
        for way in WAYS:
            store = self.folder / "stdin.db"
            result = self.run_program("ingest", "--json", *way, "-", store=store,
                                      data=self.files[1].read_bytes())
            store.unlink()
            wanted = wanted or result.bytes
            self.assertEqual(result.bytes, wanted, way)

    def test_an_engine_that_is_not_there_is_a_usage_error(self):
        result = self.run_program("ingest", "--inflate", "fast", "bills", want=USAGE)
        self.assertIn('no inflate engine named "fast"', result.err)
        self.run_program("ingest", "--jobs", "0", "bills", want=USAGE)


if __name__ == "__main__":
    harness.main()
