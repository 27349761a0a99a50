"""pandas for tests/bench: 14 columns and the team to a pickle, costs as doubles.

    pandas_ingest.py BILLS.csv STORE.pickle
"""
import sys

import pandas

NUMBERS = ["ConsumedQuantity", "BilledCost", "EffectiveCost", "ListCost"]
CATEGORIES = ["BillingCurrency", "ChargeCategory", "ProviderName", "SubAccountId", "ServiceName",
              "RegionId", "SkuId", "ResourceId", "Tags", "ChargePeriodStart"]
types = {**dict.fromkeys(NUMBERS, "float64"), **dict.fromkeys(CATEGORIES, "category")}
frame = pandas.read_csv(sys.argv[1], usecols=list(types), dtype=types)
teams = frame["Tags"].cat.categories.to_series().str.extract('"team":"([^"]*)"', expand=False)
frame["team"] = frame["Tags"].map(teams).astype(object).fillna("(untagged)").astype("category")
frame.to_pickle(sys.argv[2])
