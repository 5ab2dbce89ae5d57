#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# prepare.sh FOLDER: fetches Xen, its tools and a kernel into FOLDER (nothing is installed) and
# builds what boot.sh boots. Does nothing when FOLDER is ready. Status 77: cannot be done, and why.
#   hypervisor, vmlinuz           Xen 4.17 unpacked; Debian's kernel, for both kinds of domain
#   dom0.cpio.gz, guest.cpio      their file systems, without the programs under test
#   dom0.files                    what the first one holds
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
[ "$folder/ready" -nt "$here/prepare.sh" ] && [ "$folder/ready" -nt "$here/image.sh" ] && exit 0
cannot() { echo "$*"; exit 77; }
for tool in qemu-system-x86_64 busybox cpio apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || cannot "no $tool"
done
[ -e /lib/systemd/systemd-udevd ] || cannot "no udev: libinput finds devices through it"
root=$folder/root
"$here/../support/fetch_debs.sh" "$root" xen-utils-4.17 xenstore-utils xen-hypervisor-4.17-amd64 \
  linux-image-amd64 qemu-system-xen || cannot "the packages of Xen cannot be fetched"

. "$here/image.sh"
libraries=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
xen=/usr/lib/xen-4.17/bin
kernel=$(ls "$root"/boot/vmlinuz-*)
modules=$root/lib/modules/${kernel##*/vmlinuz-}/kernel/drivers
rm -rf "$folder/dom0" "$folder/guest"
for domain in dom0 guest; do
  skeleton "$folder/$domain"
  for tool in read write list ls chmod watch; do put "$folder/$domain" "$root/usr/bin/xenstore-$tool"; done
  for module in input/misc/uinput input/evdev; do cp "$modules/$module.ko" "$folder/$domain/modules/"; done
done

dom0=$folder/dom0
for tool in xenstored xenconsoled xl xen-init-dom0 libxl-save-helper; do
  put "$dom0" "$root$xen/$tool" "$xen/$tool"
  ln -s "$xen/$tool" "$dom0/sbin/$tool"
done
# Serves the channels: it is the console's backend. It ends at once without its keymaps.
put "$dom0" "$root/usr/libexec/xen-qemu-system-i386" /usr/libexec/xen-qemu-system-i386
mkdir -p "$dom0/usr/share/qemu" "$dom0/etc/xen" "$dom0/lib/udev" "$dom0/usr/share/libinput"
cp -rL "$root/usr/share/qemu/keymaps" "$dom0/usr/share/qemu/"
cp -r "$root/etc/xen/scripts" "$dom0/etc/xen/"
printf 'autoballoon="off"\n' > "$dom0/etc/xen/xl.conf"
for module in xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs/xenfs; do
  cp "$modules/xen/$module.ko" "$dom0/modules/"
done
cp "$kernel" "$dom0/root/vmlinuz"
# udev and what libinput wants to know of devices come from this machine.
libraries='' put "$dom0" /lib/systemd/systemd-udevd /lib/systemd/systemd-udevd
libraries='' put "$dom0" "$(command -v udevadm)" /usr/bin/udevadm
mkdir -p "$dom0/lib/udev/rules.d"
for rules in 50-udev-default 60-evdev 60-input-id; do
  [ -e "/lib/udev/rules.d/$rules.rules" ] && cp "/lib/udev/rules.d/$rules.rules" "$dom0/lib/udev/rules.d/"
done
cp -rL /usr/share/libinput/. "$dom0/usr/share/libinput/"

(cd "$dom0" && find . | sort) > "$folder/dom0.files"
(cd "$folder/guest" && find . | sort) > "$folder/guest.files"
archive "$dom0" | gzip -1 > "$folder/dom0.cpio.gz"
# Uncompressed: Xen unpacks only the first of several compressed parts of a guest's.
archive "$folder/guest" > "$folder/guest.cpio"
zcat "$root"/boot/xen-4.17-amd64.gz > "$folder/hypervisor"
cp "$kernel" "$folder/vmlinuz"
rm -rf "$dom0" "$folder/guest"
: > "$folder/ready"
