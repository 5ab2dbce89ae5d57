#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run-tests.sh BUILD CTEST-ARGUMENT…: runs ctest, then counts the single tests inside the test
# programs, names every skipped one with its reason, and ends with ctest's verdict.
set -u

build=$1
shift
log=$build/Testing/Temporary/LastTest.log
rm -f "$log"
ctest --test-dir "$build" --output-on-failure --no-label-summary -j "${LUCARNE_JOBS:-$(nproc)}" \
  --no-tests=error "$@" | tee "$build/ctest.log"
verdict=$(grep 'tests passed' "$build/ctest.log")

# GoogleTest prints "[  PASSED  ] 12 tests." for each program; a skip prints its place and reason.
sum() { sed -n "s/^\[ *$1 *\] \([0-9]*\) tests*[.,].*/\1/p" "$log" | awk '{n += $1} END {print n + 0}'; }
if [ -f "$log" ]; then
  passed=$(sum PASSED)
  failed=$(sum FAILED)
  skipped=$(sum SKIPPED)
  if [ "$skipped" -gt 0 ]; then
    echo "skipped:"
    awk '/: Skipped$/ {getline; print "  " $0}' "$log" | sort | uniq -c
  fi
  echo "$passed tests passed, $failed failed, $skipped skipped (inside the programs above)"
fi
echo "$verdict"
case $verdict in
  100%*) exit 0 ;;
  *) exit 1 ;;
esac
