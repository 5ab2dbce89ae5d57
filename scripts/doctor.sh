#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# doctor.sh: what this machine has of what Lucarne uses, and what to do about what is missing.
# Exit 0, or 1 when something is missing without which nothing works.
set -u

here=$(dirname "$(readlink -f "$0")")
broken=0

good() { printf '  ok       %s\n' "$*"; }
note() { printf '  -        %s\n' "$*"; }
warn() { printf '  missing  %s\n' "$*"; }
bad() {
  printf '  BROKEN   %s\n' "$*"
  broken=$((broken + 1))
}
section() { printf '\n%s\n' "$*"; }

# in_group GROUP: whether this process has it (a new group counts only after logging in again).
in_group() { id -Gn | tr ' ' '\n' | grep -qx "$1"; }

# rights PATH NEEDED-FOR: whether we may read and write it, and how to get there if not.
rights() {
  if [ -r "$1" ] && [ -w "$1" ]; then
    good "$1: usable ($2)"
    return
  fi
  group=$(stat -c %G "$1")
  if [ "$group" != root ] && ! in_group "$group"; then
    warn "$1: no rights ($2); as root: adduser $(id -un) $group, then log in again"
  else
    warn "$1: no rights ($2), mode $(stat -c '%A %U:%G' "$1"); a udev rule can change that"
  fi
}

# devices PATTERN NEEDED-FOR WHEN-ABSENT
devices() {
  found=no
  for path in $1; do
    [ -e "$path" ] || continue
    found=yes
    rights "$path" "$2"
  done
  [ $found = yes ] || note "$1: none; $3"
}

section "Programs"
if [ -f "$here/../CMakePresets.json" ]; then
  bin=$(readlink -f "$here/..")/build/release/bin
  how="./lucarne build"
else
  bin=$(readlink -f "$here/../../bin")
  how="install Lucarne again"
fi
for program in lucarne-relay lucarne-kiosk; do
  if [ -x "$bin/$program" ]; then
    if version=$("$bin/$program" --version 2>&1); then
      good "$version in $bin"
    else
      bad "$bin/$program does not start: $version"
    fi
  elif path=$(command -v $program); then
    good "$path"
  else
    bad "$program: not in $bin and not on PATH; $how"
  fi
done

section "Packages"
if [ -f "$here/packages.sh" ]; then
  for group in build run test; do
    if missing=$("$here/packages.sh" --list $group 2>&1); then
      if [ -z "$missing" ]; then
        good "$group: all there"
      else
        warn "$group: $missing(./lucarne demo and test install them)"
      fi
    else
      note "$group: $missing"
    fi
  done
else
  note "not checked: this is an installed Lucarne, its packages are your distribution's"
fi

section "Screen"
if [ -n "${WAYLAND_DISPLAY:-}" ]; then
  good "WAYLAND_DISPLAY=$WAYLAND_DISPLAY: the kiosk opens a window there"
elif [ -n "${DISPLAY:-}" ]; then
  good "DISPLAY=$DISPLAY: the kiosk opens a window there"
else
  note "neither WAYLAND_DISPLAY nor DISPLAY: the kiosk takes KMS if it can, else use --headless"
fi
devices "/dev/dri/card*" "full screen without a window system" \
  "no KMS: the kiosk needs X11, Wayland or --headless"
devices "/dev/dri/renderD*" "drawing by a GPU" "drawing in software, which works too"
for kiosk in "$bin/lucarne-kiosk" "$(command -v lucarne-kiosk)"; do
  [ -x "$kiosk" ] || continue
  # One line for each GPU: whether guests' dma-bufs are imported or copied.
  report=$("$kiosk" --list 2>/dev/null) && printf '%s\n' "$report" | sed 's/^/  -        /'
  break
done

section "Videos as H.264"
# The relay names the library that it would load.
avcodec=$(grep -ao 'libavcodec\.so\.[0-9][0-9]*' "$bin/lucarne-relay" 2>/dev/null | sed -n 1p)
if [ -z "$avcodec" ]; then
  note "lucarne-relay was built without libavcodec: what moves goes as JPEG"
else
  found=$(find /lib /usr/lib /usr/local/lib -maxdepth 2 -name "$avcodec" 2>/dev/null | sed -n 1p)
  if [ -n "$found" ]; then
    good "$found (link+…,video=h264 beside the panel asks for it)"
  else
    note "no $avcodec: what moves goes as JPEG; install libavcodec${avcodec##*.} (Debian) or ffmpeg-libavcodec (Alpine)"
  fi
fi

section "Input"
devices "/dev/input/event*" "mouse, fingers and keys on KMS" \
  "fine in a window, where the window system brings the input"
devices /dev/uinput "making input devices in the receiving domain" \
  "modprobe uinput, if this machine is to receive input"

section "Lines to guests"
devices "/dev/hvc[0-9]*" "Xen pv channel or virtio console" "not a guest with a channel"
devices "/dev/virtio-ports/*" "virtio-serial port" "no virtio-serial here"
devices /dev/vsock "vsock: transport" "modprobe vsock_loopback or vhost_vsock, if you want vsock"
devices "/dev/ttyS[0-3]" "serial line" "no serial line"
if [ -d /proc/xen ] || [ -e /dev/xen/xenbus ]; then
  devices "/dev/xen/*" "Xen" "mount xenfs, start xenstored"
  [ ! -e /var/run/xenstored/socket ] || rights /var/run/xenstored/socket "XenStore of this Dom0"
else
  note "not running under Xen"
fi

section "Sockets"
if [ -n "${LUCARNE_RUNTIME_DIR:-}" ]; then
  runtime=$LUCARNE_RUNTIME_DIR
elif [ -n "${XDG_RUNTIME_DIR:-}" ]; then
  runtime=$XDG_RUNTIME_DIR/lucarne
elif [ "$(id -u)" -eq 0 ]; then
  runtime=/run/lucarne
else
  runtime=/tmp/lucarne-$(id -u)
fi
parent=$(dirname "$runtime")
if [ -d "$runtime" ]; then
  # As base/runtime_dir.h asks: ours, and nobody else may write there.
  if [ -n "$(find "$runtime" -maxdepth 0 -user "$(id -u)" ! -perm -020 ! -perm -002)" ]; then
    good "$runtime: ours"
  elif [ "$(id -u)" -eq 0 ] && [ -n "$(find "$runtime" -maxdepth 0 ! -perm -020 ! -perm -002)" ]; then
    note "$runtime: $(stat -c %U "$runtime")'s, for programs that run as that user"
  else
    bad "$runtime: $(stat -c '%A %U' "$runtime"); it must be yours and writable by nobody else"
  fi
  some=no
  for socket in "$runtime"/*.sock; do
    [ -S "$socket" ] || continue
    some=yes
    # /proc/net/unix: flags 00010000 mark a listening socket; the path is the last field.
    if awk -v path="$socket" '$NF == path && $4 == "00010000" {found = 1} END {exit !found}' \
      /proc/net/unix; then
      owner=$(ss -xlpH "src $socket" 2>/dev/null | sed -n 's/.*users:((\("[^)]*\)).*/\1/p')
      good "$socket: somebody listens${owner:+ ($owner)}"
    else
      note "$socket: left over, nobody listens; the next kiosk replaces it"
    fi
  done
  [ $some = yes ] || note "no sockets there: no kiosk is running"
elif [ -d "$parent" ] && [ -w "$parent" ]; then
  note "$runtime: not there yet, the first program makes it"
else
  bad "$runtime: cannot be made in $parent; set LUCARNE_RUNTIME_DIR to a folder of yours"
fi

printf '\n'
if [ $broken -gt 0 ]; then
  printf '%d broken: nothing is shown before that is repaired.\n' $broken
  exit 1
fi
printf 'Everything essential is there.\n'
