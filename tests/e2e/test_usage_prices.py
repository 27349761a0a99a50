"""LLM usage priced by a price book: expected costs are computed here, class by class."""
import csv
import gzip
import io
import json
from collections import defaultdict
from decimal import Decimal

import harness
from harness import SAMPLE, digits

HEADER = ("provider,model,class,service_tier,region,above_tokens,unit_price,per,currency,"
          "valid_from,valid_to\n")
MAY = ("--from", "2026-05-01", "--to", "2026-05-31")


def usage(day=3, model="m1", tokens=None, **members):
    return {"ts": f"2026-05-{day:02}T10:00:00Z", "provider": "p", "model": model,
            "spend_type": "inference", "tokens": tokens or {}, "service_tier": "standard",
            **members}


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records)


class Pricing(harness.ProgramTest):
    def load(self, prices, *records, first="usage"):
        usage_path = self.write("u.ndjson", lines(*records))
        if isinstance(prices, str):
            prices = self.write("prices.csv", HEADER + prices)
        if first == "usage":
            self.run_program("ingest", usage_path)
        else:  # any store will do to hold the prices first
            self.ingest(self.write("seed.ndjson", lines(usage(day=1, model="seed"))),
                        "--source", "seed")
        self.run_program("prices", "import", prices)
        if first != "usage":
            self.run_program("ingest", usage_path)
        self.run_program("check")

    def costs(self, by="model", *options):
        head, rows = self.csv("--dataset", "ai", "--by", by, *MAY, *options)
        return [dict(zip(head, row)) for row in rows]

    def cost(self, *options):
        rows = self.costs("provider", *options)
        self.assertEqual(len(rows), 1, rows)
        return rows[0]["total_cost"]

    def test_each_class_has_its_price(self):
        classes = ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning",
                   "input_audio", "cache_read_audio", "output_audio", "input_image", "output_image",
                   "input_video"]
        tokens = {name: 1000 * (n + 1) + n for n, name in enumerate(classes)}
        prices = "".join(f"p,m1,{name},,,,{n + 1}.{n:02}7,1000000,USD,,\n"
                         for n, name in enumerate(classes))
        self.load(prices, usage(tokens=tokens))
        wanted = sum(Decimal(tokens[name]) * Decimal(f"{n + 1}.{n:02}7") / 1000000
                     for n, name in enumerate(classes))
        self.assertEqual(self.cost(), digits(wanted))

    def test_prices_are_per_one_thousand_or_million(self):
        self.load("p,m1,input,,,,0.002,1000,USD,,\np,m1,output,,,,3,1000000,USD,,\n"
                  "p,m1,web_search,,,,0.01,1,USD,,\n",
                  usage(tokens={"input": 123, "output": 7}, units={"web_search": 3}))
        self.assertEqual(self.cost(), digits(Decimal("0.000246") + Decimal("0.000021") +
                                             Decimal("0.03")))

    def test_the_price_of_the_day_holds(self):
        self.load("p,m1,input,,,,10,1000,USD,2026-01-01,2026-05-09\n"
                  "p,m1,input,,,,20,1000,USD,2026-05-10,\n",
                  *[usage(day=day, tokens={"input": 1000}) for day in (1, 9, 10, 31)])
        rows = self.costs("day")
        self.assertEqual([(row["day"], row["total_cost"]) for row in rows],
                         [("2026-05-01", "10.00"), ("2026-05-09", "10.00"),
                          ("2026-05-10", "20.00"), ("2026-05-31", "20.00")])

    def test_where_two_lines_hold_the_later_one_wins(self):
        self.load("p,m1,input,,,,10,1000,USD,2026-01-01,\np,m1,input,,,,20,1000,USD,2026-05-10,\n",
                  *[usage(day=day, tokens={"input": 1000}) for day in (9, 10)])
        self.assertEqual([row["total_cost"] for row in self.costs("day")], ["10.00", "20.00"])

    def test_outside_all_dates_usage_is_unpriced(self):
        self.load("p,m1,input,,,,10,1000,USD,2026-05-05,2026-05-06\n",
                  *[usage(day=day, tokens={"input": 1000}) for day in (4, 5, 6, 7)])
        rows = self.costs("day")
        found = {row["day"]: (row["total_cost"], row["unpriced_tokens"]) for row in rows}
        self.assertEqual(found, {"2026-05-04": ("", "1000"), "2026-05-05": ("10.00", "0"),
                                 "2026-05-06": ("10.00", "0"), "2026-05-07": ("", "1000")})

    def test_reasoning_falls_back_to_output_and_nothing_else_falls_back(self):
        self.load("p,m1,output,,,,8,1000,USD,,\n",
                  usage(tokens={"output": 1000, "reasoning": 500}))
        self.assertEqual(self.cost(), "12.00")
        self.load("p,m1,output,,,,8,1000,USD,,\np,m1,reasoning,,,,2,1000,USD,,\n",
                  usage(tokens={"output": 1000, "reasoning": 500}))
        self.assertEqual(self.cost(), "9.00")
        self.load("p,m1,input,,,,8,1000,USD,,\n",
                  usage(day=4, tokens={"input": 1000, "cache_read": 700, "output": 5}))
        row, = (row for row in self.costs("day") if row["day"] == "2026-05-04")
        self.assertEqual((row["total_cost"], row["unpriced_tokens"]), ("8.00", "705"))

    def test_tiers_and_regions_of_their_own_win_over_any(self):
        prices = ("p,m1,input,,,,10,1000,USD,,\np,m1,input,batch,,,5,1000,USD,,\n"
                  "p,m1,input,,eu,,11,1000,USD,,\np,m1,input,batch,eu,,6,1000,USD,,\n"
                  ",m1,input,,,,99,1000,USD,,\n")
        cases = [("standard", "us", "10.00"), ("batch", "us", "5.00"), ("standard", "eu", "11.00"),
                 ("batch", "eu", "6.00"), ("flex", "eu", "11.00")]
        self.load(prices, *[usage(day=n + 1, tokens={"input": 1000}, service_tier=tier,
                                  region=region) for n, (tier, region, _) in enumerate(cases)])
        self.assertEqual([row["total_cost"] for row in self.costs("day")],
                         [cost for _, _, cost in cases])

    def test_a_line_without_provider_holds_for_any(self):
        self.load(",m1,input,,,,3,1000,USD,,\n", usage(tokens={"input": 1000}))
        self.assertEqual(self.cost(), "3.00")
        self.load("q,m1,input,,,,3,1000,USD,,\n", usage(tokens={"input": 1000}))
        self.assertEqual(self.cost(), "")

    def test_long_prompts_have_their_price_above_a_limit(self):
        prices = ("p,m1,input,,,,1,1000,USD,,\np,m1,input,,,200000,2,1000,USD,,\n"
                  "p,m1,output,,,,10,1000,USD,,\np,m1,output,,,200000,15,1000,USD,,\n"
                  "p,m1,cache_read,,,,0,1000,USD,,\n")
        self.load(prices,
                  usage(day=1, tokens={"input": 200000, "output": 1000}),
                  usage(day=2, tokens={"input": 200001, "output": 1000}),
                  usage(day=3, tokens={"input": 1000, "cache_read": 199001, "output": 1000}),
                  usage(day=4, tokens={"input": 1000, "output": 300000}),
                  usage(day=5, tokens={"input": 400000, "output": 1000}, requests=50))
        self.assertEqual([row["total_cost"] for row in self.costs("day")],
                         ["210.00", "415.002", "17.00", "3001.00", "410.00"])

    def test_a_billed_cost_wins_over_the_computed_one(self):
        self.load("p,m1,input,,,,10,1000,USD,,\n",
                  usage(day=1, tokens={"input": 1000}, billed_cost="0.0123", currency="USD"),
                  usage(day=2, tokens={"input": 1000}),
                  usage(day=3, model="unknown", tokens={"input": 5}, billed_cost="2",
                        currency="EUR"))
        self.assertEqual([(r["currency"], r["total_cost"], r["unpriced_tokens"])
                          for r in self.costs("day")],
                         [("USD", "0.0123", "0"), ("USD", "10.00", "0"), ("EUR", "2.00", "0")])

    def test_unpriced_usage_is_shown_and_never_as_0(self):
        self.load("p,m1,input,,,,10,1000,USD,,\n", usage(tokens={"input": 1000}),
                  usage(model="m2", tokens={"input": 77, "output": 3}))
        found = {row["model"]: row for row in self.costs("model")}
        self.assertEqual((found["m2"]["total_cost"], found["m2"]["unpriced_tokens"],
                          found["m2"]["record_count"]), ("", "80", "1"))
        table = self.run_program("--dataset", "ai", "--by", "model", *MAY).out
        self.assertRegex(table, r"m2 .*n/a.* 80")
        answer = json.loads(self.run_program("--dataset", "ai", "--by", "model", *MAY, "--format",
                                             "json").out)
        self.assertEqual([g["total_cost"] for g in answer["groups"] if g["model"] == "m2"], [None])

    def test_ingest_says_unpriced_not_0(self):
        out = self.run_program("ingest", self.write("u.ndjson",
                                                    lines(usage(tokens={"input": 5})))).out
        self.assertIn("unpriced", out)
        self.assertNotIn("0.00", out)

    def test_prices_before_and_after_the_usage_are_the_same(self):
        answers = []
        for first in ("usage", "prices"):
            self.store = self.folder / f"{first}.db"
            self.load("p,m1,input,,,,10.0000001,1000,USD,2026-05-02,\np,m1,output,,,,7,1000,USD,,\n",
                      *[usage(day=day, tokens={"input": 17 * day, "output": day})
                        for day in range(2, 20)], first=first)
            answers.append(self.csv("--dataset", "ai", "--by", "model,day", *MAY, "--where",
                                    "model=m1"))
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(len(answers[0][1]), 18)

    def test_a_new_book_of_the_same_name_replaces_and_prices_anew(self):
        self.load("p,m1,input,,,,10,1000,USD,,\n", usage(tokens={"input": 1000}))
        self.run_program("prices", "import",
                         self.write("prices.csv", HEADER + "p,m1,input,,,,4,1000,USD,,\n"))
        self.assertEqual(self.cost(), "4.00")
        self.run_program("check")

    def test_a_book_in_another_currency_prices_anew_in_that_currency(self):
        self.load("p,m1,input,,,,10,1000,USD,,\n", usage(tokens={"input": 1000}))
        self.run_program("prices", "import",
                         self.write("prices.csv", HEADER + "p,m1,input,,,,9,1000,EUR,,\n"))
        row, = self.costs("model")
        self.assertEqual((row["currency"], row["total_cost"]), ("EUR", "9.00"))
        self.run_program("check")

    def test_bad_prices_change_nothing(self):
        self.load("p,m1,input,,,,10,1000,USD,,\n", usage(tokens={"input": 1000}))
        for line in ("p,m1,input,,,,ten,1000,USD,,\n", "p,m1,input,,,,1,100,USD,,\n",
                     "p,m1,input,,,,-1,1000,USD,,\n", "p,,input,,,,1,1000,USD,,\n",
                     "p,m1,input,,,,1,1000,,,\n", "p,m1,input,,,x,1,1000,USD,,\n",
                     "p,m1,input,,,,1,1000,USD,2026-13-01,\n",
                     "p,m1,input,,,,1,1000,USD,2026-02-01,2026-01-01\n", "p,m1,input\n"):
            path = self.write("prices.csv", HEADER + "p,m1,output,,,,1,1000,USD,,\n" + line)
            with self.subTest(line=line):
                result = self.run_program("prices", "import", path, want=harness.DATA)
                self.assertIn("3", result.err)
                self.assertEqual(self.cost(), "10.00")
        self.run_program("prices", "import", self.folder / "missing.csv", want=harness.STORE)
        self.run_program("prices", "import", self.write("p.csv", "a,b\n1,2\n"), want=harness.DATA)
        self.run_program("prices", "import", self.write("p.csv", ""), want=harness.DATA)
        self.assertEqual(self.cost(), "10.00")

    def test_sample_usage_adds_up(self):
        """All sample usage priced here by the rule of the contract, model by model."""
        self.run_program("ingest", SAMPLE / "usage")
        self.run_program("prices", "import", SAMPLE / "prices.csv")
        head, rows = self.csv("--dataset", "ai", "--by", "provider,model,day", "--from",
                              "2026-08-01", "--to", "2026-10-31")
        found = {row[:3]: row[head.index("total_cost")] for row in rows}
        self.assertEqual(found, {key: digits(total) if total is not None else ""
                                 for key, total in sample_costs().items()})


def sample_records():
    for path in sorted((SAMPLE / "usage").iterdir()):
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        for line in content.decode().splitlines():
            yield json.loads(line, parse_float=str)


def sample_costs():
    """{(provider, model, day): cost; None where nothing has a price}"""
    book = defaultdict(list)
    with open(SAMPLE / "prices.csv", encoding="utf-8") as file:
        for line in csv.DictReader(io.StringIO(file.read())):
            book[line["model"], line["class"]].append(line)

    def price(record, name, day, prompt):
        best = None
        for line in book[record["model"], name]:
            wanted = [(line["provider"], record.get("provider", "")),
                      (line["service_tier"], record.get("service_tier", "")),
                      (line["region"], record.get("region", ""))]
            if any(a and a != b for a, b in wanted):
                continue
            if line["valid_from"] and day < line["valid_from"]:
                continue
            if line["valid_to"] and day > line["valid_to"]:
                continue
            above = int(line["above_tokens"] or -1)
            if above >= 0 and (prompt is None or prompt <= above):
                continue
            rank = ([bool(a) for a, _ in wanted], above, line["valid_from"])
            if best is None or rank > best[0]:
                best = rank, Decimal(line["unit_price"]) / int(line["per"])
        return best[1] if best else None

    costs = {}
    for record in sample_records():
        day = record["ts"][:10]
        tokens = {k: int(v) for k, v in record.get("tokens", {}).items() if int(v)}
        prompt = sum(v for k, v in tokens.items() if "output" not in k and k != "reasoning")
        if int(record.get("requests", 1)) > 1:
            prompt = None
        total = None
        if record.get("billed_cost") is not None:
            total = Decimal(str(record["billed_cost"]))
        else:
            for name, count in [*tokens.items(), *record.get("units", {}).items()]:
                each = price(record, name, day, prompt)
                if each is None and name == "reasoning":
                    each = price(record, "output", day, prompt)
                if each is not None and Decimal(str(count)):
                    total = (total or Decimal(0)) + each * Decimal(str(count))
        key = (record["provider"], record["model"], day)
        if total is not None:
            costs[key] = (costs.get(key) or Decimal(0)) + total
        else:
            costs.setdefault(key, None)
    return costs


if __name__ == "__main__":
    harness.main()
