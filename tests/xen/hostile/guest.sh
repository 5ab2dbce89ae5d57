# SPDX-License-Identifier: Apache-2.0
# A guest that means ill, at its end of the pv channel: first as an injector that the broker speaks to,
# then as a broker whose devices Domain 0 makes (a USB domain that was taken over).
device=
for n in $(xenstore-list device/console); do
  [ "$(xenstore-read device/console/$n/name 2> /dev/null)" = input ] && device=/dev/hvc$n
done
await() { # await NODE: until Domain 0 has written it
  until xenstore-read "$1" > /dev/null 2>&1; do sleep 1; done
}
await data/guest
ill_peer guest $device 5 2>&1
xenstore-write data/guest-done $?
# An honest injector at the same end, at once.
lucarne-input inject serial:$device --all 2> /run/inject.log &
inject=$!
tries=0
until grep -q 'made "Probe Touch"' /run/inject.log || [ $tries = 90 ]; do sleep 1; tries=$((tries + 1)); done
grep -q 'made "Probe Touch"' /run/inject.log
xenstore-write data/honest-done $?
await data/panel
kill $inject
wait $inject
ill_peer panel $device 5 2>&1
xenstore-write data/panel-done $?
sleep 3600
