#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# packages.sh [--list] GROUP…: installs the distribution packages of these groups that are missing
# (configs/packages/), naming them first. --list only prints the missing ones.
set -eu

lists=$(dirname "$(readlink -f "$0")")/../configs/packages
say() { printf 'lucarne: %s\n' "$*" >&2; }

list_only=no
if [ "${1:-}" = --list ]; then
  list_only=yes
  shift
fi

wanted() {
  file=$1
  shift
  for group in "$@"; do
    sed -n "s/^$group  *//p" "$file"
  done
}

# Lines of the first list that are not in the second.
without() { printf '%s\n' "$1" | grep -vxF -e "$2" || true; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

if command -v dpkg-query >/dev/null; then
  packages=$(wanted "$lists/debian.txt" "$@")
  # shellcheck disable=SC2086 # a list of names
  present=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' $packages 2>/dev/null |
    sed -n 's/^ii *//p') || true
  by_hand='apt-get install'
  refresh() { as_root apt-get update -q; }
  install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
  }
elif command -v apk >/dev/null; then
  packages=$(wanted "$lists/alpine.txt" "$@")
  # shellcheck disable=SC2086
  present=$(apk info -e $packages 2>/dev/null) || true
  by_hand='apk add'
  refresh() { as_root apk update -q; }
  install() { as_root apk add "$@"; }
else
  say "neither dpkg nor apk here: install the equivalents of configs/packages/debian.txt yourself"
  exit 0
fi

missing=$(without "$packages" "${present:-none}" | tr '\n' ' ')
[ -n "${missing% }" ] || exit 0
if [ $list_only = yes ]; then
  printf '%s\n' "$missing"
  exit 0
fi

# shellcheck disable=SC2086
set -- $missing
if [ -n "${LUCARNE_NO_INSTALL:-}" ]; then
  say "$# packages are missing and LUCARNE_NO_INSTALL is set; install them: $by_hand $missing"
  exit 1
fi
if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
  say "$# packages are missing and there is no sudo; as root: $by_hand $missing"
  exit 1
fi
say "installing $# packages (sudo may ask for your password): $missing"
refresh >&2 || say "refreshing the package lists failed; trying with the old ones"
install "$@" >&2 || {
  say "installing failed; as root: $by_hand $missing"
  exit 1
}
