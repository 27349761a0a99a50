// Polars for tests/bench/polars.py. Costs are doubles, as Polars reads them.
//   node polars.mjs ingest FROM.csv[.gz] TO.parquet few|all eager|sink
//   node polars.mjs rollup STORE.parquet OUT.tsv QUERY COSTS
// `few` keeps 14 columns and the team, `all` every column and the team. `sink` (streaming) was the
// faster for few columns of a gz, `eager` for all else. POLARS_MAX_THREADS is set by the caller;
// the package is found through BENCH_PEERS.
import { createRequire } from "node:module";
import { openSync, readSync, writeFileSync } from "node:fs";
import { constants, gunzipSync } from "node:zlib";

const require = createRequire(process.env.BENCH_PEERS + "/package.json");
const pl = require("nodejs-polars");

const NUMBERS = ["ConsumedQuantity", "BilledCost", "EffectiveCost", "ListCost"];
// As categories texts that repeat were read and written faster than as texts.
const CATEGORIES = ["BillingCurrency", "ChargeCategory", "ProviderName", "SubAccountId",
  "ServiceName", "RegionId", "SkuId"];
const TEXTS = ["ResourceId", "Tags", "ChargePeriodStart"];
const FEW = [...NUMBERS, ...CATEGORIES, ...TEXTS];
const TEAM = pl.col("Tags").str.extract('"team":"([^"]*)"', 1).fillNull(pl.lit("(untagged)"))
  .alias("team");

const LONG = [...TEXTS, "ResourceName", "ChargePeriodEnd"];

function typeOf(name) {
  if (/(Cost|UnitPrice|Quantity)$/.test(name)) return pl.Float64;
  return LONG.includes(name) ? pl.Utf8 : pl.Categorical;
}

function read(from, which) {
  const columns = which === "all" ? header(from) : FEW;
  const dtypes = Object.fromEntries(columns.map((name) => [name, typeOf(name)]));
  return pl.readCSV(from, { columns, dtypes });
}

function header(from) {
  const start = Buffer.alloc(8192);
  readSync(openSync(from), start);
  const packed = from.endsWith(".gz");
  const text = packed ? gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH }) : start;
  return text.toString().split("\n")[0].trim().split(",");
}

function scan(from, which) {
  const columns = which === "all" ? header(from) : FEW;
  const number = (name) => pl.col(name).cast(pl.Float64);
  const typed = (name) => (typeOf(name) === pl.Float64 ? number(name) : pl.col(name));
  return pl.scanCSV(from, { inferSchemaLength: 0 }).select(...columns.map(typed));
}

async function ingest(from, to, which, way) {
  const options = { compression: "zstd" };
  if (way === "eager") read(from, which).withColumns(TEAM).writeParquet(to, options);
  else await scan(from, which).withColumns(TEAM).sinkParquet(to, options).collect();
}

// Only asked whether the figures are right, so not tuned.
function rollup(from, to, query, costs) {
  const keys = {
    team: ["team"], team_day: ["team", "day"], service_month: ["ServiceName", "month"],
    total: ["one"],
  }[query];
  const time = pl.col("ChargePeriodStart").cast(pl.Utf8);
  const columns = [...costs, "team", "ServiceName", "ChargePeriodStart"];
  const result = pl.readParquet(from, { columns })
    .withColumns(pl.col("ServiceName").cast(pl.Utf8), time.str.slice(0, 10).alias("day"),
      time.str.slice(0, 7).alias("month"), pl.lit("").alias("one"))
    .groupBy(keys)
    .agg(pl.col(costs[0]).count().alias("rows"), ...costs.map((c) => pl.col(c).sum()));
  const lines = result.toRecords().map((row) => Object.values(row).join("\t") + "\n");
  writeFileSync(to, lines.join(""));
}

const [mode, from, to, ...rest] = process.argv.slice(2);
if (mode === "ingest") await ingest(from, to, ...rest);
else rollup(from, to, rest[0], rest[1].split(","));
