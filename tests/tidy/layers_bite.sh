#!/usr/bin/env bash
# The include check must be able to fail: each of these files breaks one rule.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

refuses() {
    local file=$1 line=$2 wanted=$3
    rm -rf "$scratch/src"
    mkdir -p "$scratch/src/$(dirname "$file")"
    printf '%s\n' "$line" >"$scratch/src/$file"
    if "$here/../../scripts/check-layers" --src "$scratch/src" >"$scratch/out" 2>&1; then
        echo "not refused: $file: $line"
        exit 1
    fi
    grep --quiet --fixed-strings -- "$wanted" "$scratch/out" || {
        echo "refused for another reason: $file: $line"
        cat "$scratch/out"
        exit 1
    }
}

refuses base/a.c '#include "store/store.h"' 'base may include only base'
refuses ingest/a.c '#include "store/store.h"' 'ingest may include only'
refuses render/pdf/a.c '#include "report/report.h"' 'render may include only'
refuses model/a.h '#include "kernels/kernels.h"' 'model may include only'
refuses report/a.c '#include <sqlite3.h>' 'has its door in store, sql'
refuses render/csv/a.c '#include <hpdf.h>' 'has its door in render/pdf'
refuses store/a.c '#include "segment.h"' 'write includes from src/'
refuses load/a.c '#include "store/store_internal.h"' 'is private to src/store'
refuses store/a.c 'void f(void) { printf("x"); }' 'only src/cli prints'
refuses store/a.c 'void f(void) { exit(1); }' 'only src/cli ends the program'
refuses analysis/a.c 'long f(void) { return time(NULL); }' 'the clock and TZ are inputs'
refuses report/a.c 'void f(void) { setlocale(0, ""); }' 'only src/cli asks for the locale'
echo "layers_bite: ok"
