#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# boot.sh FOLDER 'COMMAND': runs a command as root on a stock kernel under QEMU, with the host's file
# system (what it writes vanishes, except in $SHARED). FOLDER keeps the kernel. The command's output
# goes to standard output; its status is ours. 77: cannot be run here; 124: VM_TIMEOUT (300 s).
# VM_SHARED: a folder that is $SHARED instead of a passing one; QEMU's QMP is at qmp.sock in it.
# VM_DEVICES: more arguments for QEMU. LUCARNE_QEMU: another QEMU than the system's.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/prepare.sh" "$1" || exit $?
folder=$(cd "$1" && pwd)
if [ -n "${VM_SHARED:-}" ]; then
  shared=$(cd "$VM_SHARED" && pwd)
else
  shared=$(mktemp -d /var/tmp/lucarne-vm-XXXXXX)
  trap 'rm -rf "$shared"' EXIT
fi
trap 'exit 130' INT TERM
printf 'export SHARED=%s\n%s\n' "$shared" "$2" > "$shared/command"

# Emulated throughout: what KVM does inside other virtual machines is not to be relied on.
# shellcheck disable=SC2086  # VM_DEVICES is a list
timeout "${VM_TIMEOUT:-300}" "${LUCARNE_QEMU:-qemu-system-x86_64}" -accel tcg,thread=multi -cpu max -smp 2 \
  -m "${VM_MEMORY:-1024}" -machine pc,usb=off -nodefaults -no-user-config -vga none -display none \
  -serial "file:$shared/console" -no-reboot -kernel "$folder/vmlinux" -initrd "$folder/first.cpio" \
  -append "console=ttyS0 quiet panic=-1 mitigations=off net.ifnames=0 tsc=reliable no_timer_check rdinit=/init lucarne.shared=$shared lucarne.modules=$(cat "$folder/modules")" \
  -fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap \
  -device virtio-9p-pci,fsdev=host,mount_tag=host \
  -fsdev local,id=shared,path="$shared",security_model=none \
  -device virtio-9p-pci,fsdev=shared,mount_tag=shared -device virtio-rng-pci \
  -qmp "unix:$shared/qmp.sock,server=on,wait=off" ${VM_DEVICES:-} < /dev/null || qemu=$?
cat "$shared/output" 2>/dev/null || true
if [ -e "$shared/status" ]; then
  exit "$(cat "$shared/status")"
fi
echo "the guest did not finish (qemu: ${qemu:-0}); the end of its console:" >&2
tail -n 30 "$shared/console" >&2 || true
exit "${qemu:-1}"
