# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=dash
# Sourced: puts programs with the libraries they need into a folder that becomes a root file system.

# put TREE FILE [DEST]: copies FILE to TREE/DEST (programs go to /usr/bin), and every shared library
# it names that neither TREE nor the list $have holds. Libraries are looked for in $libraries first.
put() {
  local tree file dest needed library place
  tree=$1 file=$2 dest=${3:-/usr/bin/${2##*/}}
  mkdir -p "$tree${dest%/*}"
  cp -L "$file" "$tree$dest"
  strip --strip-unneeded "$tree$dest" 2>/dev/null || true # memory is short in there
  needed=$(LD_LIBRARY_PATH=${libraries:-} ldd "$file" 2>/dev/null || true) # none: static, or a script
  case $needed in *"not found"*) echo "$file: libraries are missing: $needed" >&2; return 1 ;; esac
  for library in $(echo "$needed" | awk '/=> \//{print $3} /^\t\/lib64/{print $1}'); do
    case $library in
      */ld-linux*) place=/lib64/${library##*/} ;;
      *) place=/usr/lib/x86_64-linux-gnu/${library##*/} ;;
    esac
    [ -e "$tree$place" ] && continue
    grep -qxF ".$place" "${have:-/dev/null}" && continue
    mkdir -p "$tree${place%/*}"
    cp -L "$library" "$tree$place"
  done
}

# skeleton TREE: folders and busybox.
skeleton() {
  local folder applet
  for folder in bin sbin proc sys dev run tmp etc root modules lib64 lib/x86_64-linux-gnu usr/bin \
    usr/lib/x86_64-linux-gnu usr/libexec usr/share var/lib/xen var/log/xen var/lock; do
    mkdir -p "$1/$folder"
  done
  ln -sfn /run "$1/var/run"
  cp "$(command -v busybox)" "$1/bin/busybox"
  for applet in $("$1/bin/busybox" --list); do
    [ -e "$1/bin/$applet" ] || ln -s busybox "$1/bin/$applet"
  done
}

# archive TREE: what the kernel unpacks as its first file system, on standard output.
archive() { (cd "$1" && find . | cpio -o -H newc --quiet); }
