"""Compares gpureport with DuckDB, Polars and sqlite3 on the same bills. Called by scripts/bench.

First every contender's answers are checked against the generator's exact sums; then all of them run
by turns in cold processes, and the medians go into a Markdown table. Nothing is timed that is wrong.
"""
import argparse
import shutil
import statistics
import sys
from collections import namedtuple
from pathlib import Path

import measure
import truth

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PEERS = HERE / "peers"
SPAN = ["--from", "2025-01-01", "--to", "2026-12-31"]
HALF_YEAR = [f"2025-{month:02d}" for month in range(4, 10)]
# truth kind -> (number of keys, our options)
OURS_BY = {
    "team": (1, ["--by-tag", "team", *SPAN]),
    "service": (1, ["--by", "service", *SPAN]),
    "day": (1, ["--by", "day", *SPAN]),
    "service_month": (2, ["--by", "service,month", *SPAN]),
    "team_day": (2, ["--by", "tag:team,day", *SPAN]),
    "total": (0, ["--by", "currency", *SPAN]),
}
# the questions that are timed
QUESTIONS = {
    "team": ("by team", OURS_BY["team"][1], 1),
    "team_day": ("team x day", OURS_BY["team_day"][1], 2),
    "service_month": ("service x month, 6 months",
                      ["--by", "service,month", "--from", "2025-04-01", "--to", "2025-09-30"], 2),
}
TIMED_COST = "EffectiveCost"
SQLITE_TEAM = "coalesce(json_extract(nullif(Tags, ''), '$.team'), '(untagged)')"
SQLITE = {
    "team": ([SQLITE_TEAM], ""),
    "team_day": ([SQLITE_TEAM, "substr(ChargePeriodStart, 1, 10)"], ""),
    "service_month": (["ServiceName", "substr(ChargePeriodStart, 1, 7)"],
                      "WHERE ChargePeriodStart >= '2025-04-01' AND ChargePeriodStart < '2025-10-01'"),
}

# ingest(source, store, jobs) and rollup(store, out, question, costs, jobs) give (command, environment)
Contender = namedtuple("Contender", "name store ingest rollup exact")


def node(script, *arguments):
    return ["node", str(PEERS / script), *map(str, arguments)]


def sqlite_command(store, question, costs):
    keys, condition = SQLITE[question]
    sums = ", ".join(f"printf('%.12f', sum({cost}))" for cost in costs)
    places = ", ".join(str(n + 1) for n in range(len(keys)))
    text = f"SELECT {', '.join(keys)}, count(*), {sums} FROM bills {condition} GROUP BY {places}"
    return ["sqlite3", "-separator", "\t", str(store), text]


def peers(work, jobs):
    """The contenders that are installed here."""
    environment = {"BENCH_PEERS": str(work.parent / "bench-peers"), "POLARS_MAX_THREADS": str(jobs)}
    modules = work.parent / "bench-peers" / "node_modules"

    def with_node(script, mode="ingest"):
        return (lambda source, store: (node(script, mode, source, store, jobs), environment),
                lambda store, out, question, costs: (
                    node(script, "rollup", store, out, jobs, question, ",".join(costs)), environment))

    if shutil.which("node") and (modules / "@duckdb").is_dir():
        yield Contender("DuckDB to Parquet (DECIMAL)", "duckdb.parquet",
                        *with_node("duckdb.mjs"), True)
        yield Contender("DuckDB table (DECIMAL, ENUM)", "bills.duckdb",
                        *with_node("duckdb.mjs", "table"), True)
    if shutil.which("node") and (modules / "nodejs-polars").is_dir():
        yield Contender("Polars to Parquet (double)", "polars.parquet",
                        *with_node("polars.mjs"), False)
    if shutil.which("sqlite3"):
        yield Contender("sqlite3 .import (text)", "sqlite.db",
                        lambda source, store: ([str(PEERS / "sqlite_import.sh"), source, store], {}),
                        lambda store, out, question, costs: (
                            sqlite_command(store, question, costs), {}), False)


def expected(sums, question):
    if question != "service_month":
        return sums[question]
    return {key: value for key, value in sums[question].items() if key[1] in HALF_YEAR}


# "A result never depends on": threads and SIMD level
ENGINES = ([], ["--simd", "scalar"], ["--jobs", "2"], ["--jobs", "2", "--simd", "scalar"])


class Ours:
    name = "gpureport"

    def __init__(self, program, work, jobs):
        self.program, self.store, self.jobs = program, work / "gpureport.db", jobs

    def command(self, *arguments):
        jobs = [] if "--jobs" in arguments else ["--jobs", str(self.jobs)]
        return [str(self.program), *map(str, arguments), "--store", str(self.store), *jobs]

    def ingest(self, *sources, more=()):
        remove_store(self.store)
        return measure.run(self.command("ingest", "--quiet", *more, *sources))

    def rollup(self, options, cost, out, *more):
        name = cost.removesuffix("Cost").lower()
        with open(out, "wb") as stdout:
            return measure.run(self.command(*options, "--cost", name, "--format", "csv", *more),
                               stdout=stdout)

    def wrong(self, sums, out, variants=ENGINES):
        """Every truth line and all four costs, on each engine."""
        for more in variants:
            for kind, (keys, options) in OURS_BY.items():
                for cost in truth.COSTS:
                    self.rollup(options, cost, out, *more)
                    answer = truth.of_csv(out, keys, cost)
                    for line in truth.differences(answer, sums[kind], [cost], exact=True):
                        yield f"{' '.join(more)} {kind}: {line}"


def peer_wrong(peer, work, sums):
    out = work / "answer.tsv"
    for question, (_, _, keys) in QUESTIONS.items():
        rollup_of(peer, work, question, truth.COSTS, out)
        answer = truth.of_tsv(out, keys, truth.COSTS)
        want = expected(sums, question)
        yield from truth.differences(answer, want, truth.COSTS, peer.exact)


def rollup_of(peer, work, question, costs, out):
    command, environment = peer.rollup(str(work / peer.store), str(out), question, list(costs))
    if command[0] == "sqlite3":
        with open(out, "wb") as stdout:
            return measure.run(command, environment, stdout)
    return measure.run(command, environment)


def ingest_of(peer, work, source):
    store = work / peer.store
    for path in work.glob(peer.store + "*"):
        path.unlink()
    command, environment = peer.ingest(str(source), str(store))
    return measure.run(command, environment)


def remove_store(path):
    for other in path.parent.glob(path.name + "*"):
        other.unlink()


def stop_when_wrong(name, lines):
    wrong = list(lines)
    if wrong:
        print("\n".join(wrong[:10]))
        sys.exit(f"bench: {name}: {len(wrong)} figures are wrong; nothing is timed")
    print(f"checked: {name}", flush=True)


def median(runs, field):
    return statistics.median(getattr(run, field) for run in runs)


def ingest_table(results, rows, source_bytes, sizes):
    ours = median(results["gpureport"], "seconds")
    yield "| ingest | s | rows/s | MB/s | time against ours | bytes/row stored | peak MB |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name, runs in results.items():
        seconds = median(runs, "seconds")
        yield (f"| {name} | {seconds:.2f} | {rows / seconds:,.0f} | {source_bytes / seconds / 1e6:.0f} "
               f"| {seconds / ours:.2f} | {sizes[name] / rows:.1f} | {median(runs, 'peak_mb'):.0f} |")


def rollup_table(results):
    yield "| rollup, cold process | " + " | ".join(
        f"{QUESTIONS[q][0]}, ms | against ours" for q in QUESTIONS) + " | peak MB |"
    yield "| --- |" + " ---: |" * (2 * len(QUESTIONS) + 1)
    for name in results["team"]:
        cells = []
        for question in QUESTIONS:
            seconds = median(results[question][name], "seconds")
            ours = median(results[question]["gpureport"], "seconds")
            cells.append(f"{seconds * 1000:.1f} | {seconds / ours:.1f}")
        peak = max(median(results[q][name], "peak_mb") for q in QUESTIONS)
        yield f"| {name} | {' | '.join(cells)} | {peak:.0f} |"


def time_ingest(ours, contenders, work, source, rounds):
    results = {name: [] for name in [ours.name, *(peer.name for peer in contenders)]}
    for number in range(rounds):
        print(f"ingest, round {number + 1} of {rounds}", flush=True)
        results[ours.name].append(ours.ingest(source))
        for peer in contenders:
            results[peer.name].append(ingest_of(peer, work, source))
    return results


def time_rollups(ours, contenders, work, rounds):
    results = {}
    for question, (_, options, _) in QUESTIONS.items():
        runs = results[question] = {ours.name: [], **{peer.name: [] for peer in contenders}}
        for _ in range(rounds):
            runs[ours.name].append(ours.rollup(options, TIMED_COST, work / "answer.csv"))
            for peer in contenders:
                runs[peer.name].append(
                    rollup_of(peer, work, question, [TIMED_COST], work / "answer.tsv"))
    return results


def check_other_shapes(ours, work, rows, sums):
    """The same rows in another order, in three packed parts, and through the other engines."""
    source, out = work / f"bills-{rows}.csv", work / "answer.csv"
    shuffled = work / "shuffled.csv"
    with open(shuffled, "wb") as text:
        measure.run(["head", "-n", "1", str(source)], stdout=text)
    with open(shuffled, "ab") as text:
        measure.run(["sh", "-c", 'tail -n +2 "$1" | shuf --random-source="$1"', "shuffle",
                     str(source)], stdout=text)
    ours.ingest(shuffled)
    stop_when_wrong("the rows shuffled", ours.wrong(sums, out, [[]]))
    shuffled.unlink()
    parts = []
    for number in range(3):
        first, after = rows * number // 3, rows * (number + 1) // 3
        parts.append(work / f"part-{number + 1}.csv.gz")
        with open(parts[-1], "wb") as packed:
            measure.run(["sh", "-c", '"$0" bills --from "$1" --rows "$2" --total "$3" | gzip -1',
                         str(work / "gen_bills"), str(first), str(after - first), str(rows)],
                        stdout=packed)
    ours.ingest(*parts)
    stop_when_wrong("in three gz parts", ours.wrong(sums, out, [[]]))
    for path in parts:
        path.unlink()
    for more in (["--jobs", "2"], ["--simd", "scalar"], ["--reader", "libcsv"]):
        ours.ingest(source, more=more)
        stop_when_wrong("ingest " + " ".join(more), ours.wrong(sums, out, [[]]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1, help="threads of every contender")
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="holds bills-N.csv, truth-N.tsv")
    parser.add_argument("--check-only", action="store_true", help="figures, no times")
    arguments = parser.parse_args()
    work, rows = arguments.work.resolve(), arguments.rows
    source = work / f"bills-{rows}.csv"
    sums = truth.load(work / f"truth-{rows}.tsv")

    ours = Ours(arguments.program.resolve(), work, arguments.jobs)
    ours.ingest(source)
    stop_when_wrong("gpureport, every truth line, four costs, 1 and 2 threads, scalar and SIMD",
                    ours.wrong(sums, work / "answer.csv"))
    if arguments.check_only:
        check_other_shapes(ours, work, rows, sums)
        return
    contenders = list(peers(work, arguments.jobs))
    for peer in contenders:
        ingest_of(peer, work, source)
        stop_when_wrong(peer.name, peer_wrong(peer, work, sums))

    ingests = time_ingest(ours, contenders, work, source, arguments.rounds)
    sizes = {ours.name: ours.store.stat().st_size,
             **{peer.name: (work / peer.store).stat().st_size for peer in contenders}}
    rollups = time_rollups(ours, contenders, work, arguments.rounds)
    size = source.stat().st_size
    lines = [f"{rows:,} bills rows, {size / 1e6:.0f} MB of CSV, {arguments.jobs} thread(s) each, "
             f"median of {arguments.rounds} interleaved runs, warm page cache. gpureport keeps all "
             "57 columns; DuckDB and Polars 14 and the team; sqlite3 57 as text.", "",
             *ingest_table(ingests, rows, size, sizes), "", *rollup_table(rollups)]
    (work / "results.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n" + "\n".join(lines))


if __name__ == "__main__":
    try:
        main()
    except measure.Failed as failure:
        sys.exit(f"bench: {failure}")
