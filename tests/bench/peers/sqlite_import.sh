#!/bin/sh
# sqlite3 .import for tests/bench/bench.py: every column as text, as the shell does by itself.
#   sqlite_import.sh BILLS.csv STORE.db
set -eu
rm -f "$2"
sqlite3 "$2" '.mode csv' '.bail on' "PRAGMA journal_mode=OFF" "PRAGMA synchronous=OFF" \
    ".import '$1' bills" >/dev/null
