"""Our side: ingest and rollups as command lines, and the comparison of all answers with a truth."""
import csv
import subprocess
from decimal import Decimal
from typing import NamedTuple

import truth
from measure import TWO

# What a cost report keeps of the 57 columns, where `ingest` has an option for it
FOURTEEN = ("BillingCurrency,ChargeCategory,ChargePeriodStart,ProviderName,SubAccountId,"
            "ServiceName,RegionId,ResourceId,SkuId,Tags,ConsumedQuantity,BilledCost,"
            "EffectiveCost,ListCost")
SPAN = ["--from", "2025-01-01", "--to", "2026-12-31"]
# truth kind -> (number of keys, our options)
QUESTIONS = {
    "team": (1, ["--by-tag", "team", *SPAN]),
    "service": (1, ["--by", "service", *SPAN]),
    "day": (1, ["--by", "day", *SPAN]),
    "service_month": (2, ["--by", "service,month", *SPAN]),
    "team_day": (2, ["--by", "tag:team,day", *SPAN]),
    "total": (0, ["--by", "currency", *SPAN]),
}
# "A result never depends on": threads and SIMD level
ENGINES = ([], ["--simd", "scalar"], ["--jobs", "2"], ["--jobs", "2", "--simd", "scalar"])


class Store(NamedTuple):
    """A store file and the costs that were kept in it."""
    path: object
    costs: tuple = truth.COSTS

    def remove(self):
        for other in self.path.parent.glob(self.path.name + "*"):
            other.unlink()

    def size(self):
        return self.path.stat().st_size


class Gpureport:
    def __init__(self, program, launcher, work):
        self.program, self.launcher, self.work = str(program), launcher, work
        self.takes_columns = "--columns " in self.says("help", "ingest")
        self.formats = self.says("formats").split()

    def says(self, *arguments):
        return subprocess.run([self.program, *arguments], capture_output=True, text=True,
                              check=True).stdout

    def store(self, name, few=False):
        costs = truth.COSTS[:3] if few and self.takes_columns else truth.COSTS
        return Store(self.work / f"{name}.db", costs)

    def columns(self, few):
        return ["--columns", FOURTEEN] if few and self.takes_columns else []

    def kept(self, few):
        """What the table says of the columns that ours keeps."""
        return "ours keeps 14" if few and self.takes_columns else "ours keeps all 57"

    def ingest(self, store, sources, cpus, more=(), **how):
        jobs = len(cpus.split(","))
        command = [self.program, "ingest", "--quiet", "--store", store.path, "--jobs", jobs, *more]
        return self.launcher.run([*command, *sources], cpus, **how)

    def rollup(self, store, options, cpus, output, cost="EffectiveCost", more=(), **how):
        jobs = [] if "--jobs" in more else ["--jobs", len(cpus.split(","))]
        name = cost.removesuffix("Cost").lower()
        command = [self.program, *options, "--store", store.path, *jobs, *more, "--cost", name]
        return self.launcher.run([*command, "--format", "csv"], cpus, output=output, **how)

    def wrong(self, store, sums, engines=([],)):
        """Every line of a bills truth and every cost, on each engine."""
        out = self.work / "answer.csv"
        for more in engines:
            for kind, (keys, options) in QUESTIONS.items():
                for cost in store.costs:
                    self.rollup(store, options, TWO, out, cost, more)
                    answer = truth.of_csv(out, keys, cost)
                    for line in truth.differences(answer, sums[kind], [cost], exact=True):
                        yield f"{' '.join(more)} {kind}: {line}"

    def usage_wrong(self, store, sums):
        """The tokens of an LLM truth by model. Whether input_tokens contain the cached ones differs
        by provider, so `input` may be the truth's or what is left of it without them."""
        measures = ("output", "cache_read", "cache_write", "reasoning", "input")
        out, question = self.work / "answer.csv", self.work / "usage-question.sql"
        question.write_text(
            "SELECT key1, row_count, output, cache_read, "
            "money_add(cache_write_5m, cache_write_1h), reasoning, input "
            "FROM ai_rollup('model', '2025-01-01', '2027-01-01', '');\n")
        command = [self.program, "query", question, "--store", store.path, "--format", "csv"]
        self.launcher.run(command, TWO, output=out)
        answer = {}
        with open(out, encoding="utf-8", newline="") as text:
            for model, rows, *tokens in list(csv.reader(text))[1:]:
                answer[model,] = int(rows), dict(zip(measures, (Decimal(x or 0) for x in tokens)))
        yield from truth.differences(answer, sums["model"], measures[:4], exact=True)
        for key, (_, want) in sums["model"].items():
            got = answer[key][1]["input"] if key in answer else None
            if got not in (want["input"], want["input"] - want["cache_read"]):
                yield f"{key}: input {got}, not {want['input']} with or without the cached"
