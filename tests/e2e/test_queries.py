"""queries/*.sql: the comment at the top of each tells the truth, and money stays exact."""
import csv
import io
import re
import unittest

import harness
from harness import DONE, ROOT, SAMPLE

QUERIES = sorted((ROOT / "queries").glob("*.sql"))
TYPES = ("TEXT", "INTEGER", "MONEY", "DECIMAL", "RATIO", "REAL")
VALUES = {"from": "2026-10-01", "to": "2026-11-01", "earlier_from": "2026-09-01",
          "earlier_to": "2026-10-01", "filter": "", "cost": "billed", "basis": "charge",
          "currency": "USD", "dimension": "service", "dimensions": "tag:team,provider",
          "time_key": "0", "key": "team", "provider": "AWS"}


def header(text):
    """({parameter: type}, [(column, type)]) of the comment block."""
    parameters, columns = {}, []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        found = re.match(rf"-- (:?\w+(?:, \w+)*) +({'|'.join(TYPES)})\b", line)
        if not found:
            continue
        for name in found[1].split(", "):
            if name.startswith(":"):
                parameters[name[1:]] = found[2]
            else:
                columns.append((name, found[2]))
    return parameters, columns


def body(text):
    """The statement without comments and texts."""
    return re.sub(r"--[^\n]*|'[^']*'", " ", text)


def order_terms(statement):
    """The terms behind each ORDER BY, up to its closing bracket or the end."""
    for found in re.finditer(r"(?i)ORDER BY", statement):
        depth, term = 0, ""
        for sign in statement[found.end():]:
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if sign == ";" or depth < 0:
                break
            if sign == "," and depth == 0:
                yield term
                term = ""
            else:
                term += sign
        yield term


class Queries(harness.ProgramTest):
    @classmethod
    def setUpClass(cls):
        maker = cls("setUp")
        harness.ProgramTest.setUp(maker)
        cls.addClassCleanup(maker.doCleanups)
        maker.run_program("ingest", SAMPLE)
        maker.run_program("prices", "import", SAMPLE / "prices.csv")
        cls.shared_store = maker.store

    def setUp(self):
        super().setUp()
        self.store = self.shared_store

    def each(self, check):
        """check(path, text) of every query."""
        for path in QUERIES:
            with self.subTest(query=path.stem):
                check(path, path.read_text())

    def ask(self, path, parameters, values=None):
        options = [part for name in parameters
                   for part in ("--param", f"{name}={(values or VALUES).get(name, '')}")]
        text = self.run_program("query", path.stem, *options, "--format", "csv").out
        return list(csv.reader(io.StringIO(text)))

    def test_an_outer_rollup_survives_more_inner_ones_than_are_kept(self):
        text = """WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
            SELECT outside.key1, money_sum(outside.cost) AS cost
            FROM rollup('service', '2026-10-01', '2026-11-01') AS outside CROSS JOIN n CROSS JOIN
                 rollup('', date('2026-10-01', '-' || n.i || ' days'), '2026-11-01') AS inside
            WHERE inside.currency = 'USD' AND outside.currency = 'USD' GROUP BY 1"""
        path = self.write("outer.sql", text)
        _, looped = self.csv("query", path)
        _, once = self.csv("query", self.write("once.sql", """SELECT key1, money_mul(cost, '41')
            FROM rollup('service', '2026-10-01', '2026-11-01') WHERE currency = 'USD'"""))
        def rows_of(found):
            return sorted((name, harness.amount(cost)) for name, cost in found)
        self.assertEqual(rows_of(looped), rows_of(once))

    def test_there_are_queries(self):
        self.assertGreater(len(QUERIES), 5)

    def test_the_header_lists_all_parameters_and_no_other(self):
        def check(_, text):
            parameters, _ = header(text)
            self.assertEqual(set(re.findall(r":(\w+)", body(text))), set(parameters))
        self.each(check)

    def test_the_header_begins_with_a_sentence(self):
        def check(_, text):
            self.assertRegex(text, r"\A-- [A-Z].*\.\n")
        self.each(check)

    def test_the_header_lists_the_output_columns_in_order(self):
        def check(path, text):
            parameters, columns = header(text)
            self.assertEqual(self.ask(path, parameters)[0], [name for name, _ in columns])
        self.each(check)

    def test_each_answers_on_the_sample_with_the_types_it_names(self):
        patterns = {"MONEY": r"-?\d+(\.\d+)?|", "DECIMAL": r"-?\d+(\.\d+)?|", "INTEGER": r"-?\d+|",
                    "RATIO": r"-?[\d.]+(e-?\d+)?|", "REAL": r"-?[\d.]+(e-?\d+)?|"}
        def check(path, text):
            parameters, columns = header(text)
            rows = self.ask(path, parameters)[1:]
            self.assertTrue(rows, "no rows on the sample")
            for row in rows:
                for cell, (name, kind) in zip(row, columns):
                    if kind in patterns:
                        self.assertRegex(cell, rf"\A(?:{patterns[kind]})\Z", name)
        self.each(check)

    def test_each_answers_on_a_store_without_such_rows(self):
        self.store = self.folder / "small.db"
        self.ingest(self.bill("one.csv", [harness.focus_row(day="2020-01-01")]))
        def check(path, text):
            parameters, _ = header(text)
            self.ask(path, parameters)
        self.each(check)

    def test_money_is_never_added_or_ordered_as_a_double(self):
        def check(_, text):
            statement = body(text)
            self.assertNotRegex(statement, r"(?i)(?<!_)\b(sum|total|avg|max|min|abs|round)\s*\(")
            self.assertNotRegex(statement, r"[^-]\+|\bCAST\b")
            money = {name for name, kind in header(text)[1] if kind in ("MONEY", "DECIMAL")}
            money |= {"cost", "total_cost", "amount"}
            for term in order_terms(statement):
                if money & set(re.findall(r"\w+", term)):
                    self.assertIn("COLLATE MONEY", term)
        self.each(check)

    def test_two_rollups_are_materialized(self):
        def check(_, text):
            calls = len(re.findall(r"\brollup\s*\(|_rollup\s*\(", body(text)))
            if calls > 1:
                self.assertGreaterEqual(len(re.findall(r"AS MATERIALIZED", text)), calls)
        self.each(check)

    def test_unknown_parameters_and_missing_names_are_said(self):
        result = self.run_program("query", "by-dimension", "--param", "nothing=1",
                                  want=harness.USAGE)
        self.assertIn("nothing", result.err)
        for text in ("x", "=1"):
            self.run_program("query", "by-dimension", "--param", text, want=harness.USAGE)

    def test_rollup_errors_reach_the_user_unchanged(self):
        for call, message in (("rollup('teem','2026-10-01','2026-11-01')", "teem"),
                              ("rollup('team','2026-10-01','soon')", "soon"),
                              ("rollup('team','2026-10-01','2026-11-01','','net')", "net"),
                              ("rollup('team','2026-10-01','2026-11-01','x')", "x"),
                              ("rollup('team')", "rollup")):
            result = self.run_program("query", "-", data=f"select * from {call}".encode(),
                                      want=None)
            self.assertEqual(result.exit, harness.USAGE, str(result))
            self.assertIn(message, result.err)

    def test_rollup_agrees_with_the_report(self):
        text = ("select key1, currency, cost, row_count from "
                "rollup('tag:team','2026-10-01','2026-11-01') order by cost collate money desc, key1")
        asked = self.run_program("query", "-", "--format", "csv", data=text.encode()).out
        _, rows = self.csv("--by-tag", "team", "--month", "2026-10")
        self.assertEqual([tuple(row) for row in csv.reader(io.StringIO(asked))][1:], rows)

    def test_a_join_of_two_rollups_is_right(self):
        text = ("with a as materialized (select key1, currency, cost from rollup('service',"
                "'2026-10-01','2026-11-01')), b as materialized (select key1, currency, cost from "
                "rollup('service','2026-09-01','2026-10-01')) select key1, currency, "
                "money_sub(a.cost, b.cost) from a join b using (key1, currency) order by key1, currency")
        joined = self.run_program("query", "-", "--format", "csv", data=text.encode()).out
        naive = text.replace("materialized ", "")
        plain = self.run_program("query", "-", "--format", "csv", data=naive.encode()).out
        self.assertEqual(joined, plain)
        self.assertGreater(len(joined.splitlines()), 10)

    def test_facts_in_sql(self):
        """tests/sql/*.sql: one statement a line, each is true (1)."""
        files = sorted((ROOT / "tests" / "sql").glob("*.sql"))
        self.assertTrue(files)
        for path in files:
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if not line or line.startswith("--"):
                    continue
                with self.subTest(fact=f"{path.name}:{number}"):
                    result = self.run_program("query", "-", "--format", "csv", data=line.encode(),
                                              want=None)
                    self.assertEqual(result.exit, DONE, str(result))
                    self.assertEqual(result.out.splitlines()[1:], ["1"], line)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = 4000
    harness.main()
