# SPDX-License-Identifier: Apache-2.0
# Domain 0 of the Xen test with a guest that floods, goes, sends garbage and claims 65535 slots: what
# it can do to the broker, and to `inject` that makes its devices.
failures=0
expect() { # expect STATUS WORDS
  if [ "$1" = 0 ]; then echo "ok   $2"; else echo "FAIL $2"; failures=$((failures + 1)); fi
}
# until_node PATH: until the guest has written it, at most five minutes; prints the value.
until_node() {
  limit=$(($(cut -d. -f1 /proc/uptime) + 300))
  until value=$(xenstore-read "$1" 2> /dev/null); do
    if [ "$(cut -d. -f1 /proc/uptime)" -gt $limit ] || grep -q "Kernel panic" /run/guest-*.log; then
      echo "never came: $1" >&2
      tail -n 20 /run/guest-*.log /run/broker.log /run/inject.log >&2
      return 1
    fi
    sleep 1
  done
  echo "$value"
}
# most_rss FILE: the most kilobytes that a program's --stats have said.
most_rss() { sed -n 's/.*"rss_kb":\([0-9]*\).*/\1/p' "$1" | sort -n | tail -n 1; }
small() { # small FILE WORDS: below 24 MiB, of which 9 are the program's usual
  most=$(most_rss "$1")
  echo "     at most ${most:-?} kB resident"
  # They keep what was freed: that it ends somewhere is all that can be said.
  if [ -n "$most" ] && [ -e /scene/.sanitized ]; then most=0; fi
  [ -n "$most" ] && [ "$most" -lt 24576 ]
  expect $? "$2"
}

mkfifo /run/play
xen_probe play /run/played < /run/play > /run/play.log &
exec 4> /run/play
xl create /scene/guest.cfg > /run/xl.log 2>&1 || { cat /run/xl.log /var/log/xen/*; exit 1; }
home=/local/domain/$(xl domid ill)/data

lucarne-input run -c /scene/input.toml --stats /run/broker.stats 2> /run/broker.log &
broker=$!
xenstore-write "$home/guest" 1
said=$(until_node "$home/guest-done") || exit 1
expect "$said" "the guest has said to the broker all that it wanted"
kill -0 $broker
expect $? "the broker is there"
grep -q "65535 slots; 256 at most" /run/broker.log
expect $? "it has refused 65535 slots in words"
small /run/broker.stats "it has stayed small"
[ "$(wc -c < /run/broker.log)" -lt 65536 ]
expect $? "so has its log"
honest=$(until_node "$home/honest-done") || exit 1
expect "$honest" "an honest injector at the same end has every device made"
echo hold >&4
tries=0
until [ "$(xenstore-read data/lucarne/input/seat0/touch/4/down 2> /dev/null)" = 1 ] || [ $tries = 60 ]; do
  sleep 1; tries=$((tries + 1))
done
[ $tries -lt 60 ]
expect $? "and states go on"
kill $broker
wait $broker
expect $? "the broker ends with 0"

lucarne-input inject unix:/run/ill.sock --pointer --print --stats /run/inject.stats > /run/printed 2> /run/inject.log &
inject=$!
xenstore-write "$home/panel" 1
said=$(until_node "$home/panel-done") || exit 1
expect "$said" "the guest has said to inject all that it wanted"
kill -0 $inject
expect $? "inject is there"
grep -q "65535 slots; 256 at most" /run/inject.log
expect $? "it has refused 65535 slots in words"
small /run/inject.stats "it has stayed small"
[ "$(wc -c < /run/inject.log)" -lt 65536 ]
expect $? "so has its log"
grep -q "^Honest mouse	2 0 5$" /run/printed
expect $? "and it takes the honest mouse that comes last"
kill $inject
wait $inject
expect $? "inject ends with 0"
echo end >&4
grep -h visit /run/guest-ill.log
grep -h honest /run/guest-ill.log
tail -n 1 /run/broker.stats
tail -n 1 /run/inject.stats
grep -h refused /run/broker.log /run/inject.log | head -n 6
head -n 12 /run/broker.log
head -n 12 /run/inject.log
[ $failures = 0 ]
