"""LLM usage of three providers as NDJSON (src: the small formats of our own), and its price book."""
import json
from collections import namedtuple
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from .chance import LAST_DAY, MONTHS, days_of, plain
from .company import TEAMS
from .gz import gzip_members

Stream = namedtuple("Stream", "provider model team workload project type tier requests tokens more",
                    defaults=({},))
PRICED_CLASSES = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning",
                  "input_audio", "output_audio", "input_image")

# tokens: mean tokens of each class a request
STREAMS = [
    Stream("openai", "gpt-5", "search", "answer-box", "p-search", "inference", "standard", 21000,
           {"input": 2300, "cache_read": 5100, "output": 410, "reasoning": 620}),
    Stream("openai", "gpt-5", "support", "help-desk", "p-help", "inference", "standard", 6400,
           {"input": 3900, "cache_read": 7600, "output": 530, "reasoning": 340},
           {"units": {"web_search": 900}}),
    Stream("openai", "gpt-5-mini", "ads", "ad-copy", "p-ads", "inference", "batch", 88000,
           {"input": 1400, "output": 260}),
    Stream("openai", "gpt-5-mini", "mobile", "chat", "p-mobile", "inference", "priority", 39000,
           {"input": 900, "cache_read": 2400, "output": 310, "reasoning": 90}),
    Stream("openai", "gpt-5-audio", "mobile", "voice", "p-mobile", "inference", "standard", 3100,
           {"input": 220, "input_audio": 1900, "output": 120, "output_audio": 1500}),
    Stream("openai", "gpt-5-nano-preview", "research", "probe", "p-lab", "inference", "standard",
           5200, {"input": 1800, "output": 700}),
    Stream("openai", "text-embedding-4-large", "search", "index", "p-search", "embedding",
           "standard", 52000, {"input": 2600}),
    Stream("openai", "gpt-5-mini-ft-2026-07", "payments", "fraud-notes", "p-pay", "inference",
           "standard", 7400, {"input": 1500, "output": 150}),
    Stream("anthropic", "claude-sonnet-4-5", "platform", "code-review", "p-dev", "inference",
           "standard", 4300, {"input": 3200, "cache_read": 61000, "cache_write_5m": 7400,
                              "output": 1450, "reasoning": 820}),
    Stream("anthropic", "claude-sonnet-4-5", "ml", "labeling", "p-ml", "inference", "batch", 19000,
           {"input": 2700, "output": 480}),
    Stream("anthropic", "claude-sonnet-4-5", "data", "agent", "p-data", "inference", "standard",
           2100, {"input": 5200, "cache_read": 88000, "cache_write_1h": 9100, "output": 2300,
                  "reasoning": 1900}),
    Stream("anthropic", "claude-haiku-4-5", "web", "chat", "p-web", "inference", "standard", 44000,
           {"input": 1100, "cache_read": 3800, "cache_write_5m": 260, "output": 290}),
    Stream("anthropic", "claude-haiku-4-5", "security", "triage", "p-sec", "inference", "standard",
           9700, {"input": 4100, "output": 220}),
    Stream("google", "gemini-2.5-pro", "research", "paper-digest", "p-lab", "inference", "standard",
           1900, {"input": 21000, "cache_read": 9000, "output": 1300, "reasoning": 2800}),
    Stream("google", "gemini-2.5-pro", "finance", "contracts", "p-fin", "inference", "flex", 800,
           {"input": 34000, "output": 900, "reasoning": 1200}),
    Stream("google", "gemini-2.5-flash", "ads", "image-check", "p-ads", "inference", "standard",
           61000, {"input": 300, "input_image": 1290, "output": 60}),
    Stream("google", "gemini-2.5-flash", "data", "etl", "p-data", "inference", "standard", 33000,
           {"input": 2900, "output": 340}, {"billed": True}),
    Stream("google", "gemini-embedding-2", "data", "index", "p-data", "embedding", "batch", 41000,
           {"input": 1700}),
]

# (run, provider, model, team, type, first day, days, million training tokens a day, failed)
RUNS = [
    ("ft-fraud-07", "openai", "gpt-5-mini-ft-training", "payments", "fine_tuning",
     date(2026, 8, 18), 2, 310, False),
    ("ft-fraud-08a", "openai", "gpt-5-mini-ft-training", "payments", "fine_tuning",
     date(2026, 10, 5), 1, 180, True),
    ("ft-fraud-08", "openai", "gpt-5-mini-ft-training", "payments", "fine_tuning",
     date(2026, 10, 6), 2, 330, False),
    ("tune-rank-3", "google", "gemini-2.5-flash-tuning", "search", "fine_tuning",
     date(2026, 9, 8), 3, 260, False),
    # spans the end of a month, and comes with its cost: 64 GPUs for four days
    ("pretrain-embed-2", "google", "custom-training", "ml", "training",
     date(2026, 9, 29), 4, 0, False),
]

# provider, model: USD a million tokens of (input, cache_read, write 5m, write 1h, output, reasoning)
PRICES = {
    ("openai", "gpt-5"): ("1.25", "0.125", None, None, "10", "10"),
    ("openai", "gpt-5-mini"): ("0.25", "0.025", None, None, "2", "2"),
    ("openai", "gpt-5-audio"): ("2.5", None, None, None, "10", None),
    ("openai", "gpt-5-mini-ft-2026-07"): ("0.8", "0.2", None, None, "3.2", "3.2"),
    ("openai", "gpt-5-mini-ft-training"): ("5", None, None, None, None, None),
    ("openai", "text-embedding-4-large"): ("0.13", None, None, None, None, None),
    ("anthropic", "claude-sonnet-4-5"): ("3", "0.3", "3.75", "6", "15", "15"),
    ("anthropic", "claude-haiku-4-5"): ("1", "0.1", "1.25", "2", "5", "5"),
    ("google", "gemini-2.5-pro"): ("1.25", "0.3125", None, None, "10", "10"),
    ("google", "gemini-2.5-flash"): ("0.3", "0.075", None, None, "2.5", "2.5"),
    ("google", "gemini-2.5-flash-tuning"): ("3", None, None, None, None, None),
    ("google", "gemini-embedding-2"): ("0.15", None, None, None, None, None),
}
MEDIA = {("openai", "gpt-5-audio"): {"input_audio": "40", "output_audio": "80"},
         ("google", "gemini-2.5-flash"): {"input_image": "0.3"}}
# what became cheaper on 2026-10-01
FROM_OCTOBER = {("openai", "gpt-5"): ("1.1", "0.11", None, None, "9", "9"),
                ("google", "gemini-2.5-flash"): ("0.28", "0.07", None, None, "2.3", "2.3")}
TIERS = {"batch": Decimal("0.5"), "flex": Decimal("0.5"), "priority": Decimal("1.8")}
CLASSES = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning")


def price_rows():
    for (provider, model), rates in PRICES.items():
        later = FROM_OCTOBER.get((provider, model))
        periods = [(rates, "2026-01-01", "2026-10-01" if later else "")]
        if later:
            periods.append((later, "2026-10-01", ""))
        for prices, start, end in periods:
            named = dict(zip(CLASSES, prices)) | MEDIA.get((provider, model), {})
            for name, price in named.items():
                if price is None:
                    continue
                for tier, factor in [("standard", 1), *TIERS.items()]:
                    value = plain(Decimal(price) * factor)
                    yield (provider, model, name, tier, "", "", value, 1000000, "USD", start, end)
    yield ("openai", "gpt-5", "web_search", "standard", "", "", "10", 1000, "USD", "2026-01-01", "")


def prices_csv():
    head = "provider,model,class,service_tier,region,above_tokens,unit_price,per,currency," \
           "valid_from,valid_to\n"
    return head + "".join(",".join(map(str, row)) + "\n" for row in price_rows())


def moment(day, seconds=0):
    start = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
    return (start + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def record(provider, model, team, day, spend_type, tier, tokens, **more):
    unit, center = TEAMS[team]
    row = {"ts": moment(day), "provider": provider, "model": model, "spend_type": spend_type,
           "tokens": tokens, "service_tier": tier, "region": "us", "team": team,
           "cost_center": center, "business_unit": unit, "tags": {"env": "prod", "team": team}}
    row.update(more)
    return row


def bucket(chance, stream, day):
    """One day of one stream: requests by weekday and growth, tokens near the mean a request."""
    key = (stream.provider, stream.model, stream.team, stream.workload)
    requests = stream.requests * chance.load(day, *key, growth=4200, spread=120) // 1000
    if day == LAST_DAY:
        requests = requests * 2 // 5  # the day is not over yet
    tokens = {}
    for name, mean in stream.tokens.items():
        tokens[name] = requests * mean * chance.between(930, 1070, name, day, *key) // 1000
    failed = requests * chance.between(1, 14, "failed", day, *key) // 1000
    row = record(stream.provider, stream.model, stream.team, day, stream.type, stream.tier, tokens,
                 requests=requests, failed=failed, project=stream.project,
                 workload=stream.workload)
    if "units" in stream.more:
        row["units"] = {name: count * chance.between(800, 1200, name, day, *key) // 1000
                        for name, count in stream.more["units"].items()}
    if stream.more.get("billed"):
        row["billed_cost"] = billed_cost(stream, day, tokens)
        row["currency"] = "USD"
    return row


def billed_cost(stream, day, tokens):
    """What the provider says it charged: the book's price less 3 %, to the cent's thousandth."""
    key = (stream.provider, stream.model)
    rates = FROM_OCTOBER[key] if day.month >= 10 and key in FROM_OCTOBER else PRICES[key]
    total = sum(tokens.get(name, 0) * Decimal(rate)
                for name, rate in zip(CLASSES, rates) if rate) / 1000000
    return plain((total * Decimal("0.97")).quantize(Decimal("0.00001")))


def single_requests(chance, stream, day, count):
    """A day as single requests: what a gateway logs, to show percentiles and failures."""
    for n in range(count):
        key = (stream.model, stream.team, day, n)
        tokens = {name: max(1, mean * chance.between(150, 1850, name, *key) // 1000)
                  for name, mean in stream.tokens.items()}
        failed = chance.below(50, "failed", *key) == 0
        if failed:
            tokens = {"input": tokens["input"]}
        yield record(stream.provider, stream.model, stream.team, day, stream.type, stream.tier,
                     tokens, ts=moment(day, 86400 * n // count + chance.below(40, "t", *key)),
                     request_id="req_" + chance.hex(12, "request", *key), requests=1,
                     failed=int(failed), project=stream.project, workload=stream.workload)


def run_rows(chance, provider, day):
    for run, owner, model, team, kind, first, days, millions, failed in RUNS:
        if owner != provider or not first <= day < first + timedelta(days=days):
            continue
        tokens = {"input": millions * chance.between(980000, 1020000, run, day)}
        row = record(owner, model, team, day, kind, "standard", tokens, run_id=run, requests=1,
                     failed=int(failed), project="p-train", workload="training")
        if kind == "training":
            row["tokens"] = {}
            row["units"] = {"gpu_hours": 64 * 24}
            row["billed_cost"], row["currency"] = "3456.0000", "USD"
        yield row


REQUEST_DAY = date(2026, 10, 14)


def rows_of(chance, provider, month):
    for day in days_of(month):
        for stream in STREAMS:
            if stream.provider != provider:
                continue
            if provider == "anthropic" and day == REQUEST_DAY:
                yield from single_requests(chance, stream, day, 60)
            else:
                yield bucket(chance, stream, day)
        yield from run_rows(chance, provider, day)


def usage_files(chance):
    """path -> bytes: October plain to look at, the months before it packed."""
    files = {}
    for month in MONTHS:
        for provider in ("openai", "anthropic", "google"):
            text = "".join(json.dumps(row, separators=(",", ":")) + "\n"
                           for row in rows_of(chance, provider, month)).encode()
            name = f"usage/{provider}-{month}.ndjson"
            if month == MONTHS[-1]:
                files[name] = text
            else:
                files[name + ".gz"] = gzip_members([text])
    return files
