"""GPU captures as nvidia-smi writes them, and the sync payloads of the agent."""
import json
from datetime import datetime, timedelta
from decimal import Decimal

from .chance import days_of, plain
from .company import AWS, COREWEAVE, GPU_HOSTS, tags_of
from .gz import gzip_members

FIRST_SAMPLE = datetime(2026, 10, 19)
SAMPLES = 7 * 48  # a week, every 30 minutes
SMI_HEAD = ("timestamp, index, name, uuid, utilization.gpu [%], utilization.memory [%], "
            "memory.total [MiB], memory.used [MiB], temperature.gpu, power.draw [W]")


def gpu_state(chance, host, gpu, when):
    """(GPU %, memory %, MiB used, load of 0 to 1000 for heat and power) of one GPU at one moment."""
    key = (host, gpu, when)
    if host == "cw-a100-0233":
        # research went home: nothing runs, the notebooks still hold their memory
        return 0, 0, 61440 + gpu * 256, 60
    if host == "cw-l40s-0091" and gpu >= 4:
        return 0, 0, 4, 0  # never used by anybody
    if host == "cw-l40s-0091" and not 7 <= when.hour < 21:
        return 0, 0, 18432, 40
    busy = chance.between(82, 100, "util", *key) if host == "cw-h100-0417" \
        else chance.between(25, 68, "util", *key)
    if host == "cw-h100-0417" and gpu == 7 and when.day in (22, 23):
        busy = 0  # a worker hung for two days
    return busy, busy * 6 // 10, 24000 + busy * 120, 100 + busy * 8


def smi_capture(chance, host, name, memory, watts):
    lines = [SMI_HEAD]
    for sample in range(SAMPLES):
        when = FIRST_SAMPLE + timedelta(minutes=30 * sample)
        for gpu in range(8):
            uuid = "GPU-" + chance.uuid(host, gpu)
            millis = chance.below(1000, "ms", host, when, gpu)
            stamp = f"{when:%Y/%m/%d %H:%M:%S}.{millis:03d}"
            util, traffic, used, load = gpu_state(chance, host, gpu, when)
            power = watts * (100 + load * 9 // 10)  # thousandths of a watt
            cells = [f"{util} %", f"{traffic} %", f"{memory} MiB", f"{used} MiB",
                     str(28 + load * 45 // 1000), f"{power // 1000}.{power // 10 % 100:02d} W"]
            if chance.below(400, "gap", host, when, gpu) == 0:
                cells[0] = cells[1] = "[N/A]"  # unknown is not idle
            lines.append(", ".join([stamp, str(gpu), name, uuid, *cells]))
    return ("\n".join(lines) + "\n").encode()



def gpu_files(chance):
    files = {}
    for host, name, memory, watts in GPU_HOSTS:
        text = smi_capture(chance, host, name, memory, watts)
        if host == "cw-l40s-0091":
            files[f"gpu/{host}.csv"] = text
        else:
            files[f"gpu/{host}.csv.gz"] = gzip_members([text])
    return files


GPU_COUNTS = {"p5.48xlarge": 8, "p4d.24xlarge": 8, "g6e.12xlarge": 4, "g5.12xlarge": 4,
              "gd-8xh100ib-i128": 8, "gd-8xa100-i128": 8, "gd-8xl40s-i128": 8}
ON_PREM = [("dl-rack-01", "research", "L40S", 4, "3.20"), ("dl-rack-02", "ml", "A100", 8, "9.75")]


class JsonNumber(str):
    """A decimal that JSON shows as a number, digit by digit."""


def instances(month):
    number = 0
    for cloud, resources, share in (("aws", AWS, "0.93"), ("coreweave", COREWEAVE, "0.825")):
        for resource in resources:
            if not resource.gpu:
                continue
            number += 1
            rate = Decimal(resource.list_price) * Decimal(share)
            yield {"id": number, "instance_id": resource.name, "cloud_provider": cloud,
                   "region": resource.region, "instance_type": resource.machine,
                   "gpu_type": resource.gpu, "gpu_count": GPU_COUNTS[resource.machine],
                   "state": "running", "tags": tags_of(resource) or {},
                   "hourly_cost": JsonNumber(rate), "currency": "USD",
                   "created_at": "2026-07-20T08:00:00.000Z"}
    for name, team, gpu, count, rate in ON_PREM:
        number += 1
        state = "stopped" if name == "dl-rack-01" and month == "2026-10" else "running"
        yield {"id": number, "instance_id": name, "cloud_provider": "onprem",
               "region": "dc-hamburg", "instance_type": f"rack-{count}x{gpu.lower()}",
               "gpu_type": gpu, "gpu_count": count, "state": state,
               "tags": {"team": team, "env": "prod"}, "hourly_cost": JsonNumber(rate),
               "currency": "EUR", "created_at": "2025-02-01T00:00:00.000Z",
               "userData": "#cloud-config sample-secret-not-real"}


def metrics(chance, month):
    """Every six hours of the machine in the rack; two readings are missing, one is null."""
    for day in days_of(month):
        for hour in (0, 6, 12, 18):
            if chance.below(60, "lost", day, hour) == 0:
                continue
            busy = chance.between(30, 95, "rack", day, hour)
            yield {"instance_id": "dl-rack-02", "timestamp": f"{day}T{hour:02d}:00:00.000Z",
                   "gpu_utilization": None if chance.below(90, "null", day, hour) == 0 else busy,
                   "memory_utilization": busy * 7 // 10, "cpu_utilization": busy // 3,
                   "temperature": 40 + busy // 4}


def costs(chance, month):
    for day in days_of(month):
        for name, team, gpu, count, rate in ON_PREM:
            power = Decimal(chance.between(3900, 5200, "power", day, name)) / 100
            for service, amount in (("Colocation", Decimal(rate) * 24), ("Electricity", power)):
                yield {"date": day.isoformat(), "service": service,
                       "instance_type": f"rack-{count}x{gpu.lower()}", "instance_id": name,
                       "cloud_provider": "onprem", "region": "dc-hamburg",
                       "cost": JsonNumber(amount), "currency": "EUR",
                       "tags": {"team": team, "env": "prod"}}


def ai_spend(chance, month):
    """A provider that has no usage file: a day and model with its cost."""
    for day in days_of(month):
        for model, team, unit, center, workload, scale in (
                ("amazon.nova-pro-v1", "finance", "operations", "cc-520", 71, 900),
                ("meta.llama4-maverick", "support", "operations", "cc-510", 72, 2600)):
            requests = scale * chance.load(day, model, spread=100) // 1000
            inputs = requests * chance.between(1500, 1900, model, "in", day)
            outputs = requests * chance.between(240, 330, model, "out", day)
            cost = (inputs * Decimal("0.8") + outputs * Decimal("3.2")) / 1000000
            yield {"date": day.isoformat(), "provider": "aws_bedrock", "model_name": model,
                   "spend_type": "inference", "workload_id": workload, "project_id": "p-bedrock",
                   "team_id": team, "cost_center": center, "business_unit": unit,
                   "input_tokens": inputs, "output_tokens": outputs, "requests": requests,
                   "cost": JsonNumber(cost), "currency": "USD"}


def alerts(chance, month):
    kinds = (("high_temperature", "critical", "GPU at 84 C"),
             ("idle_instance", "warning", "no work for 72 h"),
             ("budget_threshold", "warning", "80 % of budget ml used"))
    hosts = ("cw-h100-0417", "cw-a100-0233", "i-0a51fe0h100ml01")
    for number in range(6):
        kind, severity, text = kinds[number % 3]
        day = chance.between(2, 27, "alert", month, number)
        yield {"id": f"al-{month}-{number}", "alert_type": kind, "severity": severity,
               "status": ("resolved", "active", "ignored")[(number + 1) % 3],
               "instance_id": hosts[number % 3], "message": text,
               "created_at": f"{month}-{day:02d}T{chance.below(24, 'hour', month, number):02d}:15:00Z"}


def errors(chance, month):
    for number in range(9):
        day = chance.between(1, 28, "error", month, number)
        yield {"instance_id": "dl-rack-02", "error_type": "xid_79" if number % 3 else "ecc_double_bit",
               "message": "GPU has fallen off the bus" if number % 3 else "uncorrectable ECC error",
               "timestamp": f"{month}-{day:02d}T{chance.below(24, 'e', month, number):02d}:40:10Z"}


def show(value):
    """JSON with decimals written as they are: json.dumps would send them through a double."""
    if isinstance(value, JsonNumber):
        return plain(Decimal(value))
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{show(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)


def sync_text(chance, month):
    parts = {"instances": instances(month), "metrics": metrics(chance, month),
             "costs": costs(chance, month), "alerts": alerts(chance, month),
             "ai_spend": ai_spend(chance, month), "errors": errors(chance, month)}
    text = ",\n".join(f'"{name}":[\n' + ",\n".join(map(show, rows)) + "\n]"
                      for name, rows in parts.items())
    return "{\n" + text + "\n}\n"


def sync_files(chance):
    return {f"sync/sync-{month}.json": sync_text(chance, month).encode()
            for month in ("2026-08", "2026-09", "2026-10")}
