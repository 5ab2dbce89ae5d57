#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A moving picture is recorded through a relay and played back through the codec: BIN is the folder of
# the programs.
set -eu
bin=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$bin/lucarne-bench" record pattern:320x200 "$folder/recording" --changes 20 --seconds 60 >"$folder/words"
cat "$folder/words"
grep -q '^20 changes of 320x200' "$folder/words"

"$bin/lucarne-bench" codec "--lines=recording:$folder/recording@5000000" >"$folder/table"
cat "$folder/table"
grep -q '^recording .*5000.0' "$folder/table"

printf 'LUCREC1\nnonsense' >"$folder/nonsense"
if "$bin/lucarne-bench" codec "--lines=recording:$folder/nonsense@5000000"; then
  echo 'a recording that is none was played'
  exit 1
fi
