#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run-tests.sh BUILD CTEST-ARGUMENT…: runs ctest, then counts the single tests inside the test
# programs, names every skipped one with its reason, and ends with ctest's verdict.
#
# A test of whole programs (label integration) that fails is run once more, alone: a machine may have
# stood still in it. What needed that is named at the end. A unit test has one chance.
set -u

build=$1
shift
last=$build/Testing/Temporary
rm -f "$last/LastTest.log" "$last/LastTestsFailed.log"
run() {
  ctest --test-dir "$build" --output-on-failure --no-label-summary --no-tests=error "$@" |
    tee "$build/ctest.log"
}
names() { sed 's/^[0-9]*://' "$@" | sort; }
# Whether something failed and all that failed are tests of whole programs.
deserves_another() {
  [ -s "$last/LastTestsFailed.log" ] || return 1
  ctest --test-dir "$build" -N -L integration | sed -n 's/^ *Test *#[0-9]*: //p' | sort >"$last/whole"
  [ -z "$(names "$last/LastTestsFailed.log" | comm -23 - "$last/whole")" ]
}

# GoogleTest prints "[  PASSED  ] 12 tests." for each program; a skip prints its place and reason.
sum() {
  sed -n "s/^\[ *$1 *\] \([0-9]*\) tests*[.,].*/\1/p" "$build/all.log" |
    awk '{n += $1} END {print n + 0}'
}

run -j "${LUCARNE_JOBS:-$(nproc)}" "$@"
verdict=$(grep 'tests passed' "$build/ctest.log")
first=$verdict
cp "$last/LastTest.log" "$build/all.log" 2>/dev/null || : >"$build/all.log"
again=
if deserves_another; then
  again=$(names "$last/LastTestsFailed.log" | tr '\n' ' ')
  echo "once more, alone: $again"
  run -j 1 --rerun-failed
  verdict=$(grep 'tests passed' "$build/ctest.log")
fi

if [ "$(sum SKIPPED)" -gt 0 ]; then
  echo "skipped:"
  awk '/: Skipped$/ {getline; print "  " $0}' "$build/all.log" | sort | uniq -c
fi
echo "$(sum PASSED) tests passed, $(sum FAILED) failed, $(sum SKIPPED) skipped (inside the programs above)"
[ -z "$again" ] || printf '%s\nof these once more: %s\n' "$first" "$again"
echo "$verdict"
case $verdict in
  100%*) exit 0 ;;
  *) exit 1 ;;
esac
