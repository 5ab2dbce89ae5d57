#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# prepare.sh FOLDER: puts a stock Debian kernel and a small first file system into FOLDER, for
# boot.sh. Takes the machine's kernel, else downloads the one that linux-image-amd64 names. Does
# nothing when FOLDER is ready. Status 77: it cannot be done here, and why.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
[ -e "$folder/ready" ] && exit 0
cannot() { echo "$*"; exit 77; }
[ "$(uname -m)" = x86_64 ] || cannot "the machine's processor is $(uname -m), the kernel's would be x86-64"
for tool in "${LUCARNE_QEMU:-qemu-system-x86_64}" busybox cpio depmod python3; do
  command -v "$tool" >/dev/null || [ -x "/sbin/$tool" ] || [ -x "/bin/$tool" ] || cannot "no $tool"
done
PATH=$PATH:/sbin:/usr/sbin

# A cloud's kernel has no input devices.
suits() {
  for module in uinput uhid hid-multitouch 9pnet_virtio; do
    [ -n "$(find "/lib/modules/$1" -name "$module.ko*" 2>/dev/null)" ] || return 1
  done
}
root=
image=
for installed in /boot/vmlinuz-*-amd64; do
  if [ -r "$installed" ] && suits "${installed#/boot/vmlinuz-}"; then image=$installed; fi
done
if [ -z "$image" ]; then
  root=$folder/kernel
  command -v apt-get >/dev/null || cannot "no Debian kernel is installed, and there is no apt to get one"
  package=$(apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1)
  [ -n "$package" ] || cannot "apt knows no kernel (apt-get update?)"
  rm -rf "$root" "$folder/deb"
  mkdir -p "$folder/deb"
  (cd "$folder/deb" && apt-get -qq -o APT::Sandbox::User=root download "$package") >&2 ||
    cannot "the kernel package $package cannot be downloaded"
  dpkg-deb -x "$folder"/deb/*.deb "$root"
  rm -r "$folder/deb"
  image=$(ls "$root"/boot/vmlinuz-*)
fi
release=${image##*/vmlinuz-}
modules=$root/lib/modules/$release
[ -e "$modules/modules.dep" ] || depmod -b "${root:-/}" "$release"

# An unpacked kernel starts at once; emulated, unpacking takes seconds.
python3 - "$image" "$folder/vmlinux" <<'P'
import lzma, sys
packed = open(sys.argv[1], 'rb').read()
start = packed.index(b'\xfd7zXZ\0')
open(sys.argv[2], 'wb').write(lzma.LZMADecompressor().decompress(packed[start:]))
P

first=$folder/first
rm -rf "$first"
mkdir -p "$first/bin" "$first/modules"
cp "$(command -v busybox)" "$first/bin/busybox"
cp "$here/first-init" "$first/init"
cp "$here/guest-init" "$first/guest-init"
chmod +x "$first/init" "$first/guest-init"
: > "$first/modules/order"
for module in virtio_pci 9pnet_virtio 9p overlay; do
  modprobe -d "${root:-/}" -S "$release" --show-depends "$module"
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | while read -r file; do
  name=${file##*/}
  [ -e "$first/modules/$name" ] && continue
  cp "$file" "$first/modules/"
  echo "$name" >> "$first/modules/order"
done
(cd "$first" && find . | cpio --quiet -o -H newc) > "$folder/first.cpio"
echo "$modules" > "$folder/modules"
: > "$folder/ready"
