"""The generator's exact sums, and the comparison of an answer with them.

A truth is kind -> {key tuple -> (rows, {measure: Decimal})}; an answer is one kind of it.
"""
import csv
from decimal import Decimal

COSTS = ("EffectiveCost", "BilledCost", "ListCost", "ContractedCost")  # order of the truth file


def load(path):
    with open(path, encoding="utf-8") as lines:
        measures = next(lines).rstrip("\n").split("\t")[3:]
        truth = {}
        for line in lines:
            kind, key, rows, *sums = line.rstrip("\n").split("\t")
            keys = tuple(key.split("|")) if key else ()
            truth.setdefault(kind, {})[keys] = (int(rows), dict(zip(measures, map(Decimal, sums))))
    return truth


def added(truths):
    """The truth of parts that were made one by one."""
    whole = {}
    for kind, groups in (item for truth in truths for item in truth.items()):
        into = whole.setdefault(kind, {})
        for key, (rows, sums) in groups.items():
            old_rows, old = into.get(key, (0, dict.fromkeys(sums, Decimal(0))))
            into[key] = (old_rows + rows, {name: old[name] + sums[name] for name in sums})
    return whole


def between(groups, first, last, to=lambda key: key[:-1]):
    """Groups by some key and day, as groups of `to(key)` over the days first..last."""
    wanted = {key: value for key, value in groups.items() if first <= key[-1] <= last}
    return added({"": {to(key): value}} for key, value in wanted.items()).get("", {})


def of_tsv(path, key_count, measures):
    """A peer's answer: keys, rows, sums; no header. DuckDB quotes what has quotes in it."""
    answer = {}
    with open(path, encoding="utf-8", newline="") as text:
        for cells in csv.reader(text, delimiter="\t"):
            sums = dict(zip(measures, map(Decimal, cells[key_count + 1:])))
            answer[tuple(cells[:key_count])] = (int(cells[key_count]), sums)
    return answer


def of_csv(path, key_count, cost):
    """Our answer: keys, currency, total_cost, record_count."""
    with open(path, encoding="utf-8", newline="") as text:
        rows = csv.reader(text)
        next(rows)
        return {tuple(row[:key_count]): (int(row[-1]), {cost: Decimal(row[-2])}) for row in rows}


def differences(answer, expected, measures, exact):
    """Lines that say where `answer` is wrong; exact: to the last digit, else to 1e-9 of the sum."""
    wrong = [f"missing {key}" for key in expected.keys() - answer.keys()]
    wrong += [f"unexpected {key}" for key in answer.keys() - expected.keys()]
    for key in expected.keys() & answer.keys():
        rows, sums = expected[key]
        if answer[key][0] != rows:
            wrong.append(f"{key}: {answer[key][0]} rows, not {rows}")
        for name in measures:
            got, want = answer[key][1][name], sums[name]
            if got != want and (exact or abs(got - want) > Decimal("1e-9") * max(1, abs(want))):
                wrong.append(f"{key}: {name} {got}, not {want}")
    return wrong
