# SPDX-License-Identifier: Apache-2.0
# vsock-guest.sh BIN PROBE: what vsock.sh runs in the machine.
bin=$1 probe=$2
failures=0
expect() { # expect STATUS WORDS
  if [ "$1" = 0 ]; then echo "ok   $2"; else echo "FAIL $2"; failures=$((failures + 1)); fi
}
modprobe vsock_loopback || { echo "this kernel has no vsock_loopback"; exit 77; }
modprobe virtio_console
udevadm settle --timeout=30
export LUCARNE_RUNTIME_DIR=/run/lucarne
mkdir -p -m 700 /run/lucarne
cd /run/lucarne || exit 1
sum() { [ ! -e "$1" ] || sha256sum < "$1"; }
# same [OTHER]: until both ends have the same picture (which is not OTHER).
same() {
  tries=0
  until [ -e far.png ] && [ -e near.png ] && [ "$(sum far.png)" = "$(sum near.png)" ] &&
    [ "$(sum near.png)" != "${1:-}" ]; do
    tries=$((tries + 1))
    [ $tries -lt 400 ] || { tail -n 20 ./*.log; return 1; }
    sleep 0.2
  done
}
far() {
  "$bin/lucarne-relay" pattern:640x400@0 link+vsock-listen:5000 png:/run/lucarne/far.png 2>> far.log &
  far=$!
}
near() {
  "$bin/lucarne-relay" link+vsock:1:5000 kiosk:/run/lucarne/kiosk.sock png:/run/lucarne/near.png \
    2>> near.log &
  near=$!
}
mkfifo script
"$bin/lucarne-kiosk" --headless --size 640x400 --socket kiosk.sock --script script 2> kiosk.log &
kiosk=$!
exec 5<> script
far
near
until grep -q "guest .* is here" kiosk.log; do sleep 0.2; done # else nobody hears what is played
same; expect $? "a screen over vsock, pixel for pixel"
sleep 1
was=$(sum near.png)
echo "move 100 200" >&5
same "$was"; expect $? "a pointer moved at the kiosk moved at the other end, and its picture came back"
was=$(sum near.png)
kill -9 $far
rm far.png
far
echo "move 110 210" >&5
same "$was"; expect $? "the guest's relay killed and started again"
kill -9 $near
rm near.png
near
same; expect $? "the panel's relay killed and started again"
kill $near $far; wait $near; expect $? "a relay ends with 0"
kill $kiosk; wait $kiosk

measure() { # measure TITLE LINE BARE-LINE
  "$probe" bare-ask "$3" "$1" 3; expect $? "measured bare: $1"
  timeout 60 "$probe" ask "$2" "$1" 3; expect $? "measured: $1"
}
"$probe" answer vsock-listen:6000 & "$probe" bare-answer vsock-listen:6001 &
"$probe" answer tcp-listen:6000 & "$probe" bare-answer tcp-listen:6001 &
sleep 1
measure "vsock, loopback" vsock:1:6000 vsock:1:6001
measure "TCP, loopback" tcp:localhost:6000 tcp:localhost:6001
measure "virtio-serial, to the host" serial:/dev/virtio-ports/lucarne serial:/dev/virtio-ports/bare
[ $failures = 0 ]
