#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# vsock.sh FOLDER BIN PROBE: in a virtual machine, a screen and input over vsock on its loopback (CID
# 1), with either end killed; and what vsock, a virtio port to the host and TCP on loopback carry.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$2" && pwd)
probe=$(cd "$(dirname "$3")" && pwd)/${3##*/}
shared=$(mktemp -d /var/tmp/lucarne-vsock-XXXXXX)
answering=
trap 'kill $answering 2>/dev/null || true; rm -rf "$shared"' EXIT
trap 'exit 130' INT TERM
"$probe" answer "unix:$shared/port.sock" 2>/dev/null &
answering="$!"
"$probe" bare-answer "unix:$shared/bare.sock" 2>/dev/null &
answering="$answering $!"
VM_SHARED=$shared VM_DEVICES="-device virtio-serial-pci \
 -chardev socket,id=port,path=$shared/port.sock,server=on,wait=off \
 -device virtserialport,chardev=port,name=lucarne \
 -chardev socket,id=bare,path=$shared/bare.sock,server=on,wait=off \
 -device virtserialport,chardev=bare,name=bare" \
  "$here/boot.sh" "$1" "sh $here/vsock-guest.sh $bin $probe"
