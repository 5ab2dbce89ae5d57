#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh FOLDER BIN: lucarne-sensors and lucarne-xenstored of folder BIN on a real kernel with ACPI
# battery, mains and light, under QEMU. FOLDER keeps the kernel (boot.sh). LUCARNE_PLUGS: how often
# the mains are plugged in and out (20); LUCARNE_PLUG_MS: how long it may take (100). Status 77: it
# cannot be run here, and why.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
bin=$(cd "$2" && pwd)
command -v iasl > /dev/null || {
  echo "no iasl (Debian: acpica-tools)"
  exit 77
}
iasl -p "$folder/tablet" "$here/tablet.asl" > "$folder/iasl.log" || {
  cat "$folder/iasl.log"
  exit 1
}
VM_DEVICES="-acpitable file=$folder/tablet.aml" exec "$here/../boot.sh" "$folder" "
  modprobe -a ac battery acpi_als thermal
  export LUCARNE_PLUGS=${LUCARNE_PLUGS:-20} LUCARNE_PLUG_MS=${LUCARNE_PLUG_MS:-100}
  exec /usr/bin/python3 $here/guest.py $bin"
