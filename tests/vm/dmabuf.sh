#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# dmabuf.sh TESTS: in the guest, with dma-bufs of vgem and of the machine's virtio-gpu: how the sources
# read them, and how a kiosk imports them. Skipped is failed.
set -eu
modprobe udmabuf 2>/dev/null || true
modprobe vgem
for test in 'surface_test DmabufSize.*' 'pictures_test *Dmabuf*' 'qemu_display_test *mabuf*' \
  'spice_test *ShowsADmabuf*' 'dmabuf_kiosk_test *'; do
  program=$1/${test%% *}
  [ -x "$program" ] || continue
  "$program" --gtest_filter="${test#* }" > /run/said 2>&1 || { cat /run/said; exit 1; }
  cat /run/said
  if grep -q SKIPPED /run/said; then exit 1; fi
done
