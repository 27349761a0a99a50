"""Seeded draws that depend on nothing but the seed and a key.

Every figure of the sample data is a pure function of (seed, key), so rows can be added or
re-ordered without moving the others, and no float or library PRNG can change a byte.
"""
import hashlib
from datetime import date, timedelta
from decimal import Decimal

FIRST_DAY = date(2026, 8, 1)
LAST_DAY = date(2026, 10, 31)
MONTHS = ("2026-08", "2026-09", "2026-10")
# Monday to Sunday, per mille of the mean load
WEEKDAY = (1010, 1020, 1025, 1015, 990, 740, 700)


class Chance:
    def __init__(self, seed):
        self.seed = str(seed)

    def below(self, limit, *key):
        """An integer in 0 .. limit - 1."""
        text = "\x1f".join([self.seed, *map(str, key)])
        number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big")
        return number % limit

    def between(self, low, high, *key):
        return low + self.below(high - low + 1, *key)

    def load(self, day, *key, weekly=True, spread=60, growth=1500):
        """Per mille of base load on `day`: growth (ppm a day), weekday cycle, noise."""
        value = 1_000_000 + growth * (day - FIRST_DAY).days
        if weekly:
            value = value * WEEKDAY[day.weekday()] // 1000
        return value * self.between(1000 - spread, 1000 + spread, "load", day, *key) // 1_000_000

    def hex(self, digits, *key):
        return f"{self.below(16 ** digits, 'hex', *key):0{digits}x}"

    def uuid(self, *key):
        h = self.hex(32, *key)
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-8{h[17:20]}-{h[20:]}"


def days_of(month):
    day = date(int(month[:4]), int(month[5:]), 1)
    while day.isoformat()[:7] == month:
        yield day
        day += timedelta(days=1)


def month_bounds(month):
    days = list(days_of(month))
    return days[0], days[-1] + timedelta(days=1)


def plain(value):
    """A Decimal without exponent and without trailing zeros."""
    text = format(Decimal(value), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def scientific(value):
    """The spelling of tiny amounts in some exports: 5.2E-9."""
    value = Decimal(value)
    if value == 0 or abs(value) >= Decimal("0.00001"):
        return plain(value)
    sign, digits, exponent = value.normalize().as_tuple()
    text = "".join(map(str, digits))
    mantissa = text[0] + ("." + text[1:] if len(text) > 1 else "")
    return f"{'-' if sign else ''}{mantissa}E{exponent + len(text) - 1}"
