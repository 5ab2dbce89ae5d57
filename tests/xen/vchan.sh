#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# vchan.sh FOLDER PROGRAM...: boot.sh with the scene in vchan/, the library that is loaded at run
# time, and the modules that vchans need in the guest, which come from the kernel in FOLDER.
# VCHAN_ONLY=measure leaves out the screen and the kills: four minutes, for a machine at rest.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/prepare.sh" "$1" || exit $?
scene=$(mktemp -d /var/tmp/lucarne-vchan-XXXXXX)
trap 'rm -rf "$scene"' EXIT
trap 'exit 130' INT TERM
cp "$here"/vchan/* "$scene/"
[ "${VCHAN_ONLY:-}" != measure ] || : > "$scene/measure-only"
mkdir "$scene/modules"
for module in xen-evtchn xen-gntdev xen-gntalloc; do
  find "$1/root/lib/modules" -name "$module.ko" -exec cp {} "$scene/modules/" \;
done
library=$(ldconfig -p | sed -n 's/.*libxenvchan\.so\.[^ ]* .*=> //p' | head -n 1)
[ -n "$library" ] || { echo "no libxenvchan"; exit 77; }
folder=$1
shift
"$here/boot.sh" "$folder" "$scene" "$library" "$@"
