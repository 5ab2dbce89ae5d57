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
  "$bin/lucarne-bench" "$@" --runs 1 >"$folder/table"
  cat "$folder/table"
  test "$(grep -c '| lucarne' "$folder/table")" = "$rows"
}

measured 2 paths --path lucarne --scene typing,video --line 5M --seconds 1 --json "$folder/all.json"
measured 1 paths --path lucarne --scene typing --line 0 --seconds 1 --json "$folder/all.json" --add
measured 2 paths --path lucarne --scene typing --line unix,tcp --window windowed --rotate 90 \
  --fps own --seconds 1
measured 1 echo --path lucarne --while rest --line 0 --seconds 1 --json "$folder/all.json" --add
measured 2 stills --path lucarne --line 5M --json "$folder/more.json"
measured 5 changes --path lucarne --scene typing --json "$folder/more.json" --add
if command -v qemu-system-x86_64 >/dev/null && [ -e "$bin/../lib/lucarne/bench-painter" ]; then
  measured 3 displays --path 'lucarne vnc' --seconds 1
fi

"$bin/lucarne-bench" document "$folder/all.json" "$folder/more.json" --charts "$folder/charts" \
  >"$folder/page.md"
# Not the table by program, whose lines begin with the path.
test "$(grep -c '^|.*[^ ] | lucarne' "$folder/page.md")" = 11
test -s "$folder/charts/latency.svg"
test -s "$folder/charts/echo-key.svg"
