"""Polars as a peer, through peers/polars.mjs. It sums doubles, so it is compared with tolerance."""
import truth
from measure import TWO

QUESTIONS = {"team": 1, "team_day": 2, "service_month": 2, "total": 1}


class Polars:
    def __init__(self, script, modules, launcher, work):
        self.script, self.modules, self.launcher, self.work = script, modules, launcher, work

    def node(self, arguments, cpus):
        environment = {"BENCH_PEERS": str(self.modules),
                       "POLARS_MAX_THREADS": str(len(cpus.split(",")))}
        return self.launcher.run(["node", self.script, *arguments], cpus, environment=environment)

    def to_parquet(self, source, few, to, cpus):
        way = "sink" if few and source.suffix == ".gz" else "eager"
        return self.node(["ingest", source, to, "few" if few else "all", way], cpus)

    def wrong(self, parquet, sums, costs):
        out = self.work / "answer.tsv"
        for question, keys in QUESTIONS.items():
            self.node(["rollup", parquet, out, question, ",".join(costs)], TWO)
            answer = truth.of_tsv(out, keys, costs)
            want = sums[question] if question != "total" else {("",): sums["total"][()]}
            for line in truth.differences(answer, want, costs, exact=False):
                yield f"{question}: {line}"
