"""The generator's exact sums, and the comparison of an answer with them. Used by bench.py."""
import csv
from decimal import Decimal

COSTS = ("EffectiveCost", "BilledCost", "ListCost", "ContractedCost")  # order of the truth file


def load(path):
    """kind -> key tuple -> (rows, {cost: Decimal})"""
    truth = {}
    with open(path, encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            kind, key, rows, *sums = line.rstrip("\n").split("\t")
            keys = tuple(key.split("|")) if key else ()
            truth.setdefault(kind, {})[keys] = (int(rows), dict(zip(COSTS, map(Decimal, sums))))
    return truth


def of_tsv(path, key_count, costs):
    """A peer's answer: keys, rows, sums; no header."""
    answer = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            cells = line.rstrip("\n").split("\t")
            sums = dict(zip(costs, map(Decimal, cells[key_count + 1:])))
            answer[tuple(cells[:key_count])] = (int(cells[key_count]), sums)
    return answer


def of_csv(path, key_count, cost):
    """Our answer: keys, currency, total_cost, record_count."""
    with open(path, encoding="utf-8", newline="") as text:
        rows = csv.reader(text)
        next(rows)
        return {tuple(row[:key_count]): (int(row[-1]), {cost: Decimal(row[-2])}) for row in rows}


def differences(answer, expected, costs, exact):
    """Lines that say where `answer` is wrong; exact: to the last digit, else to 1e-9 of the sum."""
    wrong = [f"missing {key}" for key in expected.keys() - answer.keys()]
    wrong += [f"unexpected {key}" for key in answer.keys() - expected.keys()]
    for key in expected.keys() & answer.keys():
        rows, sums = expected[key]
        if answer[key][0] != rows:
            wrong.append(f"{key}: {answer[key][0]} rows, not {rows}")
        for cost in costs:
            got, want = answer[key][1][cost], sums[cost]
            if got != want and (exact or abs(got - want) > Decimal("1e-9") * max(1, abs(want))):
                wrong.append(f"{key}: {cost} {got}, not {want}")
    return wrong
