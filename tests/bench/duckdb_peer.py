"""DuckDB as a peer: its SQL, run by peers/duckdb_run.c. Exact throughout: DECIMAL is asked for.

What was tried and was slower or no faster than what is here (1M rows, one core): types sniffed
instead of declared, the team by regular expression or split_part instead of JSON, days as texts,
preserve_insertion_order=false, Parquet format v1 instead of v2, an ENUM for the resource id.
"""
import csv

import truth
from gpureport import FOURTEEN
from measure import TWO

TEAM = "coalesce(json_extract_string(Tags, '$.team'), '(untagged)') AS team"
PARQUET = "(FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)"
# keys and groups of a question, over the typed table or what has its columns
QUESTIONS = {
    "team": ("team", "team"),
    "team_day": ("team, day::VARCHAR", "team, day"),
    "service_month": ("ServiceName, strftime(month, '%Y-%m')", "ServiceName, month"),
    "total": ("", ""),
}
KEY_COUNTS = {"team": 1, "team_day": 2, "service_month": 2, "total": 0}
LLM_TYPES = {
    "timestamp": "TIMESTAMP", "request_id": "VARCHAR", "provider": "VARCHAR", "model": "VARCHAR",
    "project": "VARCHAR", "api_key_id": "VARCHAR", "user": "VARCHAR", "service_tier": "VARCHAR",
    "usage": "STRUCT(input_tokens BIGINT, output_tokens BIGINT, cache_read_input_tokens BIGINT, "
             "cache_creation_input_tokens BIGINT, reasoning_tokens BIGINT)",
    "status": "INTEGER", "tags": "STRUCT(team VARCHAR, env VARCHAR)",
}


def type_of(column):
    if column.endswith("Cost"):
        return "DECIMAL(18,12)"
    if column.endswith(("UnitPrice", "Quantity")):
        return "DECIMAL(18,6)"
    return "TIMESTAMP" if column.endswith(("Start", "End")) else "VARCHAR"


def columns_clause(types):
    return ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())


def read_csv(source, header):
    types = {name: type_of(name) for name in header}
    return (f"read_csv('{source}', auto_detect=false, header=true, delim=',', quote='\"', "
            f"escape='\"', nullstr='', columns={{{columns_clause(types)}}})")


def header_of(path):
    with open(path, encoding="utf-8", newline="") as text:
        return next(csv.reader(text))


class DuckDB:
    def __init__(self, program, launcher, work):
        self.program, self.launcher, self.work = str(program), launcher, work

    def sql(self, database, statements, cpus, mode="write", **how):
        threads = len(cpus.split(","))
        return self.launcher.run([self.program, database, threads, mode, *statements], cpus, **how)

    def to_parquet(self, source, header, few, to, cpus):
        columns = ", ".join(FOURTEEN.split(",")) if few else "*"
        return self.sql("-", [f"COPY (SELECT {columns}, {TEAM} FROM {read_csv(source, header)}) "
                              f"TO '{to}' {PARQUET}"], cpus)

    def to_table(self, source, header, to, cpus):
        return self.sql(to, [f"CREATE TABLE bills AS SELECT *, {TEAM} "
                             f"FROM {read_csv(source, header)}"], cpus)

    def llm_to_parquet(self, source, to, cpus):
        columns = ", ".join('"user"' if name == "user" else name for name in LLM_TYPES
                            if not LLM_TYPES[name].startswith("STRUCT"))
        return self.sql("-", [
            f"COPY (SELECT {columns}, usage.*, tags.team AS team, tags.env AS env FROM read_json("
            f"'{source}', format='newline_delimited', columns={{{columns_clause(LLM_TYPES)}}})) "
            f"TO '{to}' {PARQUET}"], cpus)

    def llm_wrong(self, parquet, sums):
        measures = {"input": "input_tokens", "output": "output_tokens",
                    "cache_read": "cache_read_input_tokens",
                    "cache_write": "cache_creation_input_tokens", "reasoning": "reasoning_tokens"}
        out = self.work / "answer.tsv"
        totals = ", ".join(f"coalesce(sum({column}), 0)" for column in measures.values())
        self.sql("-", [self.printed(f"SELECT model, count(*), {totals} FROM '{parquet}' "
                                    "GROUP BY model")], TWO, output=out)
        answer = truth.of_tsv(out, 1, measures)
        yield from truth.differences(answer, sums["model"], measures, exact=True)

    def add_to_typed(self, source, header, database, resource=False):
        """The typed table of the rollups, the best that DuckDB was seen with: texts as ENUM, days
        as DATE, only what the questions read. The first call makes it, the next ones append."""
        texts = ["team", "ServiceName"]
        columns = f"day, {', '.join(texts)}, EffectiveCost, BilledCost, ListCost"
        columns += ", ResourceId" if resource else ""
        rows = (f"(SELECT *, ChargePeriodStart::DATE AS day, {TEAM} "
                f"FROM {read_csv(source, header)})")
        if database.exists():
            statements = [f"INSERT INTO bills SELECT {columns} FROM {rows}"]
        else:
            statements = [f"CREATE TABLE bills AS SELECT {columns} FROM {rows}"]
            for name in texts:
                statements += [
                    f"CREATE TYPE {name}_type AS ENUM "
                    f"(SELECT DISTINCT {name} FROM bills ORDER BY 1)",
                    f"ALTER TABLE bills ALTER {name} TYPE {name}_type"]
        self.sql(database, [*statements, "CHECKPOINT"], TWO)

    @staticmethod
    def printed(select):
        return f"COPY ({select}) TO '/dev/stdout' (FORMAT csv, DELIMITER '\t', HEADER false)"

    def question(self, database, question, costs, cpus, output, days=None, order="", **how):
        """`days`: (first, last), inclusive. Over a typed table, or a Parquet or table of bills."""
        rows, columns = "bills", "*"
        if database.suffix == ".parquet":
            rows, mode, path = f"read_parquet('{database}')", "write", "-"
        else:
            mode, path = "read", database
        if "typed" not in database.name:
            columns = "*, ChargePeriodStart::DATE AS day"
        if question == "service_month":
            columns += ", date_trunc('month', " + (
                "day" if "typed" in database.name else "ChargePeriodStart::DATE") + ") AS month"
        limits = f"WHERE day BETWEEN DATE '{days[0]}' AND DATE '{days[1]}'" if days else ""
        keys, groups = QUESTIONS[question]
        select = (f"SELECT {keys}{', ' if keys else ''}count(*), "
                  f"{', '.join(f'sum({cost})' for cost in costs)} "
                  f"FROM (SELECT {columns} FROM {rows}) {limits} "
                  f"{'GROUP BY ' + groups if groups else ''} {order}")
        return self.sql(path, [self.printed(select)], cpus, mode, output=output, **how)

    def wrong(self, database, sums, costs, cpus=TWO):
        out = self.work / "answer.tsv"
        for question in QUESTIONS:
            self.question(database, question, costs, cpus, out)
            answer = truth.of_tsv(out, KEY_COUNTS[question], costs)
            for line in truth.differences(answer, sums[question], costs, exact=True):
                yield f"{question}: {line}"

    def top_resources(self, database, count, cpus, output):
        """Empty ids too, as ours counts them."""
        return self.sql(database, [self.printed(
            "SELECT ResourceId, count(*), sum(EffectiveCost) AS cost FROM bills "
            f"GROUP BY ResourceId ORDER BY cost DESC LIMIT {count}")], cpus, "read", output=output)
