"""Generated bills and LLM usage with their exact truths, made once and kept under build/bench."""
import shutil
import subprocess
from collections import namedtuple
from pathlib import Path

import aws_month
import truth
from race import Skip

# path; truth: of truth.load; rows; size in bytes, of the text before any packing
Data = namedtuple("Data", "path truth rows size")
ROW_BYTES = {"bills": 860, "llm": 440}


class Generator:
    def __init__(self, program, folder):
        self.program, self.folder = str(program), folder

    def command(self, kind, first, rows, total, truth_path, unique=0):
        options = {"--from": first, "--rows": rows, "--total": total, "--unique": unique,
                   "--truth": truth_path}
        return [self.program, kind, *(str(word) for option in options.items() for word in option)]

    def need_space(self, size):
        free = shutil.disk_usage(self.folder).free
        if free < size * 1.1 + 1e9:
            raise Skip(f"needs {size / 1e9:.0f} GB of disk, {free / 1e9:.0f} GB are free")

    def part(self, first, rows, total, unique=0, name="part"):
        """Rows first.. of `total` bills, written anew each time; the caller deletes the file."""
        self.need_space(rows * ROW_BYTES["bills"])
        path, sums = self.folder / f"{name}.csv", self.folder / f"{name}.tsv"
        with open(path, "wb") as text:
            subprocess.run(self.command("bills", first, rows, total, sums, unique), stdout=text,
                           check=True)
        return Data(path, truth.load(sums), rows, path.stat().st_size)

    def stream(self, first, rows, total, unique=0):
        """The same through a pipe: a process, and the file its truth is in when it has ended."""
        sums = self.folder / "stream.tsv"
        return subprocess.Popen(self.command("bills", first, rows, total, sums, unique),
                                stdout=subprocess.PIPE), sums

    @staticmethod
    def truth_of(maker, sums):
        """Of a stream() that has been read."""
        maker.stdout.close()
        if maker.wait() != 0:
            raise RuntimeError("gen_bills failed")
        return truth.load(sums)

    def kept(self, kind, rows, unique=0):
        stem = f"{kind}-{rows}" + (f"-unique{unique}" if unique else "")
        path = self.folder / f"{stem}{'.ndjson' if kind == 'llm' else '.csv'}"
        sums = self.folder / f"truth-{stem}.tsv"
        if not path.exists() or not sums.exists():
            self.need_space(rows * ROW_BYTES[kind])
            print(f"+ gen_bills {kind} --rows {rows}" + (f" --unique {unique}" if unique else ""),
                  flush=True)
            half_made = path.with_suffix(".part")
            with open(half_made, "wb") as text:
                subprocess.run(self.command(kind, 0, rows, rows, sums, unique), stdout=text,
                               check=True)
            half_made.rename(path)
        return Data(path, truth.load(sums), rows, path.stat().st_size)

    def bills(self, rows, unique=0):
        return self.kept("bills", rows, unique)

    def llm(self, rows):
        return self.kept("llm", rows)

    def aws(self, rows):
        """An AWS month (aws_month.py): path is a list of .gz parts; size that of the text."""
        stem = self.folder / f"aws-{rows}"
        paths = [Path(f"{stem}-{part + 1}.csv.gz") for part in range(aws_month.PARTS)]
        size, sums = Path(f"{stem}.size"), Path(f"{stem}.tsv")
        if not size.exists():
            print(f"+ aws_month {rows}", flush=True)
            size.write_text(str(aws_month.make(stem, rows)))
        return Data(paths, truth.load(sums), rows, int(size.read_text()))

    def packed(self, data):
        """The same data as .gz; size stays that of the text."""
        path = data.path.with_name(data.path.name + ".gz")
        if not path.exists():
            half_made = path.with_suffix(".part")
            with open(half_made, "wb") as packed:
                subprocess.run(["gzip", "-6", "-c", str(data.path)], stdout=packed, check=True)
            half_made.rename(path)
        return data._replace(path=path)
