#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# boot.sh FOLDER SCENE PROGRAM...: boots Xen under QEMU and runs SCENE/dom0.sh in Domain 0, which may
# start guests that run SCENE/guest.sh. The programs are in both kinds of domain, SCENE/ too (/scene).
# The scene's output goes to standard output; its status is ours. 77: cannot be run here; 125: the
# scene did not end within XEN_TIMEOUT (400 s, of each boot). FOLDER keeps Xen and the kernel.
# XEN_LOG=FILE keeps the whole console. XEN_DOM0_MEMORY, XEN_GUEST_MEMORY: megabytes of each domain,
# XEN_MEMORY of all. XEN_SANITIZED=1: the programs have sanitizers, so their memory says nothing.
# Now and then the emulated machine comes to a halt, in Xen's start or later, or Xen's own xenstored
# crashes or stops answering: it is booted again then, at most twice, with words about where it stood.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/prepare.sh" "$1" || exit $?
folder=$(cd "$1" && pwd)
scene=$(cd "$2" && pwd)
shift 2
. "$here/image.sh"
scratch=$(mktemp -d /var/tmp/lucarne-xen-XXXXXX)
qemu=
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

for domain in dom0 guest; do
  tree=$scratch/$domain
  mkdir -p "$tree/scene"
  cp -r "$scene/." "$tree/scene/"
  echo $((${XEN_TIMEOUT:-400} - 60)) > "$tree/scene/.limit"
  [ -z "${XEN_SANITIZED:-}" ] || : > "$tree/scene/.sanitized"
  sed -i "s/^memory = .*/memory = ${XEN_GUEST_MEMORY:-256}/" "$tree"/scene/*.cfg
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
mkfifo "$scratch/monitor.in" "$scratch/monitor.out"
cd "$scratch" # -initrd takes its argument apart at commas and spaces

# boot: until the scene has ended (0), the time is over (1), the machine has come to a halt (2) or
# xenstored has failed (3).
# No KVM: nested, Xen does not start on every machine. smap: Domain 0 dies at its start under
# emulation; rdtscp: so do guests of some kinds; xsave, with AVX: programs crash now and then, their
# registers changed.
boot() {
  : > "$console"
  limit=$(($(date +%s) + ${XEN_TIMEOUT:-400}))
  timeout "$((limit - $(date +%s)))" qemu-system-x86_64 -accel tcg,thread=multi -machine pc \
    -cpu max,smap=off,rdtscp=off,xsave=off,avx=off,avx2=off -smp 2 -m "${XEN_MEMORY:-1536}" \
    -nodefaults -no-user-config -display none -serial "file:$console" -no-reboot \
    -chardev pipe,id=monitor,path=monitor -mon chardev=monitor,mode=readline \
    -kernel hypervisor \
    -append "console=com1 com1=115200 dom0_mem=${XEN_DOM0_MEMORY:-768}M dom0_max_vcpus=1 loglvl=warning guest_loglvl=warning" \
    -initrd "vmlinuz console=hvc0 quiet panic=-1,initrd" < /dev/null &
  qemu=$!
  size=-1 still=0
  while kill -0 $qemu 2>/dev/null; do
    sleep 1
    [ "$(date +%s)" -lt "$limit" ] || return 1
    now=$(stat -c %s "$console")
    if [ "$now" != "$size" ]; then size=$now still=0; else still=$((still + 1)); fi
    [ $still -lt "$still_most" ] || return 2
    if grep -q '^@@ xenstored has failed' "$console"; then return 3; fi
  done
  wait $qemu || true
  return 0
}

# Domain 0 says every ten seconds that it is alive, so this long a silence is the whole machine's.
still_most=90
trap 'kill $qemu 2>/dev/null || true; rm -rf "$scratch"' EXIT
number=1
while :; do
  how=0
  boot || how=$?
  case $how in
    2) why="nothing on the console for $still_most s, not even Domain 0's sign of life" ;;
    3) why="Xen's own xenstored has failed" ;;
    *) break ;;
  esac
  [ $number -lt 3 ] || break
  echo "boot $number came to a halt: $why; the emulated processors are at"
  (echo "info registers -a" > monitor.in; sleep 8) &
  timeout 9 cat monitor.out | tr -d '\r' | grep -aoE 'CPU#[0-9]+|RIP=[0-9a-f]+.*HLT=[01]' | head -n 4 || true
  echo "and its last lines were"
  tr -d '\r' < "$console" | tail -n 8
  echo "booting again"
  kill $qemu 2>/dev/null || true
  wait $qemu || true
  number=$((number + 1))
done
kill $qemu 2>/dev/null || true

text=$(tr -d '\r' < "$console" | sed '/^@@ alive/d')
status=$(echo "$text" | sed -n 's/.*@@ scene ended with \([0-9]*\) @@.*/\1/p' | tail -n 1)
if [ -z "$status" ]; then
  case $how in
    1) echo "the scene did not end within ${XEN_TIMEOUT:-400} s; the end of the console:" ;;
    2 | 3) echo "the machine came to a halt, for the last time; the end of the console:" ;;
    *) echo "the machine ended before the scene; the end of the console:" ;;
  esac
  echo "$text" | tail -n 60
  exit 125
fi
echo "$text" | sed -n '/@@ scene begins @@/,/@@ scene ended/p' | sed '1d;$d'
exit "$status"
