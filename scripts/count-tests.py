"""Called by scripts/test: adds up ctest's JUnit files and ends with `N passed, N failed`."""
import sys
import xml.etree.ElementTree as tree


def skipped_itself(case):
    """A test said so by its exit code; one whose program is missing has failed."""
    note = case.find("skipped")
    return note is not None and note.get("message", "").startswith("SKIP_")


def main():
    passed, failed, skipped = 0, int(sys.argv[1]), 0
    for argument in sys.argv[2:]:
        preset, path = argument.split("=", 1)
        for case in tree.parse(path).getroot().iter("testcase"):
            status = case.get("status")
            if status == "run":
                passed += 1
            elif status == "disabled" or skipped_itself(case):
                skipped += 1
                print(f"skipped: {preset} {case.get('name')}")
            else:
                failed += 1
                print(f"failed:  {preset} {case.get('name')}")
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
