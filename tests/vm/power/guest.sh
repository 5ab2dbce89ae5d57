#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The guest's first process: udev and modules, then guest.py; its status goes to QEMU.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
here=$(dirname "$(tr ' ' '\n' < /proc/cmdline | sed -n 's/^lucarne.guest=//p')")
bin=$(tr ' ' '\n' < /proc/cmdline | sed -n 's/^lucarne.bin=//p')
modules=$(tr ' ' '\n' < /proc/cmdline | sed -n 's/^lucarne.modules=//p')
mkdir -p /dev/shm /tmp /run/udev /lib/modules
mount -t tmpfs t /tmp
mount -t tmpfs s /dev/shm
[ -e "/lib/modules/$(uname -r)" ] || ln -s "$modules" "/lib/modules/$(uname -r)"
/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add
udevadm settle -t 60
modprobe -a ac battery acpi_als thermal
ip link set lo up
echo "guest: kernel $(uname -r), up for $(cut -d' ' -f1 /proc/uptime) s"
/usr/bin/python3 "$here/guest.py" "$bin" < /dev/null
status=$?
sync
/usr/bin/python3 -c "import os; os.pwrite(os.open('/dev/port', os.O_WRONLY), bytes([$status]), 0xf4)"
echo o > /proc/sysrq-trigger
