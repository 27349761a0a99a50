"""A month of an AWS bill as a large account gets it: 195 columns, two .gz parts, and its exact sums.

174,000 rows are 141 MB of text. Everything is drawn from a seed: products by SKU, so that their 90
columns repeat, 40 columns of tags of which most are empty, costs of 15 digits, small ones in E notation
with up to 24 decimals, line ids that come again, every line type. The truth has the shape of truth.load(): it
is worked out here by the published rules, from the numbers that the cells are written from.
"""
import gzip
import random
from collections import defaultdict
from decimal import Context, Decimal, getcontext

getcontext().prec = 60
DIGITS = Context(prec=15)  # of a cost: AWS counts in doubles
MONTH_ROWS = 174_000
PARTS = 2
TAGS = ["aws:createdBy", "user:team", "user:env", *(f"user:label-{n:02}" for n in range(37))]
LINE = ("UsageAccountId LineItemType UsageStartDate UsageEndDate ProductCode UsageType Operation "
        "AvailabilityZone ResourceId UsageAmount NormalizationFactor NormalizedUsageAmount "
        "CurrencyCode UnblendedRate UnblendedCost BlendedRate BlendedCost LineItemDescription "
        "TaxType LegalEntity").split()
BILL = ("InvoiceId InvoicingEntity BillingEntity BillType PayerAccountId BillingPeriodStartDate "
        "BillingPeriodEndDate").split()
PRODUCT = ["ProductName", *(f"attribute{n:02}" for n in range(82)), "instanceType", "region",
           "regionCode", "servicecode", "servicename", "sku", "vcpu"]
PRICING = "RateCode RateId currency publicOnDemandCost publicOnDemandRate term unit".split()
RESERVATION = ("AmortizedUpfrontCostForUsage AmortizedUpfrontFeeForBillingPeriod EffectiveCost "
               "EndTime ModificationStatus NormalizedUnitsPerReservation NumberOfReservations "
               "RecurringFeeForUsage ReservationARN StartTime SubscriptionId "
               "TotalReservedNormalizedUnits TotalReservedUnits UnitsPerReservation "
               "UnusedAmortizedUpfrontFeeForBillingPeriod UnusedNormalizedUnitQuantity "
               "UnusedQuantity UnusedRecurringFee UpfrontValue").split()
PLAN = ("TotalCommitmentToDate SavingsPlanARN SavingsPlanRate UsedCommitment "
        "SavingsPlanEffectiveCost AmortizedUpfrontCommitmentForBillingPeriod "
        "RecurringCommitmentForBillingPeriod").split()
HEADER = [f"{group}/{name}" for group, names in
          (("identity", ["LineItemId", "TimeInterval"]), ("bill", BILL), ("lineItem", LINE),
           ("product", PRODUCT), ("pricing", PRICING), ("reservation", RESERVATION),
           ("savingsPlan", PLAN), ("costCategory", ["Division", "Stage", "Owner"]),
           ("resourceTags", TAGS)) for name in names]
ZERO = Decimal(0)


def spelled(value):
    """As Java writes it: small numbers in E notation."""
    if value == 0:
        return "0.0"
    if abs(value) >= Decimal("0.001"):
        return format(value.normalize(), "f")
    sign, digits, exponent = value.normalize().as_tuple()
    text = "".join(map(str, digits))
    return (f"{'-' * sign}{text[0]}.{text[1:] or '0'}E{exponent + len(digits) - 1}")


class Sku:
    def __init__(self, draw, number):
        self.service = number % 17
        self.code = f"AmazonService{self.service}"
        self.name = f"Amazon Service Number {self.service}"
        self.usage_type = f"EUC1-Usage:kind{number}.{draw.choice(['large', 'xlarge', '8xlarge'])}"
        self.operation = f"Run{number % 7}"
        self.rate = Decimal(draw.randrange(1, 10 ** 5)).scaleb(-draw.choice([4, 6, 8, 10]))
        cells = dict.fromkeys(PRODUCT, "")
        for name in draw.sample(PRODUCT[1:83], 6):
            cells[name] = draw.choice(["Yes", "No", "AWS Region", "Up to 10 Gigabit",
                                       f"value of {name} {draw.randrange(9)}", "NA", "64-bit"])
        cells.update(ProductName=self.name, instanceType=self.usage_type.split(":")[1],
                     region="eu-central-1", regionCode="eu-central-1", servicecode=self.code,
                     servicename=self.name, sku=f"{number:016X}", vcpu=str(4 + number % 60))
        self.product = ",".join(cells[name] for name in PRODUCT)
        self.rate_code = f"{number:016X}.JRTCKXETXF.6YS6EN2CT7"


class Resource:
    def __init__(self, draw, number, skus):
        self.sku = draw.choice(skus)
        self.account = f"{draw.randrange(24) + 4471209:012}"
        self.id = f"i-{draw.getrandbits(64):016x}"
        cells = dict.fromkeys(TAGS, "")
        self.team = ""
        if draw.random() < 0.8:
            self.team = cells["user:team"] = f"team-{draw.randrange(24)}"
        for name in draw.sample(TAGS[3:], draw.randrange(4)):
            cells[name] = f"{name[5:]}-{draw.randrange(50)}"
        cells["user:env"] = draw.choice(["prod", "dev", ""])
        self.tags = ",".join(["Division-" + str(number % 5), "", "", *cells.values()])
        self.kind = draw.choices(["Usage", "DiscountedUsage", "SavingsPlanCoveredUsage"],
                                 [80, 10, 10])[0]


class Month:
    """Rows one after the other, and what they add up to."""

    def __init__(self, rows, seed=1):
        self.draw, self.rows = random.Random(seed), rows
        self.skus = [Sku(self.draw, number) for number in range(240)]
        self.resources = [Resource(self.draw, number, self.skus) for number in range(1500)]
        self.sums = defaultdict(lambda: [0, ZERO, ZERO, ZERO, ZERO])

    def add(self, team, service, day, costs):
        """costs: effective, billed, list, contracted."""
        for key in (("team", team), ("service", service), ("day", day),
                    ("service_month", f"{service}|2026-07"), ("team_day", f"{team}|{day}"),
                    ("total", "USD")):
            group = self.sums[key]
            group[0] += 1
            for place, cost in enumerate(costs):
                group[place + 1] += cost

    def line(self, number):
        hour = number * 744 // self.rows
        resource = self.resources[int(self.draw.random() ** 2 * len(self.resources))]
        sku, kind = resource.sku, resource.kind
        day, after = f"2026-07-{hour // 24 + 1:02}", hour + 1
        start = f"{day}T{hour % 24:02}:00:00Z"
        end = (f"2026-07-{after // 24 + 1:02}T{after % 24:02}:00:00Z" if after < 744
               else "2026-08-01T00:00:00Z")
        if kind == "SavingsPlanCoveredUsage" and number % 2:
            kind = "SavingsPlanNegation"
        amount = Decimal(1)
        if sku.service % 3:
            amount = Decimal(self.draw.randrange(1, 10 ** 9)).scaleb(-self.draw.choice([6, 9, 10]))
        public = DIGITS.multiply(amount, sku.rate / 7)
        billed = ZERO if kind == "DiscountedUsage" else public
        own = DIGITS.multiply(public, Decimal("0.62"))
        reservation, plan = [""] * len(RESERVATION), [""] * len(PLAN)
        effective, contracted, listed = billed, billed, public
        if kind == "DiscountedUsage":
            reservation[2], reservation[8] = spelled(own), f"arn:aws:ec2:ri-{sku.service}"
            effective, contracted = own, public
        elif kind.startswith("SavingsPlan"):
            plan[1] = f"arn:aws:savingsplans::1:sp-{sku.service % 3}"
            if kind == "SavingsPlanNegation":
                billed, effective, contracted, listed = -public, ZERO, ZERO, ZERO
                public = -public
            else:
                plan[4] = spelled(own)
                effective = own
        self.add(resource.team or "(untagged)", sku.name, day,
                 (effective, billed, listed, contracted))
        cost = spelled(billed)
        return ",".join((
            f"{number // 3 * 7919 % 2 ** 64:026x}", f"{start}/{end}", "",
            '"Amazon Web Services, Inc."', "AWS", "Anniversary", "000004471200",
            "2026-07-01T00:00:00.000Z", "2026-08-01T00:00:00.000Z", resource.account, kind, start,
            end, sku.code, sku.usage_type, sku.operation, "", resource.id, spelled(amount), "", "",
            "USD", spelled(sku.rate), cost, spelled(sku.rate), cost,
            f"${sku.rate} per {sku.usage_type}", "", '"Amazon Web Services, Inc."',
            sku.product, sku.rate_code, str(10 ** 10 + sku.service), "USD", spelled(public),
            spelled(sku.rate), "OnDemand", "Hrs", *reservation, *plan, resource.tags))

    def write_truth(self, path):
        with open(path, "w", encoding="utf-8") as out:
            out.write("kind\tkey\trows\tEffectiveCost\tBilledCost\tListCost\tContractedCost\n")
            for (kind, key), (rows, *sums) in sorted(self.sums.items()):
                out.write("\t".join([kind, "" if kind == "total" else key, str(rows),
                                     *(format(value, "f") for value in sums)]) + "\n")


def make(stem, rows):
    """STEM-1.csv.gz, STEM-2.csv.gz and STEM.tsv; the bytes of the text."""
    month, size = Month(rows), 0
    for part in range(PARTS):
        first, last = rows * part // PARTS, rows * (part + 1) // PARTS
        with gzip.GzipFile(f"{stem}-{part + 1}.csv.gz", "wb", 6, mtime=0) as out:
            lines = [",".join(HEADER)]
            for number in range(first, last):
                lines.append(month.line(number))
                if len(lines) >= 2000 or number == last - 1:
                    text = ("\n".join(lines) + "\n").encode()
                    size += out.write(text)
                    lines = []
    month.write_truth(f"{stem}.tsv")
    return size
