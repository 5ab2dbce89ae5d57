#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lucarne-sensors on a real kernel with ACPI battery, mains and light, in QEMU without KVM.
#
#   tests/vm/power/run.sh BIN     BIN: folder with lucarne-sensors and lucarne-xenstored
#
# The guest boots Debian's kernel; its root is this machine's, read-only over 9p, with a memory file
# system on top. LUCARNE_VM_CACHE keeps the kernel (default: the build folder beside BIN); it is
# taken from /boot where one is installed, else downloaded with apt-get. Ends with the guest's status.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$1" && pwd)
cache=${LUCARNE_VM_CACHE:-$bin/../cache/vm}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)

find_kernel() {
  local installed
  installed=$(find /boot -maxdepth 1 -name 'vmlinuz-*-amd64' 2>/dev/null | sort -V | tail -n 1)
  if [ -n "$installed" ] && [ -d "/lib/modules/${installed#/boot/vmlinuz-}" ]; then
    root=/
    return
  fi
  root=$cache/kernel
  if [ ! -d "$root/boot" ]; then
    local package
    package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    (cd "$cache" && apt-get -o APT::Sandbox::User=root download "$package")
    dpkg-deb -x "$cache/$package"_*.deb "$root.part"
    rm "$cache/$package"_*.deb
    mv "$root.part" "$root"
  fi
}

make_initrd() {
  local tree=$cache/initrd module
  rm -rf "$tree"
  mkdir -p "$tree"/{bin,modules,proc,sys,dev,host,memory,root}
  cp "$(command -v busybox)" "$tree/bin/busybox"
  for module in virtio_pci 9pnet_virtio 9p overlay; do
    modprobe -S "$version" -d "$root" --show-depends "$module" | sed -n 's/^insmod //p'
  done | awk '!seen[$1]++ {print $1}' > "$cache/module-list"
  local n=100
  while read -r module; do cp "$module" "$tree/modules/$n-$(basename "$module")"; n=$((n + 1)); done < "$cache/module-list"
  cat > "$tree/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc p /proc; $b mount -t sysfs s /sys; $b mount -t devtmpfs d /dev
for m in /modules/*; do $b insmod $m; done
$b mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 host /host
$b mount -t tmpfs m /memory; $b mkdir /memory/upper /memory/work
$b mount -t overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work o /root
for d in proc sys dev; do $b mkdir -p /root/$d; $b mount -o move /$d /root/$d; done
$b mkdir -p /root/run; $b mount -t tmpfs r /root/run
guest=$($b sed -n 's/.*lucarne.guest=\([^ ]*\).*/\1/p' /root/proc/cmdline)
exec $b switch_root /root /bin/bash "$guest"
INIT
  chmod +x "$tree/init"
  (cd "$tree" && find . | cpio --quiet -o -H newc) > "$cache/initrd.cpio"
}

find_kernel
image=$(find "$root/boot" -maxdepth 1 -name 'vmlinuz-*' | sort -V | tail -n 1)
version=${image##*/vmlinuz-}
[ -f "${root%/}/lib/modules/$version/modules.dep.bin" ] || depmod -b "$root" "$version"
make_initrd
# Unpacked here: under emulation the kernel would take seconds for it.
python3 - "$image" "$cache/vmlinux" <<'PY'
import lzma, pathlib, sys
packed = pathlib.Path(sys.argv[1]).read_bytes()
start = packed.index(b'\xfd7zXZ\x00')
pathlib.Path(sys.argv[2]).write_bytes(lzma.LZMADecompressor().decompress(packed[start:]))
PY
iasl -p "$cache/tablet" "$here/tablet.asl" > "$cache/iasl.log" || { cat "$cache/iasl.log"; exit 1; }

status=0
timeout "${LUCARNE_VM_TIMEOUT:-300}" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 1536 \
  -machine pc,usb=off -nodefaults -no-user-config -display none -vga none -no-reboot \
  -serial stdio -kernel "$cache/vmlinux" -initrd "$cache/initrd.cpio" \
  -append "console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable lucarne.guest=$here/guest.sh lucarne.bin=$bin lucarne.modules=${root%/}/lib/modules/$version" \
  -device isa-debug-exit,iobase=0xf4,iosize=0x04 -device virtio-rng-pci \
  -fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap \
  -device virtio-9p-pci,fsdev=host,mount_tag=host \
  -acpitable file="$cache/tablet.aml" </dev/null || status=$?
# isa-debug-exit answers with twice the status plus one.
[ "$status" = 124 ] && { echo "the guest did not end in time"; exit 124; }
exit $((status >> 1))
