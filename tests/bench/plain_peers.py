"""sqlite3 and pandas: nothing is asked of us against them, they are there for comparison."""
import truth
from measure import TWO


class Sqlite:
    """`.import` of the shell: every column as text."""
    def __init__(self, script, launcher, work):
        self.script, self.launcher, self.work = script, launcher, work

    def ingest(self, source, to, cpus):
        return self.launcher.run([self.script, source, to], cpus)

    def wrong(self, database, sums, costs):
        out = self.work / "answer.tsv"
        totals = ", ".join(f"printf('%.12f', sum({cost}))" for cost in costs)
        self.launcher.run(["sqlite3", "-separator", "\t", database,
                           f"SELECT ServiceName, count(*), {totals} FROM bills GROUP BY 1"],
                          TWO, output=out)
        answer = truth.of_tsv(out, 1, costs)
        yield from truth.differences(answer, sums["service"], costs, exact=False)


class Pandas:
    def __init__(self, python, script, launcher, work):
        self.python, self.script, self.launcher, self.work = python, script, launcher, work

    def ingest(self, source, to, cpus):
        return self.launcher.run([self.python, self.script, source, to], cpus)

    def wrong(self, pickle, sums, costs):
        out = self.work / "answer.tsv"
        text = ("import sys, pandas\n"
                "frame = pandas.read_pickle(sys.argv[1])\n"
                "groups = frame.groupby('team', observed=True)\n"
                "totals = groups[sys.argv[2].split(',')].sum()\n"
                "totals.insert(0, 'rows', groups.size())\n"
                "totals.to_csv(sys.stdout, sep='\\t', header=False)\n")
        self.launcher.run([self.python, "-c", text, pickle, ",".join(costs)], TWO, output=out)
        answer = truth.of_tsv(out, 1, costs)
        yield from truth.differences(answer, sums["team"], costs, exact=False)
