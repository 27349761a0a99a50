"""The README's commands do what it says: each is run, in order, on the sample data."""
import os
import re
import subprocess
import unittest

import harness
from harness import BREACHED, DONE, ROOT, SAMPLE, program


class Readme(harness.ProgramTest):
    def commands(self):
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        blocks = re.findall(r"```sh\n(.*?)```", text, re.S)
        lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
        return [line for line in lines if line.startswith("gpureport ")]

    def test_every_command_runs_on_the_sample_data(self):
        for name, folder in (("bills", "bills"), ("usage", "usage"), ("gpu", "gpu")):
            (self.folder / name).symlink_to(SAMPLE / folder)
        for name in ("prices.csv", "budgets.ini"):
            (self.folder / name).symlink_to(SAMPLE / name)
        (self.folder / "gpureport").symlink_to(program["path"])
        environment = {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}",
                       "LC_ALL": "C.UTF-8"}
        environment.pop("GPUREPORT_STORE", None)
        commands = self.commands()
        self.assertGreater(len(commands), 8)
        environment["XDG_DATA_HOME"] = str(self.folder / "data")
        for command in commands:
            with self.subTest(command=command):
                done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=environment,
                                      capture_output=True, text=True, check=False)
                self.assertIn(done.returncode, (DONE, BREACHED), done.stderr)
        self.assertTrue((self.folder / "october.pdf").read_bytes().startswith(b"%PDF"))


if __name__ == "__main__":
    harness.main()
