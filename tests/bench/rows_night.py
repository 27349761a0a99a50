"""Rows of the table about a night and a small store: one new day, the first byte, 100M rows."""
import itertools
import shutil

import truth
from gpureport import SPAN
from measure import ONE, TWO
from race import Contender, Field, Goal, Race, Skip
from rows_rollup import COST

DAYS = 400  # of the generator
LAST_MONTH = ("2026-01-06", "2026-02-04")  # the last thirty days of the generator


def new_day(bench, rows):
    """The last day's rows again, as a source of their own: a bill would bring its whole month, and
    what is asked is the cost of the day's own rows."""
    rows = bench.size(rows)
    base = bench.whole_store(rows)
    day = bench.data.part(rows - rows // DAYS, rows // DAYS, rows, name="day")
    full, empty = bench.ours.store("night"), bench.ours.store("day")
    shutil.copyfile(base.store.path, full.path)
    count = itertools.count()

    def add(sample=False):
        return bench.ours.ingest(full, [day.path], ONE, ["--source", f"day-{next(count)}"],
                                 sample=sample)

    def alone(sample=False):
        return bench.ours.ingest(empty, [day.path], ONE, ["--source", "day"], sample=sample)

    def wrong():
        yield from bench.ours.wrong(full, truth.added([base.sums, day.truth]))

    ours = Contender("gpureport", add, wrong)
    rival = Contender("gpureport, empty store", alone,
                      lambda: bench.ours.wrong(empty, day.truth), before=empty.remove)
    return Field(ours, {"alone": rival}, day.rows, day.size)


def tiny(bench, rows):
    """`gpureport --by-tag team` as typed, to the first byte; DuckDB answers the same 30 days."""
    data = bench.data.bills(rows)
    store, out, peer = bench.ours.store("tiny"), bench.work / "answer.csv", bench.duckdb
    store.remove()
    bench.ours.ingest(store, [data.path], ONE)

    def ask(sample=False):
        return bench.launcher.run([bench.ours.program, "--by-tag", "team", "--store", store.path,
                                   "--jobs", 1], ONE, output=out, first_byte=True)

    def wrong():
        yield from bench.ours.wrong(store, data.truth)

    ours = Contender("gpureport", ask, wrong)
    rivals = {"limit": None, "duckdb": Skip("DuckDB is not installed")}
    if peer:
        database = bench.typed_table(rows)
        want = truth.between(data.truth["team_day"], *LAST_MONTH)
        rivals["duckdb"] = Contender(
            "DuckDB, typed table",
            lambda sample=False: peer.question(database, "team", ["BilledCost"], ONE, out,
                                               LAST_MONTH, first_byte=True),
            lambda: truth.differences(truth.of_tsv(out, 1, ["BilledCost"]), want, ["BilledCost"],
                                      exact=True))
    return Field(ours, rivals, data.rows, rounds=bench.tiny_rounds, timed="first_byte")


def hundred(bench, rows, parts):
    """100M rows by team, in ranges, so that all of them are never on the disk at once. Each range
    is a source of its own: parts of one source's month would replace each other."""
    rows = bench.size(rows)
    each = rows // parts
    bench.data.need_space(each * 900 + rows * 110)  # a part as text, and both stores
    store, sums = bench.ours.store("hundred", few=True), []
    store.remove()
    for number in range(parts):
        print(f"+ gpureport ingest -, range {number + 1} of {parts}", flush=True)
        maker, truth_path = bench.data.stream(number * each, each, rows)
        bench.ingested(f"{rows:,} rows, range {number + 1} of {parts}", bench.ours.ingest(
            store, ["-"], TWO, [*bench.ours.columns(True), "--source", f"range-{number + 1}"],
            stdin=maker.stdout, sample=True))
        sums.append(bench.data.truth_of(maker, truth_path))
    database = bench.typed_table(rows) if bench.duckdb else None
    return by_team(bench, store, database, truth.added(sums), rows)


def by_team(bench, store, database, sums, rows):
    out, peer, whole = bench.work / "answer.csv", bench.duckdb, bench.whole_store(rows // 10)
    scan = ["--by-tag", "team", *SPAN, "--where", "region!=nowhere"]
    ours = Contender(
        "gpureport",
        lambda sample=False: bench.ours.rollup(store, scan, ONE, out, COST, sample=sample),
        lambda: truth.differences(truth.of_csv(out, 1, COST), sums["team"], [COST], exact=True))
    rivals = {"duckdb": Skip("DuckDB is not installed")}
    if peer:
        rivals["duckdb"] = Contender(
            "DuckDB, typed table",
            lambda sample=False: peer.question(database, "team", [COST], ONE, out),
            lambda: truth.differences(truth.of_tsv(out, 1, [COST]), sums["team"], [COST],
                                      exact=True))
    rivals["tenth"] = Contender(
        "gpureport, a tenth of the rows",
        lambda sample=False: bench.ours.rollup(whole.store, scan, ONE, out, COST),
        lambda: truth.differences(truth.of_csv(out, 1, COST), whole.sums["team"], [COST],
                                  exact=True))
    return Field(ours, rivals, rows, rounds=bench.short_rounds)


RACES = (
    Race("new-day", "one new day into a store of 10M rows, against the same day into an empty one",
         new_day, {"alone": Goal(1.2, None, "times its time")}, {"rows": 10_000_000}),
    Race("first-byte", "first byte of --by-tag team on 2,000 rows", tiny,
         {"limit": Goal(6, 3.5, "ms"), "duckdb": Goal(5, None)}, {"rows": 2000}),
    Race("hundred", "100M rows, by team, every row scanned", hundred,
         {"duckdb": Goal(4, 7), "tenth": Goal(10 * 1.1, None, "times its time")},
         {"rows": 100_000_000, "parts": 10}, full=True),
)
