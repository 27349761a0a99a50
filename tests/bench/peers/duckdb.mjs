// DuckDB for tests/bench/bench.py: node duckdb.mjs MODE IN OUT THREADS ..., exact (DECIMAL) throughout.
//   ingest BILLS.csv STORE.parquet THREADS    14 columns and the team, Parquet zstd
//   table BILLS.csv STORE.duckdb THREADS      the same into its own table, team and service as ENUM
//   rollup STORE OUT.tsv THREADS QUERY COSTS  one question in a cold process, over either store
// The package is found through BENCH_PEERS, the folder that holds node_modules.
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";

const require = createRequire(process.env.BENCH_PEERS + "/package.json");
const { DuckDBInstance } = require("@duckdb/node-api");

const TEXTS = ["BillingCurrency", "ChargeCategory", "ProviderName", "SubAccountId", "ServiceName",
  "RegionId", "ResourceId", "SkuId", "Tags"];
const COSTS = ["BilledCost", "EffectiveCost", "ListCost", "ContractedCost"];
const QUERIES = {
  team: { keys: "team", group: "team" },
  team_day: { keys: "team, day::VARCHAR", group: "team, day" },
  service_month: {
    keys: "ServiceName, strftime(month, '%Y-%m')", group: "ServiceName, month",
    filter: "WHERE day >= DATE '2025-04-01' AND day < DATE '2025-10-01'",
  },
};

function select(file) {
  const types = Object.fromEntries([...COSTS.map((c) => [c, "DECIMAL(18,12)"]),
    ...TEXTS.map((t) => [t, "VARCHAR"]), ["ChargePeriodStart", "VARCHAR"]]);
  const list = Object.entries(types).map(([k, v]) => `'${k}': '${v}'`).join(", ");
  return `SELECT ${COSTS.join(", ")}, ${TEXTS.join(", ")},
      left(ChargePeriodStart, 10)::DATE AS day,
      coalesce(json_extract_string(Tags, '$.team'), '(untagged)') AS team
    FROM read_csv('${file}', header = true, all_varchar = false, types = {${list}},
                  delim = ',', quote = '"', escape = '"', nullstr = '')`;
}

async function main([mode, from, to, threads, query, costs]) {
  const path = mode === "table" ? to : from.endsWith(".duckdb") ? from : ":memory:";
  const instance = await DuckDBInstance.create(path, { threads });
  const db = await instance.connect();
  if (mode === "ingest") {
    await db.run(`COPY (${select(from)}) TO '${to}' (FORMAT parquet, COMPRESSION zstd)`);
  } else if (mode === "table") {
    await db.run(`CREATE TABLE bills AS ${select(from)}`);
    for (const name of ["team", "ServiceName"]) {
      await db.run(`CREATE TYPE ${name}_type AS ENUM (SELECT DISTINCT ${name} FROM bills)`);
      await db.run(`ALTER TABLE bills ALTER ${name} TYPE ${name}_type`);
    }
    await db.run("CHECKPOINT");
  } else {
    const table = from.endsWith(".duckdb") ? "bills" : `read_parquet('${from}')`;
    const { keys, group, filter = "" } = QUERIES[query];
    const sums = costs.split(",").map((c) => `sum(${c})::VARCHAR`).join(", ");
    const rows = query === "service_month"
      ? `(SELECT *, date_trunc('month', day) AS month FROM ${table} ${filter})` : table;
    const reader = await db.runAndReadAll(
      `SELECT ${keys}, count(*)::VARCHAR, ${sums} FROM ${rows} GROUP BY ${group}`);
    writeFileSync(to, reader.getRows().map((row) => row.join("\t") + "\n").join(""));
  }
  db.closeSync();
  instance.closeSync();
}

await main(process.argv.slice(2));
