# SPDX-License-Identifier: Apache-2.0
# Domain 0 of the Xen test: uinput devices, the broker, two guests, of which the first may read.
failures=0
expect() { # expect STATUS WORDS
  if [ "$1" = 0 ]; then echo "ok   $2"; else echo "FAIL $2"; failures=$((failures + 1)); fi
}
now() { cut -d' ' -f1 /proc/uptime; }
# until_node PATH [VALUE]: until a guest has written it, at most two minutes.
until_node() {
  limit=$(($(cut -d. -f1 /proc/uptime) + 120))
  until value=$(xenstore-read "$1" 2>/dev/null) && [ "$value" = "${2:-$value}" ]; do
    if [ "$(cut -d. -f1 /proc/uptime)" -gt $limit ] || grep -q "Kernel panic" /run/guest-*.log; then
      echo "never came: $1 (is: ${value:-nothing})"
      tail -n 30 /run/guest-*.log /run/broker.log /run/play.log
      xl list
      ps | grep -E 'lucarne|xen_probe|qemu|xenstored' | grep -v grep
      dmesg | grep -E 'segfault|trap' | tail -n 20
      return 1
    fi
    sleep 1
  done
}
create() { # create NAME
  sed "s/@NAME@/$1/" /scene/guest.cfg > "/etc/xen/$1.cfg"
  xl create "/etc/xen/$1.cfg" > /run/xl.log 2>&1 || { cat /run/xl.log /var/log/xen/*; return 1; }
  echo "guest $1 is domain $(xl domid "$1"), created at $(now) s"
}

mkfifo /run/play
xen_probe play /run/played < /run/play > /run/play.log &
exec 4> /run/play
create permitted || exit 1
create other || exit 1
ln -s /run/permitted.sock /run/input.sock
one=/local/domain/1/data two=/local/domain/2/data
lucarne-input run -c /scene/input.toml --stats /run/stats 2> /run/broker.log &
broker=$!

# A machine that stands still for 0.9 s makes inject lift everything: then the scene is played again.
same=1
for round in 1 2 3 4 5; do
  xenstore-write $one/round $round
  until_node $one/recording $round || exit 1
  [ $round = 1 ] && expect 0 "inject has made every device in the guest, over the pv channel"
  : > /run/play.log
  echo play >&4
  until grep -q played /run/play.log; do sleep 0.5; done
  xenstore-write $one/played $round
  until_node $one/recorded $round || exit 1
  mine=$(sha256sum < /run/played) theirs=$(xenstore-read $one/sum) quiet=$(xenstore-read $one/quiet)
  echo "     round $round: $(xenstore-read $one/count) of $(wc -l < /run/played) events, line silent $quiet times"
  [ "$mine" = "$theirs" ] && same=0 && break
  [ "$quiet" = 0 ] && break
done
expect $same "the devices in the guest report what Domain 0's do, event for event"
grep slow /run/played && expect 1 "the probe in Domain 0 was too slow"

# The finger moves and rests at 321,123; the guests look at its state now.
echo hold >&4
xenstore-write $one/look 1
for i in 1 2 3 4; do echo hold >&4; sleep 1; done
until_node $one/store; expect "$(xenstore-read $one/store)" "the permitted guest reads the touch through /dev/xen/xenbus"
xenstore-write $two/look 1
for i in 1 2 3 4 5 6 7 8; do echo hold >&4; sleep 1; done
until_node $two/store; expect "$(xenstore-read $two/store)" "the other guest is denied everything and told nothing"
xenstore-ls -p /local/domain/0/data/lucarne/input/seat0/touch | head -n 8
grep -h -E 'seen|SEEN|input|refused|changes' /run/guest-*.log

# 1000 positions back to back, both ways (docs/input.md).
kill $broker
wait $broker; expect $? "the broker ends with 0"
if command -v lucarne-moves > /dev/null; then
  xenstore-write $one/moves 1
  until_node $one/ready 1
  lucarne-moves receive unix:/run/input.sock --timeout 120 > /run/to-dom0; expect $? "1000 positions, guest to Domain 0"
  cat /run/to-dom0
  lucarne-moves send unix:/run/input.sock --timeout 120 > /run/sent; expect $? "1000 positions, Domain 0 to guest"
  cat /run/sent
  until_node $one/done 1
  grep -h '^moves' /run/guest-permitted.log
fi
echo end >&4
tail -n 1 /run/stats
cat /run/broker.log | head -n 20
dmesg | grep -E 'segfault|trap' | tail -n 10
[ $failures = 0 ]
