"""Rows of the table without a peer: against wc, gzip and our own kernel; memory of ingests."""
from aws_month import MONTH_ROWS
from measure import ONE, TWO
from race import Contender, Field, Goal, Race, Skip
from rows_ingest import MILLION

SCAN_RATIO = "tests/bench/bench_scan_ratio"  # in the build folder


def beside(bench, rows, packed):
    """Ingest against what only reads the same bytes: `wc -l`, or `gzip -dc` of a .gz."""
    data = bench.data.bills(bench.size(rows))
    data = bench.data.packed(data) if packed else data
    store = bench.ours.store("ingest", few=True)
    command = ["gzip", "-dc", data.path] if packed else ["wc", "-l", data.path]
    ours = Contender("gpureport", lambda sample=False: bench.ours.ingest(
        store, [data.path], ONE, bench.ours.columns(True), sample=sample),
        lambda: bench.ours.wrong(store, data.truth), store.size, store.remove)
    rival = Contender(" ".join(command[:2]),
                      lambda sample=False: bench.launcher.run(command, ONE), lambda: ())
    return Field(ours, {command[0]: rival}, data.rows, data.size, bench.ours.kept(True))


def aws_month(bench, rows):
    """An AWS month of 195 columns, all kept, against `gzip -dc` of its two parts."""
    data = bench.data.aws(bench.size(rows))
    store = bench.ours.store("aws")
    ours = Contender("gpureport", lambda sample=False: bench.ingested(
        "aws month", bench.ours.ingest(store, data.path, ONE, sample=sample)),
        lambda: bench.ours.wrong(store, data.truth), store.size, store.remove)
    rival = Contender("gzip -dc", lambda sample=False: bench.launcher.run(
        ["gzip", "-dc", *data.path], ONE), lambda: ())
    return Field(ours, {"gzip": rival}, data.rows, data.size, "all 195 columns")


def aws_memory(bench, rows):
    """Its memory, with a thread that packs beside the reader: the larger of the two ways."""
    data, store = bench.data.aws(bench.size(rows)), bench.ours.store("aws")
    store.remove()
    run = bench.ours.ingest(store, data.path, TWO, sample=True)
    return Field(Contender("gpureport", lambda sample=False: run, lambda: ()), {"limit": None},
                 data.rows, data.size, rounds=1)


def kernel(bench, rows):
    """A rollup by team that reads every row, against its inner loop over the same ids and packed
    values in memory; both are timed within one process, which compares their sums."""
    program = bench.program.parents[2] / SCAN_RATIO
    if not program.exists():
        raise Skip("no bench_scan_ratio beside this gpureport")
    whole, times = bench.whole_store(bench.size(rows)), bench.work / "scan-ratio.tsv"

    def timed(name):
        run = bench.launcher.run([program, whole.store.path], ONE, output=times)
        named = dict(line.split("\t") for line in times.read_text().splitlines())
        return run._replace(seconds=float(named[name]), cpu_seconds=float(named[name]))

    scan = Contender("gpureport", lambda sample=False: timed("scan"), lambda: ())
    loop = Contender("the same kernel in memory", lambda sample=False: timed("kernel"), lambda: ())
    return Field(scan, {"kernel": loop}, whole.rows, rounds=bench.short_rounds)


def memory(bench, rows):
    """The largest anonymous memory of all ingests of this run; at least the four that matter."""
    for name, few, unique, packed in (("plain", True, 0, False), ("wide", False, 0, False),
                                      ("packed", False, 0, True), ("unique", False, 50, False)):
        data = bench.data.bills(bench.size(rows), unique)
        data = bench.data.packed(data) if packed else data
        store = bench.ours.store("ingest", few)
        store.remove()
        bench.ingested(f"{data.path.name}, {name}", bench.ours.ingest(
            store, [data.path], TWO, bench.ours.columns(few), sample=True))
    bench.whole_store(bench.size(10 * rows), unique=10)
    largest, run = max(bench.ingests, key=lambda item: item[1].anonymous_mb)
    return Field(Contender("gpureport", lambda sample=False: run, lambda: ()), {"limit": None},
                 note=largest, rounds=1)


RACES = (
    Race("wc", "1M bills rows, CSV, ingest / `wc -l`", beside, {"wc": Goal(6, 4, "times its time")},
         {"rows": MILLION, "packed": False}),
    Race("gzip", "1M bills rows, CSV.gz, ingest / `gzip -dc`, one core", beside,
         {"gzip": Goal(1.2, 0.8, "times its time")}, {"rows": MILLION, "packed": True}),
    Race("aws-month", "174k rows of an AWS bill, 195 columns, CSV.gz, ingest / `gzip -dc`, one core",
         aws_month, {"gzip": Goal(2, 1.5, "times its time")}, {"rows": MONTH_ROWS}),
    Race("aws-memory", "peak anonymous memory of that ingest, two cores", aws_memory,
         {"limit": Goal(64, 64, "MB")}, {"rows": MONTH_ROWS}),
    Race("kernel", "10M rows, by team, scan / the same kernel in memory", kernel,
         {"kernel": Goal(2, 1.3, "times its time")}, {"rows": 10 * MILLION}),
    # behind all others, whose ingests it counts
    Race("memory", "peak anonymous memory of any ingest", memory, {"limit": Goal(128, 64, "MB")},
         {"rows": MILLION}),
)
