"""Google Cloud exports and mappings: exact sums, the same rows re-laid, deliveries, rate cards."""
import csv
import gzip
import io
import json
import random
import unittest
from collections import defaultdict
from decimal import Decimal

import harness
from harness import DATA, SHARED, USAGE, digits

GCP = ["billing_account_id", "service.id", "service.description", "sku.id", "usage_start_time",
       "usage_end_time", "project.id", "labels", "cost", "currency", "credits", "invoice.month",
       "cost_type", "export_time"]
ALL = ("--from", "1990-01-01", "--to", "2090-12-31")


def gcp_rows(seed, count):
    """Rows as a data frame prints them: costs in every spelling, credits as Python text."""
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        day = 1 + number % 28
        cost = chance.choice([f"{chance.random():.17g}", "1.5e-05", "0", "-3.25", "12",
                              f"{chance.randint(1, 9)}E-{chance.randint(1, 20)}"])
        credits = [{"name": "it's", "amount": -chance.randint(1, 9) / 8, "full_name": None,
                    "type": "PROMOTION"} for _ in range(chance.choice([0, 0, 1, 3]))]
        labels = [{"key": "team", "value": chance.choice(["ml", "web", 'say "hi"'])}]
        rows.append(dict(zip(GCP, [
            "01-AB", "95FF", chance.choice(["Compute Engine", "Cloud Storage"]), f"S-{number % 7}",
            f"2026-10-{day:02} 00:00:00 UTC", f"2026-10-{day:02} 01:00:00 UTC", "p-1",
            json.dumps(labels) if number % 2 else repr(labels), cost, "USD",
            repr(credits) if number % 3 else json.dumps(credits),
            "202610" if day < 28 else "202611", chance.choice(["regular", "regular", "tax"]),
            "2026-11-02 00:00:00 UTC"])))
        rows[-1]["net"] = Decimal(cost) + sum(Decimal(str(c["amount"])) for c in credits)
        rows[-1]["team"] = labels[0]["value"]
    return rows


def text_of(rows, columns=None, end="\n"):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns or GCP, lineterminator=end, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def nested(row):
    """The row as BigQuery exports it."""
    record = {}
    for name in GCP:
        place, _, member = name.rpartition(".")
        value = row[name]
        if name in ("labels", "credits"):
            value = eval(value, {"null": None})  # made above
        (record.setdefault(place, {}) if place else record)[member] = value
    return json.dumps(record).replace(json.dumps(row["cost"]), row["cost"], 1)


class GoogleCloud(harness.ProgramTest):
    def sums(self, dimension, rows, key):
        wanted = defaultdict(Decimal)
        for row in rows:
            wanted[key(row)] += row["net"]
        _, found = self.csv("--by", dimension, *ALL)
        self.assertEqual({row[0]: row[2] for row in found},
                         {name: digits(value) for name, value in wanted.items()})

    def test_sums_equal_decimal_to_the_last_digit(self):
        rows = gcp_rows(1, 3000)
        self.ingest(self.write("gcp.csv", text_of(rows)))
        self.sums("service", rows, lambda row: row["service.description"])
        self.sums("day", rows, lambda row: row["usage_start_time"][:10])
        self.sums("tag:team", rows, lambda row: row["team"])
        self.sums("charge_category", rows,
                  lambda row: "Tax" if row["cost_type"] == "tax" else "Usage")
        october = sum(row["net"] for row in rows if row["invoice.month"] == "202610")
        _, found = self.csv("--by", "currency", "--billing-month", "2026-10")
        self.assertEqual(found[0][1], digits(october))
        before = sum(Decimal(row["cost"]) for row in rows)
        self.assertEqual(self.total("--cost", "contracted")["USD"], digits(before))
        self.run_program("check")

    def test_the_same_rows_in_other_clothes_give_the_same_report(self):
        rows = gcp_rows(2, 900)
        shuffled = GCP[:]
        random.Random(3).shuffle(shuffled)
        parts = [gzip.compress(text_of(rows[i::3]).encode()) for i in range(3)]
        flat = text_of(rows)
        members = gzip.compress(flat[:5000].encode()) + gzip.compress(flat[5000:].encode())
        clothes = {
            "plain": {"a.csv": flat},
            "bom": {"a.csv": "\ufeff" + text_of(rows, end="\r\n")},
            "columns": {"a.csv": text_of(rows, shuffled)},
            "parts": {f"a-{i}.csv.gz": part for i, part in enumerate(parts)},
            "members": {"a.csv.gz": members},
            "underscores": {"a.csv": flat.replace(flat.split("\n")[0],
                                                  flat.split("\n")[0].replace(".", "_"), 1)},
            "lines": {"a.ndjson": "\n".join(map(nested, rows))},
            "array": {"a.json": "[" + ",\n".join(map(nested, rows)) + "]"},
        }
        reports = {}
        for name, files in clothes.items():
            for file, content in files.items():
                self.write(f"{name}/{file}", content)
            store = self.folder / f"{name}.db"
            self.ingest(self.folder / name, store=store)
            reports[name] = self.run_program("--by", "service,tag:team,day,charge_category", *ALL,
                                             "--format", "csv", store=store).out
        for name, report in reports.items():
            self.assertEqual(report, reports["plain"], name)

    def test_an_invoice_month_is_replaced_by_a_later_export(self):
        rows = [row for row in gcp_rows(4, 500) if row["invoice.month"] == "202610"]
        first = self.write("first.csv", text_of(rows))
        self.assertEqual(self.ingest(first)[0]["status"], "new")
        self.assertEqual(self.ingest(first)[0]["status"], "unchanged")
        late = dict(rows[0], cost="7", export_time="2026-11-20 00:00:00 UTC", credits="[]",
                    net=Decimal(7))
        self.assertEqual(self.ingest(self.write("second.csv", text_of(rows + [late])))[0]["status"],
                         "replaced")
        self.assertEqual(self.total()["USD"], digits(sum(r["net"] for r in rows) + 7))
        few = self.write("third.csv", text_of(rows[:5]))
        self.assertEqual(self.ingest(few, want=DATA)[0]["status"], "refused")

    def test_shared_exports_load_without_flags(self):
        if not SHARED.exists():
            self.skipTest("no shared data here")
        for name in ("gcp_real_5rows.csv", "gcp_nise_120rows.csv"):
            path = SHARED / "billing" / name
            with open(path, encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            self.assertEqual({row["credits"] for row in rows}, {"[]"})
            delivery = self.ingest(path)[0]
            self.assertEqual(delivery["files"][0]["stored"], len(rows))
            self.assertEqual(Decimal(delivery["money"][0]["billed"]),
                             sum(Decimal(row["cost"]) for row in rows))


class Mappings(harness.ProgramTest):
    def test_a_rate_card_prices_usage_exactly(self):
        chance = random.Random(5)
        rates = {("h100", "2026-09"): ("2.2300000001", 1), ("h100", "2026-10"): ("7", 8),
                 ("b200", "2026-09"): ("5.5", 1), ("b200", "2026-10"): ("0.0000125", 1000)}
        card = "SkuId,unit_price,per,currency,valid_from,valid_to\n"
        for (sku, month), (price, per) in rates.items():
            card += f"{sku},{price},{per},USD,{month}-01,{month}-{30 if month[-1] == '9' else 31}\n"
        lines = ["ChargePeriodStart,ChargePeriodEnd,ServiceName,SkuId,ConsumedQuantity,BilledCost,"
                 "BillingCurrency"]
        wanted, unpriced = Decimal(0), 0
        for number in range(2000):
            sku = chance.choice(["h100", "b200", "gb300"])
            month = chance.choice(["2026-09", "2026-10"])
            quantity = f"{chance.random() * 100:.6f}"
            lines.append(f"{month}-{1 + number % 30:02}T00:00:00Z,,GPU,{sku},{quantity},,")
            if (sku, month) in rates:
                price, per = rates[sku, month]
                wanted += Decimal(quantity) * Decimal(price) / per
            else:
                unpriced += 1
        bill, rate_file = self.write("cw.csv", "\n".join(lines)), self.write("rates.csv", card)
        done = self.run_program("ingest", "--mapping", "coreweave", "--rate-card", rate_file, bill)
        self.assertIn(f"{unpriced} rows have no cost and no rate", done.err)
        self.assertEqual(self.total()["USD"], digits(wanted))
        _, rows = self.csv("--by", "column:x_Pricing", *ALL)
        self.assertEqual({row[0]: row[-1] for row in rows},
                         {"rated": str(2000 - unpriced), "unpriced": str(unpriced)})
        self.run_program("check")

    def test_factors_and_commas_add_up_exactly(self):
        chance = random.Random(6)
        self.write("m.ini", "[mapping m]\ndelimiter = semicolon\n[columns]\nBilledCost = betrag\n"
                            "ChargePeriodStart = tag\nServiceName = dienst\n[constants]\n"
                            "BillingCurrency = EUR\nProviderName = P\n[numbers]\ndecimal = ,\n"
                            "thousands = .\ncents = BilledCost\nnegate = BilledCost\n"
                            "negate_where = dienst=gut*\n[dates]\nformat = eu\n")
        lines, wanted = ["tag;dienst;betrag"], Decimal(0)
        for number in range(3000):
            cents = Decimal(chance.randint(-10**12, 10**12)).scaleb(-chance.randint(0, 9))
            service = chance.choice(["server", "gutschrift"])
            written = f"{cents:,f}".translate(str.maketrans(",.", ".,"))
            lines.append(f"{1 + number % 28:02}.10.2026;{service};{written}")
            wanted += cents / 100 * (-1 if service == "gutschrift" else 1)
        bill = self.write("bill.csv", "\r\n".join(lines))
        for reader in ("fast", "libcsv"):
            store = self.folder / f"{reader}.db"
            self.ingest("--mapping", "m.ini", "--reader", reader, bill, store=store)
            self.assertEqual(self.total(store=store)["EUR"], digits(wanted))

    def test_empty_and_tiny_files(self):
        self.ingest("--mapping", "cost-rows", self.write("head.csv", "date,service,cost\n"))
        one = self.ingest(self.write("one.csv", "date,service,cost\n2026-10-01,GPU,1E-9"))
        self.assertEqual(one[0]["money"][0]["billed"], "0.000000001")
        self.ingest("--mapping", "cost-rows", self.write("none.json", "[]"))
        self.run_program("ingest", "--mapping", "cost-rows", self.write("empty.csv", ""), want=DATA)
        self.run_program("ingest", "--mapping", "vast-charges", self.write("cut.json", '[{"type":'),
                         want=DATA)

    def test_bad_rows_are_quarantined_with_line_column_and_value(self):
        rows = [{"date": "2026-10-01", "service": "GPU", "cost": "1"},
                {"date": "2026-10-32", "service": "GPU", "cost": "1"},
                {"date": "2026-10-01", "service": "GPU", "cost": "1e40"}]
        path = self.write("rows.ndjson", "\n".join(map(json.dumps, rows)) + '\n{"date"\n')
        files = self.ingest("--max-rejects", "3", path)[0]["files"][0]
        self.assertEqual((files["rows"], files["stored"], files["rejected"]), (4, 1, 3))
        text = self.run_program("rejects", "--format", "csv").out
        self.assertIn("2,date,2026-10-32,is not a date or time", text)
        self.assertIn("3,cost,1e40,is beyond 10^15", text)

    def test_mappings_of_home_come_first_and_a_broken_one_is_named(self):
        own = self.write("home/templates/mappings/cost-rows.ini",
                         "[mapping cost-rows]\nwhat = ours\n[detect]\ncolumns = date, service\n"
                         "[columns]\nBilledCost = cost\nChargePeriodStart = date\n[constants]\n"
                         "BillingCurrency = CHF\n")
        home = own.parent.parent.parent
        self.assertIn("ours", self.run_program("formats", "--home", home).out)
        self.assertEqual(self.run_program("formats", "--home", home, "--describe", "cost-rows").out,
                         own.read_text())
        self.ingest("--home", home, self.write("c.csv", "date,service,cost\n2026-10-01,GPU,1\n"))
        self.assertEqual(self.total(), {"CHF": "1.00"})
        broken = self.write("home/templates/mappings/broken.ini", "[mapping broken]\nwat = 1\n")
        done = self.run_program("formats", "--home", home, want=USAGE)
        self.assertIn(f"{broken}:2: [mapping broken] has no key", done.err)

    def test_columns_keeps_what_the_mapping_needs(self):
        path = self.write("c.csv", "date,service,cost,note,other\n2026-10-01,GPU,1,a,b\n")
        self.ingest("--columns", "note", path)
        _, rows = self.csv("--by", "column:note", *ALL)
        self.assertEqual(rows[0][0], "a")
        self.assertEqual(self.total(), {"USD": "1.00"})

    def test_secrets_never_reach_the_store(self):
        session = {"id": "s", "provider": "vastai", "gpu_type": "A100", "price_per_hour": "1.25",
                   "created_at": "2026-10-01T00:00:00Z", "expires_at": "2026-10-01T02:00:00Z",
                   "ssh_private_key": "swordfish", "tags": {"api_key": "swordfish", "team": "ml"}}
        bad = dict(session, price_per_hour="dear")
        self.ingest("--max-rejects", "1",
                    self.write("s.json", json.dumps({"sessions": [session, bad]})))
        self.assertEqual(self.total(), {"USD": "2.50"})
        self.assertFalse(any(b"swordfish" in content for content in self.snapshot().values()))


if __name__ == "__main__":
    harness.main()
