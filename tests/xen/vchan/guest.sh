# SPDX-License-Identifier: Apache-2.0
# The guest of the vchan test: a test picture to Domain 0, and the answering end of two lines.
mv /usr/bin/libxenvchan* /usr/lib/x86_64-linux-gnu/ # loaded by its name, as installed
for module in /scene/modules/*.ko; do insmod "$module"; done
ls -l /dev/xen
for n in $(xenstore-list device/console); do
  case $(xenstore-read device/console/$n/name 2> /dev/null) in
    line) line_probe answer serial:/dev/hvc$n & ;;
    bare) line_probe bare-answer serial:/dev/hvc$n & ;;
  esac
done
line_probe answer vchan-listen:0/rings &
line_probe answer vchan:0/served &
line_probe bare-answer vchan-listen:0/bare-rings &
line_probe bare-answer vchan:0/bare-served &

[ ! -e /scene/measure-only ] || sleep 3600
# What the guest shows, and a still of it: Domain 0 must have the same picture.
while :; do
  lucarne-relay pattern:640x400@0 link+vchan:0/screen png:/run/guest.png 2> /run/relay.log &
  relay=$!
  xenstore-write data/relay $relay
  while kill -0 $relay 2> /dev/null; do
    sleep 1
    [ -e /run/guest.png ] && xenstore-write data/picture "$(sha256sum < /run/guest.png)"
    if order=$(xenstore-read data/order 2> /dev/null) && [ "$order" = kill ]; then
      xenstore-write data/order done
      kill -9 $relay
    fi
  done
  wait $relay
  cat /run/relay.log
done
