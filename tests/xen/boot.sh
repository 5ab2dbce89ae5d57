#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# boot.sh FOLDER SCENE PROGRAM...: boots Xen under QEMU and runs SCENE/dom0.sh in Domain 0, which may
# start guests that run SCENE/guest.sh. The programs are in both kinds of domain, SCENE/ too (/scene).
# The scene's output goes to standard output; its status is ours. 77: cannot be run here; 125: the
# scene did not end within XEN_TIMEOUT (400 s). FOLDER keeps Xen and the kernel. XEN_LOG=FILE keeps
# the whole console.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/prepare.sh" "$1" || exit $?
folder=$(cd "$1" && pwd)
scene=$(cd "$2" && pwd)
shift 2
. "$here/image.sh"
scratch=$(mktemp -d /var/tmp/lucarne-xen-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

for domain in dom0 guest; do
  tree=$scratch/$domain
  mkdir -p "$tree/scene"
  cp -r "$scene/." "$tree/scene/"
  install -m 755 "$here/$domain-init" "$tree/init"
  have=$folder/$domain.files
  for program in "$@"; do put "$tree" "$program"; done
done
mkdir -p "$scratch/dom0/root"
{ cat "$folder/guest.cpio"; archive "$scratch/guest"; } > "$scratch/dom0/root/guest.cpio"
# What comes later wins: the kernel unpacks one archive after the other.
{ cat "$folder/dom0.cpio.gz"; archive "$scratch/dom0" | gzip -1; } > "$scratch/initrd"

console=${XEN_LOG:-$scratch/console}
ln -s "$folder/hypervisor" "$folder/vmlinuz" "$scratch/"
cd "$scratch" # -initrd takes its argument apart at commas and spaces
# No KVM: nested, Xen does not start on every machine. smap: Domain 0 dies at its start under
# emulation; rdtscp: so do guests of some kinds; xsave, with AVX: programs crash now and then, their
# registers changed.
timeout "${XEN_TIMEOUT:-400}" qemu-system-x86_64 -accel tcg,thread=multi -machine pc \
  -cpu max,smap=off,rdtscp=off,xsave=off,avx=off,avx2=off -smp 2 -m "${XEN_MEMORY:-1536}" \
  -nodefaults -no-user-config -display none -serial "file:$console" -no-reboot \
  -kernel hypervisor \
  -append "console=com1 com1=115200 dom0_mem=768M dom0_max_vcpus=1 loglvl=warning guest_loglvl=warning" \
  -initrd "vmlinuz console=hvc0 quiet panic=-1,initrd" < /dev/null || qemu=$?
text=$(tr -d '\r' < "$console")
status=$(echo "$text" | sed -n 's/.*@@ scene ended with \([0-9]*\) @@.*/\1/p' | tail -n 1)
if [ -z "$status" ]; then
  echo "the scene did not end (qemu: ${qemu:-0}); the end of the console:"
  echo "$text" | tail -n 60
  exit 125
fi
echo "$text" | sed -n '/@@ scene begins @@/,/@@ scene ended/p' | sed '1d;$d'
exit "$status"
