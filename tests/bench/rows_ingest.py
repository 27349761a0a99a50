"""Rows of the table about reading: bills from CSV and gz, LLM usage from NDJSON."""
from duckdb_peer import header_of
from measure import ONE, TWO
from race import Contender, Field, Goal, NO_GOAL, Race, Skip

MILLION = 1_000_000


def bills(bench, rows, few, packed=False, unique=0):
    """`few`: 14 columns, else all 57. gz runs on two processors, CSV on one."""
    data = bench.data.bills(bench.size(rows), unique)
    header = header_of(data.path)
    if packed:
        data = bench.data.packed(data)
    cpus = TWO if packed else ONE
    store = bench.ours.store("ingest", few)
    name = f"{data.path.name}, {'14' if few else '57'} columns"

    def ingest(sample=False):
        return bench.ingested(name, bench.ours.ingest(store, [data.path], cpus,
                                                      bench.ours.columns(few), sample=sample))

    ours = Contender("gpureport", ingest, lambda: bench.ours.wrong(store, data.truth), store.size,
                     store.remove)
    rivals = {"polars": polars(bench, data, few, cpus, store.costs)}
    if few:
        rivals["duckdb"] = duckdb_parquet(bench, data, header, few, cpus, store.costs)
    else:
        rivals["duckdb"] = duckdb_table(bench, data, header, cpus, store.costs)
        rivals["duckdb-parquet"] = duckdb_parquet(bench, data, header, few, cpus, store.costs)
    rivals["sqlite3"] = sqlite(bench, data, cpus)
    rivals["pandas"] = pandas(bench, data, cpus)
    return Field(ours, rivals, data.rows, data.size, bench.ours.kept(few) if few else "")


def contender(name, peer, store, run, wrong):
    """A peer's ingest into a file that is removed before each run."""
    if peer is None:
        return Skip(f"{name} is not installed")

    def remove():
        for path in store.parent.glob(store.name + "*"):
            path.unlink()

    return Contender(name, run, wrong, lambda: store.stat().st_size, remove)


# Exactly three costs are compared: the fourth is not among the 14 columns.
def three(costs):
    return costs[:3]


def polars(bench, data, few, cpus, costs):
    store, peer = bench.work / "polars.parquet", bench.polars
    if peer and data.rows * 700 > bench.free_memory():
        return Skip(f"Polars needs {data.rows * 700 / 1e9:.0f} GB of memory for this")
    return contender("Polars to Parquet", peer, store,
                     lambda sample=False: peer.to_parquet(data.path, few, store, cpus),
                     lambda: peer.wrong(store, data.truth, three(costs)))


def duckdb_parquet(bench, data, header, few, cpus, costs):
    store, peer = bench.work / "duckdb.parquet", bench.duckdb
    return contender("DuckDB to Parquet", peer, store,
                     lambda sample=False: peer.to_parquet(data.path, header, few, store, cpus),
                     lambda: peer.wrong(store, data.truth, three(costs)))


def duckdb_table(bench, data, header, cpus, costs):
    store, peer = bench.work / "bills.duckdb", bench.duckdb
    return contender("DuckDB table", peer, store,
                     lambda sample=False: peer.to_table(data.path, header, store, cpus),
                     lambda: peer.wrong(store, data.truth, three(costs)))


def sqlite(bench, data, cpus):
    store, peer = bench.work / "sqlite.db", bench.sqlite
    return contender("sqlite3 .import, 57 texts", peer, store,
                     lambda sample=False: peer.ingest(data.path, store, cpus),
                     lambda: peer.wrong(store, data.truth, ["EffectiveCost"]))


def pandas(bench, data, cpus):
    store, peer = bench.work / "pandas.pickle", bench.pandas
    return contender("pandas to pickle", peer, store,
                     lambda sample=False: peer.ingest(data.path, store, cpus),
                     lambda: peer.wrong(store, data.truth, ["EffectiveCost"]))


def llm(bench, rows):
    data = bench.data.llm(bench.size(rows))
    if "usage-log" not in bench.ours.formats:
        raise Skip("not readable yet: this gpureport has no format usage-log")
    store = bench.ours.store("llm")

    def ingest(sample=False):
        return bench.ingested(data.path.name,
                              bench.ours.ingest(store, [data.path], ONE, sample=sample))

    parquet, peer = bench.work / "llm.parquet", bench.duckdb
    rival = contender("DuckDB read_json, declared", peer, parquet,
                      lambda sample=False: peer.llm_to_parquet(data.path, parquet, ONE),
                      lambda: peer.llm_wrong(parquet, data.truth))
    ours = Contender("gpureport", ingest, lambda: bench.ours.usage_wrong(store, data.truth),
                     store.size, store.remove)
    return Field(ours, {"duckdb": rival}, data.rows, data.size)


RACES = (
    Race("csv14-1m", "1M bills rows, CSV, 14 columns", bills,
         {"polars": Goal(3, 4), "duckdb": Goal(4.5, 6), "sqlite3": NO_GOAL, "pandas": NO_GOAL},
         {"rows": MILLION, "few": True}),
    Race("csv14-10m", "10M bills rows, CSV, 14 columns", bills,
         {"polars": Goal(3, 4), "duckdb": Goal(4.5, 6)}, {"rows": 10 * MILLION, "few": True}),
    Race("csv57-1m", "1M bills rows, CSV, all 57 columns kept", bills,
         {"polars": Goal(3, 5), "duckdb": Goal(6, 10), "duckdb-parquet": NO_GOAL},
         {"rows": MILLION, "few": False}),
    Race("gz14-1m", "1M bills rows, CSV.gz, 14 columns, two cores", bills,
         {"polars": Goal(2, 3), "duckdb": Goal(4, 5)},
         {"rows": MILLION, "few": True, "packed": True}),
    Race("gz57-1m", "1M bills rows, CSV.gz, all 57 columns kept, two cores", bills,
         {"polars": Goal(2, 3), "duckdb": Goal(4, 5), "duckdb-parquet": NO_GOAL},
         {"rows": MILLION, "few": False, "packed": True}),
    Race("llm-1m", "1M LLM rows, NDJSON", llm, {"duckdb": Goal(3, 5)}, {"rows": MILLION}),
    Race("unique-1m", "1M bills rows, CSV, 14 columns, half with a resource id of their own", bills,
         {"polars": Goal(2, 3), "duckdb": NO_GOAL}, {"rows": MILLION, "few": True, "unique": 50}),
)
