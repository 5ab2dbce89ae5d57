#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fetch_debs.sh FOLDER PACKAGE...: downloads Debian packages with what they depend on and unpacks them
# into FOLDER, without installing anything. Does nothing when FOLDER holds them already.
set -eu
folder=$1
shift
stamp=$folder/.complete
[ "$(cat "$stamp" 2>/dev/null || true)" = "$*" ] && exit 0
command -v apt-get >/dev/null || { echo "no apt-get here" >&2; exit 1; }
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
stamp=$folder/.complete

cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT INT TERM
mkdir "$cache/partial"
: > "$cache/status" # an empty list of installed packages: every dependency is fetched
apt-get -qq -y --download-only --no-install-recommends -o APT::Sandbox::User=root \
  -o Debug::NoLocking=1 -o Dir::State::status="$cache/status" -o Dir::Cache::archives="$cache" \
  install "$@" >&2

for package in "$cache"/*.deb; do
  case ${package##*/} in
    # The loader and the C library must stay the machine's own; the rest is only weight.
    libc6_* | libc-bin_* | libc6-dev_* | systemd* | udev_* | initramfs* | klibc* | perl* | libperl* | \
      python3* | libpython3* | dpkg_* | debconf* | coreutils_* | bash_* | gcc-*) ;;
    *) dpkg-deb -x "$package" "$folder" ;;
  esac
done
echo "$*" > "$stamp"
