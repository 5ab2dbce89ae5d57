#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# dmabuf.sh TESTS: in the guest, with vgem's dma-bufs: how the sources read them. Skipped is failed.
set -eu
modprobe udmabuf 2>/dev/null || modprobe vgem
for test in 'pictures_test SharedDmabuf.*' 'qemu_display_test *ShowsADmabuf*' 'spice_test *ShowsADmabuf*'; do
  program=$1/${test%% *}
  [ -x "$program" ] || continue
  "$program" --gtest_filter="${test#* }" > /run/said 2>&1 || { cat /run/said; exit 1; }
  cat /run/said
  if grep -q SKIPPED /run/said; then exit 1; fi
done
