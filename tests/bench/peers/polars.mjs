// Polars for tests/bench/bench.py. Costs are doubles, as Polars reads them.
//   node polars.mjs ingest BILLS.csv STORE.parquet THREADS
//   node polars.mjs rollup STORE.parquet OUT.tsv THREADS QUERY COSTS
// POLARS_MAX_THREADS is set by the caller; the package is found through BENCH_PEERS.
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";

const require = createRequire(process.env.BENCH_PEERS + "/package.json");
const pl = require("nodejs-polars");

const COSTS = ["BilledCost", "EffectiveCost", "ListCost", "ContractedCost"];
const TEXTS = ["BillingCurrency", "ChargeCategory", "ProviderName", "SubAccountId", "ServiceName",
  "RegionId", "ResourceId", "SkuId", "Tags", "ChargePeriodStart"];

function ingest(from, to) {
  const text = Object.fromEntries(TEXTS.map((t) => [t, pl.Utf8]));
  const money = Object.fromEntries(COSTS.map((c) => [c, pl.Float64]));
  pl.readCSV(from, { columns: [...COSTS, ...TEXTS], dtypes: { ...text, ...money } })
    .withColumns(
      pl.col("Tags").str.extract('"team":"([^"]*)"', 1).fillNull(pl.lit("(untagged)")).alias("team"),
      pl.col("ChargePeriodStart").str.slice(0, 10).alias("day"))
    .writeParquet(to, { compression: "zstd" });
}

function rollup(from, to, query, costs) {
  const keys = {
    team: ["team"], team_day: ["team", "day"], service_month: ["ServiceName", "month"],
  }[query];
  const byMonth = keys.includes("month");
  const columns = [...costs, ...keys.filter((k) => k !== "month"), ...(byMonth ? ["day"] : [])];
  let frame = pl.readParquet(from, { columns });
  if (byMonth) {
    frame = frame
      .filter(pl.col("day").gtEq(pl.lit("2025-04-01")).and(pl.col("day").lt(pl.lit("2025-10-01"))))
      .withColumns(pl.col("day").str.slice(0, 7).alias("month"));
  }
  const result = frame.groupBy(keys).agg(
    pl.col(costs[0]).count().alias("rows"), ...costs.map((c) => pl.col(c).sum()));
  const lines = result.toRecords().map((row) => Object.values(row).join("\t") + "\n");
  writeFileSync(to, lines.join(""));
}

const [mode, from, to, , query, costs] = process.argv.slice(2);
if (mode === "ingest") ingest(from, to);
else rollup(from, to, query, costs.split(","));
