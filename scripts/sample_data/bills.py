"""The FOCUS files: a file a provider and billing month, with the quirks that real bills have."""
import csv
import io
import json
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from .chance import LAST_DAY, MONTHS, days_of, month_bounds, plain, scientific
from .company import AWS, COREWEAVE, MICROSOFT, SERVICES, tags_of
from .gz import gzip_members

FOCUS_10 = """AvailabilityZone BilledCost BillingAccountId BillingAccountName BillingCurrency
 BillingPeriodEnd BillingPeriodStart ChargeCategory ChargeClass ChargeDescription ChargeFrequency
 ChargePeriodEnd ChargePeriodStart CommitmentDiscountCategory CommitmentDiscountId
 CommitmentDiscountName CommitmentDiscountStatus CommitmentDiscountType ConsumedQuantity
 ConsumedUnit ContractedCost ContractedUnitPrice EffectiveCost InvoiceIssuerName ListCost
 ListUnitPrice PricingCategory PricingQuantity PricingUnit ProviderName PublisherName RegionId
 RegionName ResourceId ResourceName ResourceType ServiceCategory ServiceName SkuId SkuPriceId
 SubAccountId SubAccountName Tags""".split()
FOCUS_12 = sorted(FOCUS_10 + """CapacityReservationId CapacityReservationStatus
 CommitmentDiscountQuantity CommitmentDiscountUnit ServiceSubcategory SkuMeter SkuPriceDetails
 BillingAccountType SubAccountType InvoiceId PricingCurrency PricingCurrencyContractedUnitPrice
 PricingCurrencyEffectiveCost PricingCurrencyListUnitPrice""".split())
FOCUS_13 = FOCUS_12 + """ServiceProviderName HostProviderName ContractApplied AllocatedMethodId
 AllocatedMethodDetails AllocatedResourceId AllocatedResourceName AllocatedTags""".split()
CUSTOM = ["x_InstanceType", "x_GpuType"]
HUNDREDTH = Decimal("0.01")
COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
REGIONS = {"us-east-1": "US East (N. Virginia)", "us-west-2": "US West (Oregon)",
           "westeurope": "West Europe", "germanywestcentral": "Germany West Central",
           "us-east-04": "US East 04", "us-west-01": "US West 01"}


class UPFRONT:
    """A reservation paid once for a year: billed in one month, effective day by day."""

    resource, start, days, price = "db-web-main", date(2026, 9, 1), 365, Decimal(21900)
    columns = {"CommitmentDiscountId": "arn:aws:rds:us-east-1:274400918265:ri:ri-2026-09-web",
               "CommitmentDiscountName": "RDS reserved instance, all upfront",
               "CommitmentDiscountCategory": "Usage", "CommitmentDiscountType": "Reserved Instance",
               "CommitmentDiscountUnit": "Hours"}


class Provider:
    """What is the same on every row of a provider's bill."""

    def __init__(self, name, issuer, account, account_name, currency, sub_accounts, resources,
                 contracted, commitment, commitment_tags=None, spike=None):
        self.name, self.issuer, self.currency = name, issuer, currency
        self.account, self.account_name = account, account_name
        self.sub_accounts, self.resources = sub_accounts, resources
        self.contracted = Decimal(contracted)  # of the list price
        self.commitment = commitment           # (id, name, category, type)
        self.commitment_tags = commitment_tags
        self.spike = spike                     # (resource, first day, last day, factor)
        # EUR bills are priced in USD at one rate a month
        self.rates = dict(zip(MONTHS, map(Decimal, ("0.91", "0.92", "0.905")))) \
            if currency == "EUR" else dict.fromkeys(MONTHS, Decimal(1))


PROVIDERS = {
    "aws": Provider("AWS", "Amazon Web Services, Inc.", "118204417733", "Meridian Labs", "USD",
                    [("118204417733", "meridian-core"), ("274400918265", "meridian-product"),
                     ("009120044871", "meridian-commerce")], AWS, "0.93",
                    ("arn:aws:savingsplans::118204417733:savingsplan/7d0c51e2",
                     "Compute Savings Plan", "Spend", "Savings Plan"),
                    spike=("i-0d15ee0reindex0", date(2026, 9, 14), date(2026, 9, 20), 7)),
    "microsoft": Provider("Microsoft", "Microsoft Ireland Operations Limited", "79184402",
                          "Meridian Labs GmbH", "EUR",
                          [("5c0e3b7e-41f2-4c8e-9a55-70b7a2f0c111", "meridian-eu-prod"),
                           ("b2a7d9f0-9d31-4f0a-8f0e-18c0e4d8c222", "meridian-eu-dev")],
                          MICROSOFT, "0.88",
                          ("/providers/Microsoft.Capacity/reservationOrders/3f6d2a90",
                           "VM reservation 1 year", "Usage", "Reservation")),
    "coreweave": Provider("CoreWeave", "CoreWeave, Inc.", "cw-meridian", "meridian", "USD",
                          [("meridian-train", "training")], COREWEAVE, "0.825",
                          ("cw-commit-2026-h100", "Reserved H100 capacity", "Usage",
                           "Reserved capacity"), {"team": "ml", "env": "prod"}),
}


def charge(provider, month, start, end, service, category, **more):
    """A row with what every row has; `more` fills the rest."""
    first, after = month_bounds(month)
    group, subgroup, kind = SERVICES[service]
    row = {
        "ProviderName": provider.name, "PublisherName": provider.issuer,
        "ServiceProviderName": provider.name, "HostProviderName": provider.name,
        "InvoiceIssuerName": provider.issuer, "BillingAccountId": provider.account,
        "BillingAccountName": provider.account_name, "BillingAccountType": "Billing account",
        "BillingCurrency": provider.currency, "BillingPeriodStart": first,
        "BillingPeriodEnd": after, "ChargePeriodStart": start, "ChargePeriodEnd": end,
        "ChargeCategory": category, "ChargeFrequency": "Usage-Based", "ServiceName": service,
        "ServiceCategory": group, "ServiceSubcategory": subgroup, "ResourceType": kind,
        "InvoiceId": f"{provider.name.upper()[:3]}-{month.replace('-', '')}",
        "SubAccountId": provider.sub_accounts[0][0], "SubAccountName": provider.sub_accounts[0][1],
        "SubAccountType": "Account", "PricingCategory": "Standard",
    }
    row.update(more)
    return row


def same_costs(amount):
    """FOCUS: a charge that is not priced by quantity has its billed cost in all four."""
    return dict.fromkeys(COSTS, amount)


def meter_step(provider, resource):
    """The smallest step of a meter: quantity x price keeps within 12 decimals."""
    rate_digits = 3 if provider.currency == "EUR" else 0
    price_digits = -Decimal(resource.list_price).as_tuple().exponent
    return Decimal(1).scaleb(-min(6, 12 - price_digits - rate_digits))


def quantity_of(chance, provider, resource, day):
    """Units of one resource on one day; decimals only where meters have them."""
    base = Decimal(resource.quantity)
    if resource.kind == "always":
        quantity = base
    elif resource.kind == "elastic":
        quantity = (base * chance.load(day, resource.name) / 1000).quantize(HUNDREDTH)
    else:
        load = chance.load(day, resource.name, growth=2200, spread=90)
        fraction = chance.below(1_000_000, "fraction", resource.name, day)
        quantity = base * load / 1000 + Decimal(fraction) / 1_000_000
        quantity = quantity.quantize(meter_step(provider, resource), ROUND_HALF_EVEN)
    if provider.spike and resource.name == provider.spike[0]:
        if provider.spike[1] <= day <= provider.spike[2]:
            quantity *= provider.spike[3]
    return quantity


def usage_row(chance, provider, month, resource, day, quantity):
    """Usage on demand: list > contracted = effective = billed; under a commitment billed is 0."""
    rate = provider.rates[month]
    list_usd = Decimal(resource.list_price)
    contracted_usd = (list_usd * provider.contracted).quantize(Decimal("0.000001")) \
        if resource.kind != "metered" else list_usd
    sub = provider.sub_accounts[resource.account]
    tags = tags_of(resource)
    sku = "SKU" + chance.hex(9, "sku", resource.service, resource.machine, resource.unit).upper()
    details = {"InstanceType": resource.machine} if resource.machine else None
    row = charge(
        provider, month, day, day + timedelta(days=1), resource.service, "Usage",
        ResourceId=resource.name, ResourceName=resource.name, RegionId=resource.region,
        RegionName=REGIONS[resource.region], SubAccountId=sub[0], SubAccountName=sub[1],
        AvailabilityZone=resource.region + "a" if resource.machine else None,
        SkuId=sku, SkuPriceId=sku + ".OD", SkuMeter=resource.machine or resource.unit,
        SkuPriceDetails=json.dumps(details) if details else None,
        ChargeDescription=f"{resource.machine or resource.service}, {resource.unit}, "
                          f"{REGIONS[resource.region]}",
        ConsumedQuantity=quantity, ConsumedUnit=resource.unit.removeprefix("1 "),
        PricingQuantity=quantity, PricingUnit=resource.unit,
        ListUnitPrice=list_usd * rate, ContractedUnitPrice=contracted_usd * rate,
        ListCost=quantity * list_usd * rate, ContractedCost=quantity * contracted_usd * rate,
        EffectiveCost=quantity * contracted_usd * rate, BilledCost=quantity * contracted_usd * rate,
        PricingCurrency="USD", PricingCurrencyListUnitPrice=list_usd,
        PricingCurrencyContractedUnitPrice=contracted_usd,
        PricingCurrencyEffectiveCost=quantity * contracted_usd,
        x_InstanceType=resource.machine or None, x_GpuType=resource.gpu or None,
        Tags=json.dumps(tags) if tags is not None else None)
    if provider.name == "AWS" and resource.name == UPFRONT.resource and day >= UPFRONT.start:
        row.update(UPFRONT.columns, BilledCost=Decimal(0), EffectiveCost=UPFRONT.price / UPFRONT.days,
                   PricingCurrencyEffectiveCost=UPFRONT.price / UPFRONT.days,
                   PricingCategory="Committed", SkuPriceId=sku + ".RI",
                   CommitmentDiscountStatus="Used", CommitmentDiscountQuantity=quantity)
    elif resource.covered_rate:
        effective = quantity * Decimal(resource.covered_rate)
        row.update(commitment_columns(provider, effective * rate, "Used"), BilledCost=Decimal(0),
                   EffectiveCost=effective * rate, PricingCurrencyEffectiveCost=effective,
                   PricingCategory="Committed", SkuPriceId=sku + ".SP",
                   ContractApplied=json.dumps({"Elements": [{
                       "ContractId": provider.commitment[0],
                       "ContractCommitmentAppliedCost": plain(effective * rate)}]}))
    return row


def commitment_columns(provider, quantity, status):
    name = provider.commitment
    return {"CommitmentDiscountId": name[0], "CommitmentDiscountName": name[1],
            "CommitmentDiscountCategory": name[2], "CommitmentDiscountType": name[3],
            "CommitmentDiscountStatus": status, "CommitmentDiscountQuantity": quantity,
            "CommitmentDiscountUnit": provider.currency}


def commitment_rows(chance, provider, month, rows):
    """One purchase on the first of the month (effective 0), and what each day left unused."""
    covered = [r for r in provider.resources if r.covered_rate]
    rate = provider.rates[month]
    daily = sum(Decimal(r.quantity) * Decimal(r.covered_rate) for r in covered) * rate
    # a little more is committed than is ever used
    daily += (daily / 50).quantize(HUNDREDTH)
    first, after = month_bounds(month)
    service = covered[0].service
    total = daily * (after - first).days
    yield charge(provider, month, first, after, service, "Purchase", ResourceType=None,
                 ChargeFrequency="Recurring", ChargeDescription=provider.commitment[1],
                 ResourceId=provider.commitment[0], PricingQuantity=Decimal(1), PricingUnit="Months",
                 ListUnitPrice=total, ContractedUnitPrice=total,
                 Tags=json.dumps(provider.commitment_tags) if provider.commitment_tags else None,
                 **same_costs(total) | {"EffectiveCost": Decimal(0)},
                 **commitment_columns(provider, total, None))
    used = {}
    for row in rows:
        if row.get("CommitmentDiscountStatus") == "Used" \
                and row["CommitmentDiscountId"] == provider.commitment[0]:
            day = row["ChargePeriodStart"]
            used[day] = used.get(day, 0) + row["EffectiveCost"]
    for day in days_of(month):
        left = daily - used.get(day, 0)
        yield charge(provider, month, day, day + timedelta(days=1), service, "Usage",
                     ResourceType=None, ChargeDescription=provider.commitment[1] + ", unused",
                     ResourceId=provider.commitment[0], PricingCategory="Committed",
                     Tags=json.dumps(provider.commitment_tags) if provider.commitment_tags else None,
                     **same_costs(Decimal(0)) | {"EffectiveCost": left},
                     **commitment_columns(provider, left, "Unused"))


def is_committed(resource):
    return resource.covered_rate is not None or resource.name == UPFRONT.resource


def is_late(chance, resource, day):
    """The last day has not arrived in full when the files were written."""
    return day == LAST_DAY and not is_committed(resource) \
        and chance.below(5, "late", resource.name) < 3


def usage_rows(chance, provider, month):
    for day in days_of(month):
        for resource in provider.resources:
            if is_late(chance, resource, day):
                continue
            quantity = quantity_of(chance, provider, resource, day)
            if day == LAST_DAY and not is_committed(resource):
                step = meter_step(provider, resource) if resource.kind == "metered" else HUNDREDTH
                quantity = (quantity * 9 / 24).quantize(step)
            yield usage_row(chance, provider, month, resource, day, quantity)


def aws_extras(chance, provider, month, rows):
    first, after = month_bounds(month)
    support = same_costs(Decimal("15000"))
    yield charge(provider, month, first, after, "AWS Support", "Purchase",
                 ChargeFrequency="Recurring", ChargeDescription="Enterprise support, monthly fee",
                 **support)
    if month != "2026-10":
        day = first + timedelta(days=14)
        yield charge(provider, month, day, day + timedelta(days=1), "Amazon Redshift", "Credit",
                     ChargeFrequency="One-Time", ChargeDescription="Migration credit, \"MAP 2.0\"",
                     ResourceType=None, **same_costs(Decimal("-2500")))
    if month == "2026-09":
        yield charge(provider, month, first, first + timedelta(days=UPFRONT.days),
                     "Amazon Relational Database Service", "Purchase", ChargeFrequency="One-Time",
                     ResourceType=None, ResourceId=UPFRONT.columns["CommitmentDiscountId"],
                     ChargeDescription=UPFRONT.columns["CommitmentDiscountName"],
                     SubAccountId=provider.sub_accounts[1][0],
                     SubAccountName=provider.sub_accounts[1][1], **UPFRONT.columns,
                     CommitmentDiscountQuantity=Decimal(48 * UPFRONT.days),
                     **same_costs(UPFRONT.price) | {"EffectiveCost": Decimal(0)})
        day = date(2026, 9, 22)
        yield charge(provider, month, day, day + timedelta(days=1), "Amazon CloudFront",
                     "Adjustment", ChargeFrequency="One-Time", ResourceType=None,
                     ChargeDescription="Refund, outage of 9 September\nas agreed in case 7741",
                     **same_costs(Decimal("-318.4402")))
    if month == "2026-10":
        yield from aws_corrections(chance, provider)
    taxed = [r for r in rows if r["SubAccountId"] == "009120044871"]
    sums = {c: (sum(r[c] for r in taxed) * Decimal("0.0825")).quantize(HUNDREDTH)
            for c in COSTS}
    yield charge(provider, month, first, after, "AWS Tax", "Tax", ChargeFrequency="Recurring",
                 ChargeDescription="Sales tax 8.25 %", SubAccountId="009120044871",
                 SubAccountName="meridian-commerce", **sums)


def aws_corrections(chance, provider):
    """Billed in October for September: three days of one database were priced too high."""
    database = next(r for r in provider.resources if r.name == "db-payments-main")
    for day in (date(2026, 9, 10), date(2026, 9, 11), date(2026, 9, 12)):
        wrong = usage_row(chance, provider, "2026-10", database, day, Decimal(-48))
        right = usage_row(chance, provider, "2026-10", database, day, Decimal(40))
        for row in (wrong, right):
            row["ChargeClass"] = "Correction"
            yield row


def microsoft_extras(chance, provider, month, rows):
    first, after = month_bounds(month)
    if month == "2026-09":
        day = date(2026, 9, 30)
        yield charge(provider, month, day, day + timedelta(days=1), "Microsoft Credits", "Credit",
                     ChargeFrequency="One-Time", ChargeDescription="Service level credit; Juli",
                     **same_costs(Decimal("-740.25")))
    sums = {c: (sum(r[c] for r in rows) * Decimal("0.19")).quantize(HUNDREDTH) for c in COSTS}
    yield charge(provider, month, first, after, "Microsoft Tax", "Tax", ChargeFrequency="Recurring",
                 ChargeDescription="Umsatzsteuer 19 % für Meridian Labs GmbH, Köln", **sums)


def coreweave_extras(chance, provider, month, rows):
    first, after = month_bounds(month)
    yield charge(provider, month, first, after, "Managed Grafana", "Purchase",
                 ChargeFrequency="Recurring", ChargeDescription="Observability bundle",
                 **same_costs(Decimal("450")))
    if month == "2026-10":
        day = date(2026, 10, 8)
        yield charge(provider, month, day, day + timedelta(days=1), "GPU Compute", "Credit",
                     ChargeFrequency="One-Time", ResourceType=None,
                     ChargeDescription="Node replacement credit",
                     Tags=json.dumps({"team": "ml", "env": "prod"}),
                     **same_costs(Decimal("-1181.76")))


EXTRAS = {"aws": aws_extras, "microsoft": microsoft_extras, "coreweave": coreweave_extras}


def rows_of(chance, key, month):
    provider = PROVIDERS[key]
    rows = list(usage_rows(chance, provider, month))
    rows += commitment_rows(chance, provider, month, rows)
    rows += EXTRAS[key](chance, provider, month, rows)
    rows.sort(key=lambda r: r["ChargePeriodStart"])
    return rows


def cell(value, style):
    if value is None or value == "":
        return style.get("null", "")
    if isinstance(value, date):
        return value.isoformat() + style.get("midnight", "T00:00:00Z")
    if isinstance(value, Decimal):
        return (scientific if style.get("scientific") else plain)(value)
    return value


def focus_text(rows, columns, **style):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=style.get("newline", "\n"))
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row.get(c), style) for c in columns])
    return out.getvalue()


def shuffled(chance, columns):
    return sorted(columns, key=lambda c: chance.hex(16, "column", c))


def bill_files(chance):
    """path -> bytes of every FOCUS file."""
    files = {}

    def text(key, month, columns, **style):
        return focus_text(rows_of(chance, key, month), columns, **style)

    files["bills/aws-2026-08.csv.gz"] = gzip_members(
        [text("aws", "2026-08", FOCUS_10 + CUSTOM, null="NULL", midnight=" 00:00:00",
              scientific=True).encode()])
    september = text("aws", "2026-09", FOCUS_12 + CUSTOM).encode()
    half = september.index(b"\n", len(september) // 2) + 1
    files["bills/aws-2026-09.csv.gz"] = gzip_members([september[:half], september[half:]])
    files["bills/aws-2026-10.csv"] = text("aws", "2026-10", FOCUS_12 + CUSTOM,
                                          scientific=True).encode()
    files["bills/microsoft-2026-08.csv.gz"] = gzip_members(
        [text("microsoft", "2026-08", FOCUS_10, null="null").encode()])
    files["bills/microsoft-2026-09.csv.gz"] = gzip_members(
        [text("microsoft", "2026-09", FOCUS_12 + CUSTOM).encode()])
    files["bills/microsoft-2026-10.csv"] = b"\xef\xbb\xbf" + text(
        "microsoft", "2026-10", FOCUS_12 + CUSTOM, newline="\r\n").encode()
    files["bills/coreweave-2026-08.csv"] = text("coreweave", "2026-08", FOCUS_12 + CUSTOM).encode()
    files["bills/coreweave-2026-09.csv.gz"] = gzip_members(
        [text("coreweave", "2026-09", FOCUS_13 + CUSTOM).encode()])
    files["bills/coreweave-2026-10.csv"] = text(
        "coreweave", "2026-10", shuffled(chance, FOCUS_13 + CUSTOM)).encode()
    return files
