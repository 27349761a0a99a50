"""Delivery sets: the parts that a manifest names, all of them, and no other edition of the month."""
import gzip
import json
import shutil
from pathlib import Path

import harness
from harness import DATA, DONE, focus_row, focus_text

PERIOD = "20260501-20260601"
OLD, NEW = "0a6f6c1e-0001-4b7e-9d55-aaaaaaaaaaaa", "0a6f6c1e-0002-4b7e-9d55-bbbbbbbbbbbb"


def rows(first, last, cost, **cells):
    return [focus_row(day=f"2026-05-{day:02}", cost=cost, ResourceId=f"r{day}", **cells)
            for day in range(first, last + 1)]


class Sets(harness.ProgramTest):
    def part(self, name, first=1, last=10, cost="1.00", **cells):
        content = focus_text(rows(first, last, cost, **cells)).encode()
        return self.write(name, gzip.compress(content, mtime=0) if name.endswith(".gz") else content)

    def manifest(self, name, **members):
        return self.write(name, json.dumps(members))

    def billed(self, *arguments, **options):
        """Billed sum of the one delivery that a call brings."""
        delivery, = self.ingest(*arguments, **options)
        return delivery["money"][0]["billed"]

    def refusal(self, *arguments):
        result = self.run_program("ingest", *arguments, want=DATA)
        self.assertFalse(self.store.exists())
        return result.err


class AwsReports(Sets):
    """name/yyyymmdd-yyyymmdd/[assembly/]name-N.csv.gz, and manifests of both kinds."""

    def aws_manifest(self, name, assembly, parts, **members):
        keys = [f"/cur/bill/{PERIOD}/{part}" for part in parts]
        return self.manifest(name, assemblyId=assembly, account="123456789012",
                             columns=[{"category": "bill", "name": "PayerAccountId"}],
                             billingPeriod={"start": "20260501T000000.000Z",
                                            "end": "20260601T000000.000Z"},
                             reportKeys=keys, **members)

    def two_assemblies(self, top=True):
        month = f"aws/bill/{PERIOD}"
        for assembly, cost in ((OLD, "1.00"), (NEW, "2.00")):
            parts = [f"{assembly}/bill-{n}.csv.gz" for n in (1, 2)]
            self.part(f"{month}/{parts[0]}", 1, 10, cost)
            self.part(f"{month}/{parts[1]}", 11, 20, cost)
            self.aws_manifest(f"{month}/{assembly}/bill-Manifest.json", assembly, parts)
        if top:
            self.aws_manifest(f"{month}/bill-Manifest.json", NEW,
                              [f"{NEW}/bill-{n}.csv.gz" for n in (1, 2)])
        return self.folder / month

    def test_the_manifest_of_the_month_decides_between_assemblies(self):
        month = self.two_assemblies()
        outcome = json.loads(self.run_program("ingest", "--json", self.folder / "aws").out)
        delivery, = outcome["deliveries"]
        self.assertEqual(delivery["money"][0]["billed"], "40.00")
        self.assertEqual([Path(file["path"]).relative_to(month).as_posix()
                          for file in delivery["files"]],
                         [f"{NEW}/bill-1.csv.gz", f"{NEW}/bill-2.csv.gz"])
        for file in delivery["files"]:
            self.assertEqual(file["set_id"], NEW)
            self.assertEqual(file["manifest"], str(month / "bill-Manifest.json"))
        reasons = [skipped["reason"] for skipped in outcome["skipped"]]
        self.assertEqual(len(reasons), 1)
        self.assertIn(OLD, reasons[0])
        self.assertIn("2 parts", reasons[0])
        shown = self.run_program("imports", "show", delivery["id"], "--format", "csv").out
        self.assertEqual(shown.count(NEW + ","), 2)
        self.run_program("check")

    def test_the_manifest_of_the_month_decides_wherever_its_name_sorts(self):
        month = self.two_assemblies()
        for name in ("a-Manifest.json", "z-Manifest.json"):
            (month / "bill-Manifest.json").rename(month / name)
            self.assertEqual(self.billed(self.folder / "aws", store=self.folder / f"{name}.db"), "40.00")
            (month / name).rename(month / "bill-Manifest.json")

    def test_a_part_that_is_missing_is_an_error_that_names_it(self):
        month = self.two_assemblies()
        (month / NEW / "bill-2.csv.gz").unlink()
        message = self.refusal(self.folder / "aws")
        self.assertIn(f"{NEW}/bill-2.csv.gz", message)
        self.assertIn("bill-Manifest.json", message)

    def test_assemblies_without_a_manifest_of_the_month_are_refused_by_name(self):
        self.two_assemblies(top=False)
        message = self.refusal(self.folder / "aws")
        self.assertIn(OLD, message)
        self.assertIn(NEW, message)

    def test_one_of_them_can_be_named_by_its_folder_or_its_manifest(self):
        month = self.two_assemblies(top=False)
        self.assertEqual(self.billed(month / OLD), "20.00")
        self.assertEqual(self.billed(month / NEW / "bill-Manifest.json"), "40.00")
        self.assertEqual(self.billed(self.folder / "aws", month / NEW / "bill-Manifest.json",
                                     store=self.folder / "both.db"), "40.00")

    def test_parts_of_one_manifest_may_lie_in_several_folders(self):
        month = f"aws/bill/{PERIOD}"
        for n, folder in ((1, OLD), (2, NEW)):
            self.part(f"{month}/{folder}/bill-{n}.csv.gz", 10 * n - 9, 10 * n, f"{n}.00")
        self.aws_manifest(f"{month}/bill-Manifest.json", "whole",
                          [f"{OLD}/bill-1.csv.gz", f"{NEW}/bill-2.csv.gz"])
        self.assertEqual(self.billed(self.folder / "aws"), "30.00")

    def test_assembly_folders_that_are_named_by_a_time_decide_by_it(self):
        for time, cost in (("20260502T031415Z", "1.00"), ("20260503T021415Z", "3.00")):
            self.part(f"aws/{PERIOD}/{time}/bill-1.csv.gz", 1, 10, cost)
            self.aws_manifest(f"aws/{PERIOD}/{time}/bill-Manifest.json", time,
                              [f"{time}/bill-1.csv.gz"])
        self.assertEqual(self.billed(self.folder / "aws"), "30.00")

    def test_the_manifest_of_the_month_can_be_named(self):
        month = self.two_assemblies()
        self.assertEqual(self.billed(month / "bill-Manifest.json"), "40.00")
        self.assertEqual(self.billed("bill-Manifest.json", cwd=month,
                                     store=self.folder / "here.db"), "40.00")

    def test_unzipped_and_flattened_parts_are_found(self):
        self.part("flat/bill-1.csv", 1, 10, "1.00")
        self.part("flat/bill-2.csv", 11, 20, "1.00")
        self.aws_manifest("flat/bill-Manifest.json", NEW,
                          [f"{NEW}/bill-1.csv.gz", f"{NEW}/bill-2.csv.gz"])
        self.assertEqual(self.billed(self.folder / "flat"), "20.00")

    def test_what_came_out_of_a_zip_is_the_part(self):
        self.part("flat/bill-1.csv", 1, 10, "1.00")
        self.write("flat/bill-1.csv.zip", b"PK\x03\x04")
        self.aws_manifest("flat/bill-Manifest.json", NEW, ["bill-1.csv.zip"])
        self.assertEqual(self.billed(self.folder / "flat"), "10.00")

    def test_a_part_that_lies_there_packed_and_unpacked_is_read_once(self):
        self.part("flat/bill-1.csv", 1, 10, "1.00")
        self.part("flat/bill-1.csv.gz", 1, 10, "1.00")
        self.aws_manifest("flat/bill-Manifest.json", NEW, ["bill-1.csv.gz"])
        self.assertEqual(self.billed(self.folder / "flat"), "10.00")

    def test_a_report_that_is_overwritten_has_no_assembly_folder(self):
        self.part(f"aws/{PERIOD}/bill-1.csv.gz", 1, 10, "1.00")
        self.part(f"aws/{PERIOD}/bill-2.csv.gz", 1, 10, "9.00")
        self.aws_manifest(f"aws/{PERIOD}/bill-Manifest.json", NEW, ["bill-1.csv.gz"])
        outcome = json.loads(self.run_program("ingest", "--json", self.folder / "aws").out)
        self.assertEqual(outcome["deliveries"][0]["money"][0]["billed"], "10.00")
        self.assertIn("bill-2.csv.gz", outcome["skipped"][0]["path"])

    def test_other_bills_beside_a_manifest_are_read(self):
        self.part("mixed/bill-1.csv.gz", 1, 10, "1.00")
        self.aws_manifest("mixed/bill-Manifest.json", NEW, ["bill-1.csv.gz"])
        self.part("mixed/azure.csv", 1, 10, "5.00", ProviderName="Microsoft")
        found = {d["source"]: d["money"][0]["billed"] for d in self.ingest(self.folder / "mixed")}
        self.assertEqual(found, {"aws/123456789012": "10.00", "azure/123456789012": "50.00"})

    def test_months_are_sets_of_their_own(self):
        self.two_assemblies()
        june = [focus_row(day=f"2026-06-{day:02}", cost="7.00") for day in (1, 2)]
        self.bill("aws/bill/20260601-20260701/x/bill-1.csv", june)
        self.manifest("aws/bill/20260601-20260701/x/bill-Manifest.json", assemblyId="x",
                      account="123456789012", billingPeriod={"start": "20260601T000000.000Z"},
                      reportKeys=["cur/bill/20260601-20260701/x/bill-1.csv.gz"])
        found = {d["period"]: d["money"][0]["billed"] for d in self.ingest(self.folder / "aws")}
        self.assertEqual(found, {"2026-05": "40.00", "2026-06": "14.00"})

    def test_assembly_folders_without_any_manifest_are_no_sum(self):
        month = self.two_assemblies(top=False)
        for manifest in self.folder.rglob("*Manifest.json"):
            manifest.unlink()
        self.assertIn("twice", self.refusal(self.folder / "aws"))
        self.assertIn("twice", self.refusal(month / OLD, month / NEW))
        # One of them has a manifest: still nobody knows whether it is the newest.
        self.aws_manifest(f"aws/bill/{PERIOD}/{OLD}/bill-Manifest.json", OLD,
                          [f"{OLD}/bill-1.csv.gz", f"{OLD}/bill-2.csv.gz"])
        self.assertIn("twice", self.refusal(self.folder / "aws"))
        self.assertEqual(self.billed(month / NEW), "40.00")

    def test_parts_without_a_manifest_are_read_as_ever(self):
        self.part(f"aws/{PERIOD}/bill-1.csv.gz", 1, 10, "1.00")
        self.part(f"aws/{PERIOD}/bill-2.csv.gz", 11, 20, "1.00")
        self.assertEqual(self.billed(self.folder / "aws"), "20.00")

    def test_the_whole_delivery_again_is_unchanged(self):
        self.two_assemblies()
        self.ingest(self.folder / "aws")
        before = self.snapshot()
        self.assertEqual([d["status"] for d in self.ingest(self.folder / "aws")], ["unchanged"])
        self.assertEqual(self.snapshot(), before)


class AwsExports(Sets):
    """data/BILLING_PERIOD=/[execution/]name-00001.csv.gz and metadata/ beside it."""

    def export(self, execution="", cost="1.00", last=10):
        inner = f"BILLING_PERIOD=2026-05/{execution}{'/' if execution else ''}"
        for number, (first, end) in enumerate(((1, 5), (6, last)), 1):
            self.part(f"export/data/{inner}costs-{number:05}.csv.gz", first, end, cost)
        files = [f"s3://bucket/some/prefix/export/data/{inner}costs-{n:05}.csv.gz" for n in (1, 2)]
        return self.manifest(f"export/metadata/{inner}costs-Manifest.json", dataFiles=files,
                             executionId=execution.rpartition("Z-")[2] or "e-1",
                             exportArn="arn:aws:bcm-data-exports:us-east-1:1:export/costs")

    def test_the_parts_of_an_export_are_read(self):
        manifest = self.export()
        self.part("export/data/BILLING_PERIOD=2026-05/costs-00003.csv.gz", 1, 9, "50.00")
        self.assertEqual(self.billed(self.folder / "export"), "10.00")
        self.assertEqual(self.billed(manifest, store=self.folder / "named.db"), "10.00")
        self.assertEqual(self.billed("export/metadata/BILLING_PERIOD=2026-05/costs-Manifest.json",
                                     store=self.folder / "relative.db"), "10.00")

    def test_of_two_executions_the_later_counts(self):
        self.export("2026-05-11T04:05:06.007Z-aaaa", "2.00")
        self.export("2026-05-12T04:05:06.007Z-bbbb", "3.00")
        self.assertEqual(self.billed(self.folder / "export"), "30.00")

    def test_executions_that_nothing_orders_are_refused(self):
        self.export("aaaa", "2.00")
        self.export("bbbb", "3.00")
        self.assertIn("executions", self.refusal(self.folder / "export"))

    def test_the_data_folder_alone_with_two_executions_is_refused(self):
        self.export("aaaa", "2.00")
        self.export("bbbb", "3.00")
        self.assertIn("twice", self.refusal(self.folder / "export" / "data"))

    def test_a_missing_part_is_named(self):
        self.export()
        (self.folder / "export/data/BILLING_PERIOD=2026-05/costs-00002.csv.gz").unlink()
        self.assertIn("costs-00002.csv.gz", self.refusal(self.folder / "export"))


class AzureRuns(Sets):
    """A folder and a manifest.json a run; every run brings the month again."""

    def run_of(self, run, submitted, last, cost="1.00", month="20260501-20260531",
               export="daily", counts=(5, None), **members):
        base = f"exports/{export}/{month}/{run}"
        spans = ((1, 5), (6, last))
        blobs = []
        for number, (first, end) in enumerate(spans):
            self.part(f"{base}/part_{number}_0001.csv", first, end, cost,
                      ProviderName="Microsoft")
            count = end - first + 1 if counts[number] is None else counts[number]
            blobs.append({"blobName": f"{base}/part_{number}_0001.csv", "byteCount": 1,
                          "dataRowCount": count})
        content = {"manifestVersion": "2024-04-01", "blobCount": len(blobs),
                   "dataRowCount": sum(blob["dataRowCount"] for blob in blobs),
                   "exportConfig": {"exportName": export, "type": "FocusCost"},
                   "runInfo": {"runId": run, "submittedTime": submitted,
                               "startDate": "2026-05-01T00:00:00",
                               "endDate": f"2026-05-{last:02}T00:00:00"}, "blobs": blobs}
        content.update(members)
        return self.manifest(f"{base}/manifest.json", **content)

    def test_of_the_runs_of_a_month_the_newest_counts(self):
        self.run_of("ffff", "2026-05-11T04:05:06.1234567Z", 10)
        self.run_of("aaaa", "2026-05-13T04:05:06.1234567Z", 12, "2.00")
        self.run_of("cccc", "2026-05-12T04:05:06.1234567Z", 11)
        outcome = json.loads(self.run_program("ingest", "--json", self.folder / "exports").out)
        delivery, = outcome["deliveries"]
        self.assertEqual(delivery["money"][0]["billed"], "24.00")
        self.assertEqual({file["set_id"] for file in delivery["files"]}, {"aaaa"})
        self.assertEqual(len(outcome["skipped"]), 2)

    def test_runs_at_one_time_are_refused(self):
        self.run_of("ffff", "2026-05-11T04:05:06Z", 10)
        self.run_of("aaaa", "2026-05-11T04:05:06Z", 10, "2.00")
        self.assertIn("runs", self.refusal(self.folder / "exports"))

    def test_a_newest_run_that_ends_earlier_is_refused(self):
        self.run_of("ffff", "2026-05-11T04:05:06Z", 12)
        self.run_of("aaaa", "2026-05-13T04:05:06Z", 10, "2.00")
        self.assertIn("2026-05-12", self.refusal(self.folder / "exports"))

    def test_another_export_is_another_set(self):
        self.run_of("ffff", "2026-05-11T04:05:06Z", 10)
        self.run_of("aaaa", "2026-05-13T04:05:06Z", 10, "2.00", export="other")
        self.assertEqual(self.billed(self.folder / "exports" / "other"), "20.00")

    def test_a_part_that_is_cut_is_refused(self):
        self.run_of("ffff", "2026-05-11T04:05:06Z", 10, counts=(7, None))
        message = self.refusal(self.folder / "exports")
        self.assertIn("part_0_0001.csv", message)
        self.assertIn("7", message)

    def test_counts_that_contradict_each_other_are_refused(self):
        self.run_of("ffff", "2026-05-11T04:05:06Z", 10, blobCount=3)
        self.assertIn("3 parts", self.refusal(self.folder / "exports"))
        self.run_of("ffff", "2026-05-11T04:05:06Z", 10, dataRowCount=11)
        self.assertIn("11 rows", self.refusal(self.folder / "exports"))


class TwoReports(Sets):
    """Manifests of different reports of one account and month in one tree."""

    def test_two_reports_of_an_aws_account_are_no_sum(self):
        names = "lineItem/UsageStartDate,lineItem/UnblendedCost,lineItem/CurrencyCode,bill/PayerAccountId"
        for hour, report in enumerate(("daily", "hourly")):
            self.write(f"aws/{report}/{PERIOD}/{report}-1.csv",
                       f"{names},lineItem/LineItemType\n2026-05-01T{hour:02}:00:00Z,1,USD,123456789012,Usage\n")
            self.manifest(f"aws/{report}/{PERIOD}/{report}-Manifest.json", assemblyId=report,
                          account="123456789012", reportName=report,
                          billingPeriod={"start": "20260501T000000.000Z", "end": "20260601T000000.000Z"},
                          reportKeys=[f"cur/{report}/{PERIOD}/{report}-1.csv"])
        message = self.refusal(self.folder / "aws")
        self.assertIn("hourly-Manifest.json", message)
        self.assertIn("two reports of this account and month", message)
        self.assertEqual(self.billed(self.folder / "aws" / "daily"), "1.00")

    def azure_export(self, export, kind, days):
        rows = "".join(f"7,s1,2026-05-{day:02},Storage,m,/r{day},{day}.5,EUR,Usage\n" for day in days)
        base = f"exports/{export}/20260501-20260531/run-{export}"
        self.write(f"{base}/part_0_0001.csv", "BillingAccountId,SubscriptionId,Date,MeterCategory,MeterId,"
                   f"ResourceId,CostInBillingCurrency,BillingCurrencyCode,ChargeType\n{rows}")
        self.manifest(f"{base}/manifest.json", blobCount=1, exportConfig={"exportName": export, "type": kind},
                      runInfo={"runId": export, "submittedTime": "2026-05-13T00:00:00Z",
                               "startDate": "2026-05-01T00:00:00", "endDate": "2026-05-12T00:00:00"},
                      blobs=[{"blobName": f"{base}/part_0_0001.csv", "byteCount": 1,
                              "dataRowCount": len(days)}])

    def test_the_view_that_a_manifest_names_counts_where_rows_prove_none(self):
        self.azure_export("spent", "ActualCost", range(1, 9))
        self.azure_export("spread", "AmortizedCost", range(8, 0, -1))
        self.assertIn("never added", self.refusal(self.folder / "exports"))
        self.assertEqual(self.billed(self.folder / "exports" / "spent"), "40.00")

    def test_exports_of_other_scopes_add_up_and_of_the_same_are_told(self):
        self.azure_export("one", "ActualCost", range(1, 9))
        self.azure_export("two", "ActualCost", range(9, 17))
        self.assertEqual(self.billed(self.folder / "exports"), "144.00")
        self.azure_export("two", "ActualCost", range(8, 0, -1))
        other = self.folder / "other.db"
        result = self.run_program("ingest", self.folder / "exports", store=other)
        self.assertIn("all its 8 charges", result.err)


class Hostile(Sets):
    """Manifests that are broken, or mean harm."""

    def keys(self, *keys):
        self.part("in/bill-1.csv")
        return self.manifest("in/bill-Manifest.json", assemblyId="a", reportKeys=list(keys))

    def test_keys_that_lead_out_of_the_folder_are_refused(self):
        self.part("secret/bill-2.csv")
        for key in ("../secret/bill-2.csv", "x/../../secret/bill-2.csv", "./bill-1.csv", "..",
                    "a//b", "a\\..\\b", "a\u0000b", "a\nb", "", "/", "s3://bucket", "x" * 2000):
            with self.subTest(key=key):
                self.keys(key)
                self.assertIn("bill-Manifest.json", self.refusal(self.folder / "in"))
                self.refusal(self.folder / "in/bill-Manifest.json")

    def test_an_absolute_key_names_nothing_outside(self):
        outside = self.part("secret/bill-2.csv")
        self.keys(str(outside))
        self.assertIn("not there", self.refusal(self.folder / "in"))
        self.keys("/etc/passwd")
        self.assertIn("etc/passwd", self.refusal(self.folder / "in/bill-Manifest.json"))

    def test_a_part_of_the_folder_above_is_not_read(self):
        self.part("bill-1.csv")
        self.manifest("in/bill-Manifest.json", assemblyId="a", reportKeys=["bill-1.csv"])
        self.refusal(self.folder / "in")
        self.refusal(self.folder / "in/bill-Manifest.json")

    def test_broken_ones_are_refused(self):
        self.part("in/bill-1.csv")
        for content in ("", "{", "[", "null null", '{"reportKeys":[]}', '{"reportKeys":{}}',
                        '{"reportKeys":null}', '{"reportKeys":[1]}', '{"reportKeys":["a",null]}',
                        '{"blobs":[{"name":"a"}]}', '{"blobs":[]}', '{"dataFiles":"x"}',
                        '{"blobs":[{"blobName":"bill-1.csv","dataRowCount":-1}]}',
                        '{"blobs":[{"blobName":"bill-1.csv","dataRowCount":1e40}]}',
                        '{"reportKeys":["bill-1.csv","bill-1.csv"]}',
                        '{"reportKeys":["x/bill-1.csv","y/bill-1.csv"]}',
                        "[" * 100000, '{"reportKeys":["bill-1.csv"]' + " " * 100,
                        b"\xff\xfe{\x00}\x00"):
            with self.subTest(content=content[:60]):
                self.write("in/bill-Manifest.json", content)
                self.assertIn("bill-Manifest.json", self.refusal(self.folder / "in"))

    def test_huge_ones_are_refused(self):
        self.keys(*(f"bill-{n}.csv" for n in range(1000000)))
        self.assertIn("bill-Manifest.json", self.refusal(self.folder / "in"))
        self.write("in/bill-Manifest.json", b'{"reportKeys":["' + b"x" * (20 << 20) + b'"]}')
        self.assertIn("too large", self.refusal(self.folder / "in"))

    def test_json_that_lists_no_bill_is_passed_over(self):
        self.part("in/bill-1.csv")
        self.write("in/manifest.json", '{"name":"a web page","icons":[]}')
        self.assertEqual(self.billed(self.folder / "in"), "10.00")

    def test_a_part_that_is_no_bill_is_not_passed_over(self):
        self.write("in/bill-1.txt", "hello\n")
        self.manifest("in/bill-Manifest.json", assemblyId="a", reportKeys=["bill-1.txt"])
        self.refusal(self.folder / "in")


if __name__ == "__main__":
    harness.main()
