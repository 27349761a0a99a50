"""budgets.ini, prices.csv and the README of sample-data/."""
from .usage import prices_csv

BUDGETS = """; Budgets of Meridian Labs: in October 2026 four hold, one is over, one is on its way there.
[budget total]
amount = 520000
currency = USD
period = month
start = 2026-01-01
dataset = all
cost = effective
thresholds = 50,80,100

[budget ml-team]
amount = 150000
currency = USD
period = month
start = 2026-01-01
filter = tag:team=ml
dataset = cost
cost = effective
thresholds = 50,80,100

[budget search-quarter]
amount = 80000
currency = USD
period = quarter
start = 2026-07-01
filter = tag:team=search
dataset = cost
cost = effective
thresholds = 80,100

[budget payments]
amount = 15000
currency = USD
period = month
start = 2026-01-01
filter = tag:team=payments
dataset = cost
cost = effective
thresholds = 50,80,100

[budget microsoft-eur]
amount = 75000
currency = EUR
period = month
start = 2026-01-01
filter = provider=Microsoft
dataset = cost
cost = billed
thresholds = 80,100

[budget ai-usage]
amount = 90000
currency = USD
period = month
start = 2026-01-01
dataset = ai
cost = billed
thresholds = 50,80,100
"""

README = """# sample-data: three months of an invented company

Made by `scripts/make-sample-data` (seed 1): the same bytes on every run; `--check` says whether this
folder is what the script makes. Everything is invented: the company (Meridian Labs, 12 teams), ids,
amounts and prices; none of it is anybody's bill or price list. Licence: MIT, as the rest of the
project. 2026-08-01 to 2026-10-31; amounts have up to 12 decimals. `scripts/sample-truth` prints the
exact sums of the bills, computed with Python's Decimal.

## bills/: FOCUS files, one a provider and billing month
| file | FOCUS | its quirks |
| --- | --- | --- |
| aws-2026-08.csv.gz | 1.0 | absent cells are `NULL`; times are `2026-08-01 00:00:00`; tiny costs in E notation |
| aws-2026-09.csv.gz | 1.2 | two gzip members; a refund whose text has a line break in quotes; a year's reservation paid upfront (billed in September, effective day by day); the spike of `search`, 14 to 20 September |
| aws-2026-10.csv | 1.2 | six `Correction` rows for 10 to 12 September; E notation; 31 October has not arrived in full |
| microsoft-2026-08.csv.gz | 1.0 | billed in EUR; no `x_` columns; absent cells are `null` |
| microsoft-2026-09.csv.gz | 1.2 | EUR, priced in USD; a service credit without tags |
| microsoft-2026-10.csv | 1.2 | UTF-8 with BOM, CRLF line ends, umlauts |
| coreweave-2026-08.csv | 1.2 | GPU nodes; reserved capacity |
| coreweave-2026-09.csv.gz | 1.3 | `ContractApplied` is JSON in a cell |
| coreweave-2026-10.csv | 1.3 | the columns stand in shuffled order; a credit with tags |

In all of them: list > contracted > effective; a commitment is bought on the first of the month
(effective 0), its usage has billed 0, and what is left over is a row `Unused`, so that for each
commitment the effective costs of a month add up to the purchase; month-start fees; taxes; credits;
rows without tags; keys that differ only by spelling (`team` and `Team`, `org` with a leading blank,
`env` and `environment`); one account with leading zeros (`009120044871`); cost centres `ACM9000` and
`acm9000`; growth, and less load at weekends.

## The rest
| file | what | its quirks |
| --- | --- | --- |
| usage/openai-*.ndjson[.gz] | LLM usage, a line a day, team, model and workload | `gpt-5-nano-preview` has no price; batch and priority tiers; audio tokens; web searches; a fine-tuning run that failed and was run again |
| usage/anthropic-*.ndjson[.gz] | the same | cache classes; 14 October is given as single requests, some failed |
| usage/google-*.ndjson[.gz] | the same | one workload carries `billed_cost`; a training run across a month's end, billed by GPU hours |
| prices.csv | prices a million tokens, by class and service tier | two models became cheaper on 2026-10-01; synthetic |
| budgets.ini | six budgets | `ai-usage` is over in October, `search-quarter` will be at this pace, the others hold |
| gpu/cw-h100-0417.csv.gz | nvidia-smi, 8 H100 of team `ml`, 19 to 25 October, every 30 minutes | busy; GPU 7 does nothing on 22 and 23 October; a few cells `[N/A]` |
| gpu/cw-a100-0233.csv.gz | 8 A100 of team `research` | idle all week, memory held |
| gpu/cw-l40s-0091.csv | 8 L40S of team `search` | busy by day; GPUs 4 to 7 idle and free |
| sync/sync-2026-*.json | payload of the sync agent: instances with rates, metrics, costs, alerts, AI spend, errors | costs of machines of our own (EUR); AI spend of a provider that has no usage file; null and missing samples; `userData`, which must not reach the store |
"""


def text_files():
    return {"budgets.ini": BUDGETS.encode(), "prices.csv": prices_csv().encode(),
            "README.md": README.encode()}
