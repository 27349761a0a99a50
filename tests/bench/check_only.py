"""`scripts/bench --check-only`: our figures against the truth in many shapes; nothing is timed."""
import subprocess

import gpureport
import measure
from measure import TWO
from race import Skip


def stop_when_wrong(name, lines):
    wrong = list(lines)
    if wrong:
        raise measure.Failed("\n".join(wrong[:10]) + f"\n{name}: {len(wrong)} figures are wrong")
    print(f"checked: {name}", flush=True)


def shuffled(work, source):
    """The same rows in another order."""
    path = work / "shuffled.csv"
    with open(path, "wb") as text:
        subprocess.run(["sh", "-c", 'head -n 1 "$1"; tail -n +2 "$1" | shuf --random-source="$1"',
                        "shuffle", str(source)], stdout=text, check=True)
    return [path]


def packed_parts(bench, rows, count=3):
    paths = []
    for number in range(count):
        first, after = rows * number // count, rows * (number + 1) // count
        part = bench.data.part(first, after - first, rows, name=f"part-{number + 1}")
        subprocess.run(["gzip", "-1", "-f", str(part.path)], check=True)
        paths.append(part.path.with_name(part.path.name + ".gz"))
    return paths


def run(bench, rows):
    ours, data, store = bench.ours, bench.data.bills(rows), bench.ours.store("check")

    def check(name, sources, more=(), engines=([],)):
        store.remove()
        ours.ingest(store, sources, TWO, more)
        stop_when_wrong(name, ours.wrong(store, data.truth, engines))

    check("every truth line, four costs, 1 and 2 threads, scalar and SIMD", [data.path],
          engines=gpureport.ENGINES)
    for name, sources in (("the rows shuffled", shuffled(bench.work, data.path)),
                          ("in three gz parts", packed_parts(bench, rows))):
        check(name, sources)
        for path in sources:
            path.unlink()
    for more in (["--simd", "scalar"], ["--reader", "libcsv"]):
        check("ingest " + " ".join(more), [data.path], more)
    few = ours.store("check", few=True)
    if ours.takes_columns:
        few.remove()
        ours.ingest(few, [data.path], TWO, ours.columns(True))
        stop_when_wrong("14 columns kept", ours.wrong(few, data.truth))
    store.remove()
