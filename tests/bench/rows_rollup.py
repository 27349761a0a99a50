"""Rows of the table about questions to a store of 10M rows, each in a cold process on one core.

DuckDB asks the best-typed table it can have (duckdb_peer.add_to_typed).
"""
import csv
from decimal import Decimal

import truth
from gpureport import SPAN
from measure import ONE
from race import Contender, Field, Goal, Race, Skip

COST = "EffectiveCost"
HALF_YEAR, TEN_MONTHS = ("2025-04-01", "2025-09-30"), ("2025-02-01", "2025-11-30")


def span(days):
    return ["--from", days[0], "--to", days[1]]


def expected(sums, question, days):
    """The truth of a question, over some days only where `days` are given (whole months)."""
    if not days:
        return sums[question]
    if question == "team":
        return truth.between(sums["team_day"], *days)
    return {key: value for key, value in sums["service_month"].items()
            if days[0][:7] <= key[-1] <= days[1][:7]}


def question(bench, rows, kind, options, days=None, more=()):
    """One question of a truth's kind. `options`: ours; `more`: filters that only ours is given."""
    whole, database = stores(bench, rows)
    want = expected(whole.sums, kind, days)
    keys = len(next(iter(want)))
    out, peer = bench.work / "answer.csv", bench.duckdb

    def ask(sample=False):
        return bench.ours.rollup(whole.store, [*options, *(span(days) if days else SPAN), *more],
                                 ONE, out, COST, sample=sample)

    def ask_peer(sample=False):
        return peer.question(database, kind, [COST], ONE, out, days)

    ours = Contender("gpureport", ask, lambda: truth.differences(
        truth.of_csv(out, keys, COST), want, [COST], exact=True))
    rival = Contender("DuckDB, typed table", ask_peer, lambda: truth.differences(
        truth.of_tsv(out, keys, [COST]), want, [COST], exact=True))
    return Field(ours, {"duckdb": rival if peer else Skip("DuckDB is not installed")}, whole.rows,
                 rounds=bench.short_rounds)


def stores(bench, rows, unique=0):
    """Our store of so many rows, made anew by this program, and DuckDB's, kept from run to run."""
    whole = bench.whole_store(bench.size(rows), unique)
    database = bench.typed_table(bench.size(rows), unique) if bench.duckdb else None
    return whole, database


def resources(bench, rows, unique):
    """By resource id, top ten. The truth has no resources: ours and DuckDB's, both exact, have to
    agree on the ten, and our ten with the others have to be the truth's total."""
    whole, database = stores(bench, rows, unique)
    out, theirs, peer = bench.work / "answer.csv", bench.work / "answer.tsv", bench.duckdb

    def wrong():
        if peer:
            peer.top_resources(database, 10, ONE, theirs)
            yield from unlike(out, theirs)
        total = sum(Decimal(row["total_cost"]) for row in our_rows(out))
        want = whole.sums["total"][()][1][COST]
        if total != want:
            yield f"total {total}, not {want}"

    ours = Contender("gpureport", lambda sample=False: bench.ours.rollup(
        whole.store, ["--by", "resource", "--top", "10", *SPAN], ONE, out, COST,
        sample=sample), wrong)
    rival = Contender("DuckDB, typed table", lambda sample=False: peer.top_resources(
        database, 10, ONE, theirs), lambda: unlike(out, theirs))
    return Field(ours, {"duckdb": rival if peer else Skip("DuckDB is not installed")}, whole.rows,
                 rounds=bench.short_rounds)


def our_rows(path):
    with open(path, encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def unlike(ours, theirs):
    """Lines for what the two top tens do not share; a resource without an id is '' to DuckDB."""
    mine = {row["resource"]: Decimal(row["total_cost"]) for row in our_rows(ours)
            if row["resource"] != "(other)"}
    answer = truth.of_tsv(theirs, 1, [COST])
    other = {key[0]: sums[COST] for key, (_, sums) in answer.items()}
    for missing in ("(none)", "(empty)"):
        if missing in mine:
            mine[""] = mine.pop(missing)
    return [f"{key}: ours {mine.get(key)}, DuckDB {other.get(key)}"
            for key in sorted(mine.keys() | other.keys()) if mine.get(key) != other.get(key)]


def race(name, work, goal, **options):
    options = {"rows": 10_000_000, **options}
    build = resources if "unique" in options else question
    return Race(name, work, build, {"duckdb": goal}, options)


RACES = (
    race("team-scan", "10M rows, by team, every row scanned: ours with a filter that all rows pass",
         Goal(5, 8), kind="team", options=["--by-tag", "team"],
         more=["--where", "region!=nowhere"]),
    race("team", "10M rows, by team, the whole range: pre-sums may answer", Goal(5, 8), kind="team",
         options=["--by-tag", "team"]),
    race("team-day", "10M rows, team x day", Goal(5, 8), kind="team_day",
         options=["--by", "tag:team,day"]),
    race("service-month", "10M rows, service x month, six months", Goal(5, 8), kind="service_month",
         options=["--by", "service,month"], days=HALF_YEAR),
    race("resource", "10M rows, by resource id, 1M of them, top 10", Goal(4, 7), unique=10),
    race("team-months", "10M rows, ten whole months by team, from pre-sums", Goal(20, 100),
         kind="team", options=["--by-tag", "team"], days=TEN_MONTHS),
)
