#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One short measurement of each kind ends with a row for our own path: BIN is the folder of the
# programs. Figures are not judged here: a machine may be as slow as it likes.
set -eu
bin=$1
for program in Xvnc Xvfb; do
  command -v $program >/dev/null || {
    echo "skipped: no $program"
    exit 77
  }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

measured() { # rows, then lucarne-bench's words
  rows=$1
  shift
  "$bin/lucarne-bench" "$@" --runs 1 --seconds 1 >"$folder/table"
  cat "$folder/table"
  test "$(grep -c '| lucarne' "$folder/table")" = "$rows"
}

measured 2 paths --path lucarne --scene typing,video --line 5M --json "$folder/all.json"
measured 1 paths --path lucarne --scene typing --line 0 --json "$folder/all.json" --add
measured 1 echo --path lucarne --while rest --line 0 --json "$folder/all.json" --add
if command -v qemu-system-x86_64 >/dev/null && [ -e "$bin/../lib/lucarne/bench-painter" ]; then
  measured 3 displays --path 'lucarne vnc'
fi

"$bin/lucarne-bench" document "$folder/all.json" --charts "$folder/charts" >"$folder/page.md"
test "$(grep -c '| lucarne' "$folder/page.md")" = 4
test -s "$folder/charts/latency.svg"
test -s "$folder/charts/echo-key.svg"
