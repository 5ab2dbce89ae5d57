# SPDX-License-Identifier: Apache-2.0
# Domain 0 of the vchan test: a guest's picture and input through a vchan, with either end and the
# whole guest killed; then the same measurement over a pv channel and over vchans.
mv /usr/bin/libxenvchan* /usr/lib/x86_64-linux-gnu/ # loaded by its name, as installed
failures=0
expect() { # expect STATUS WORDS
  if [ "$1" = 0 ]; then echo "ok   $2"; else echo "FAIL $2"; failures=$((failures + 1)); fi
}
seconds() { cut -d. -f1 /proc/uptime; }
guest() { echo "/local/domain/$(xl domid permitted)/data"; }
mine() { [ ! -e /run/dom0.png ] || sha256sum < /run/dom0.png; }
# same [OTHER]: until Domain 0 has the guest's picture (which is not OTHER), two minutes at most.
same() {
  limit=$(($(seconds) + 120))
  until theirs=$(xenstore-read "$(guest)/picture" 2> /dev/null) && [ -e /run/dom0.png ] &&
    [ "$theirs" = "$(mine)" ] && [ "$theirs" != "${1:-}" ]; do
    if [ "$(seconds)" -gt $limit ]; then
      echo "theirs: $theirs, mine: $(mine)"
      tail -n 20 /run/relay.log /run/kiosk.log /run/guest-permitted.log
      return 1
    fi
    sleep 1
  done
}
start_relay() {
  lucarne-relay link+vchan-listen:permitted/screen kiosk:/run/kiosk.sock png:/run/dom0.png \
    --name guest 2>> /run/relay.log &
  relay=$!
}

# Measured while the guest rests.
measure() { # measure TITLE LINE BARE-LINE
  # Bare, a pv channel hands over what the guest writes only when Domain 0 writes something.
  timeout 40 line_probe bare-ask "$3" "$1" "${EACH:-3}" || echo "     bare, no answer in 40 s: $1"
  line_probe ask "$2" "$1" "${EACH:-3}"; expect $? "measured: $1"
}
measure_all() {
  measure "pv channel" unix:/run/line.sock unix:/run/bare.sock
  measure "vchan, the guest serves" vchan:permitted/rings vchan:permitted/bare-rings
  measure "vchan, Domain 0 serves" vchan-listen:permitted/served vchan-listen:permitted/bare-served
}

cp /scene/guest.cfg /etc/xen/guest.cfg
if [ -e /scene/measure-only ]; then
  xl create /etc/xen/guest.cfg > /run/xl.log 2>&1 || { cat /run/xl.log /var/log/xen/*; exit 1; }
  measure_all
  [ $failures = 0 ]
  exit
fi
mkfifo /run/script
export XDG_RUNTIME_DIR=/run HOME=/root
lucarne-kiosk --headless --size 640x400 --socket /run/kiosk.sock --script /run/script \
  2> /run/kiosk.log &
kiosk=$!
exec 5<> /run/script
start_relay
xl create /etc/xen/guest.cfg > /run/xl.log 2>&1 || { cat /run/xl.log /var/log/xen/*; exit 1; }
echo "the guest is domain $(xl domid permitted)"

same; expect $? "the guest's picture is Domain 0's, pixel for pixel, through a vchan that Domain 0 serves"
was=$(mine)
echo "move 100 200" >&5
same "$was"; expect $? "a pointer moved at the kiosk moved in the guest, and its picture came back"

was=$(mine)
kill -9 $relay
rm -f /run/dom0.png
start_relay
same; expect $? "Domain 0's relay killed and started again: the picture is back"
xenstore-write "$(guest)/order" kill
until [ "$(xenstore-read "$(guest)/order")" = done ]; do sleep 1; done
echo "move 300 100" >&5
sleep 3
echo "move 310 110" >&5
same "$was"; expect $? "the guest's relay killed and started again: picture and input are back"

measure_all
echo "     Domain 0's relay: $(grep VmRSS /proc/$relay/status)"

was=$(mine)
first=$(xl domid permitted)
xl destroy permitted
rm -f /run/dom0.png
xl create /etc/xen/guest.cfg > /run/xl.log 2>&1 || cat /run/xl.log
echo "the guest was domain $first and is domain $(xl domid permitted)"
same; expect $? "the guest destroyed and started again, with another number: its picture is back"
echo "move 50 60" >&5
same "$(mine)"; expect $? "... and input"
kill $relay; wait $relay; expect $? "the relay ends with 0"
kill $kiosk; wait $kiosk; expect $? "the kiosk ends with 0"
cat /run/relay.log | tail -n 30
dmesg | grep -E 'segfault|trap' | tail -n 10
[ $failures = 0 ]
