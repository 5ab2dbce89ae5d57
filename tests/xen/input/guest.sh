# SPDX-License-Identifier: Apache-2.0
# A guest of the Xen test: the permitted one injects and reads, the other one tries to read.
node=/local/domain/0/data/lucarne/input
name=$(xenstore-read name)
echo "guest $name is up at $(cut -d' ' -f1 /proc/uptime) s"

# await NODE [VALUE]: until Domain 0 has written it. Sleeps meanwhile: the processors are few.
await() {
  until value=$(xenstore-read "$1" 2> /dev/null) && [ "$value" = "${2:-$value}" ]; do sleep 2; done
}

if [ "$name" = other ]; then
  await data/look
  xen_probe refused $node
  xenstore-write data/store $?
  sleep 3600
fi

device=
for n in $(xenstore-list device/console); do
  [ "$(xenstore-read device/console/$n/name 2> /dev/null)" = input ] && device=/dev/hvc$n
done
lucarne-input inject serial:$device --all 2> /run/inject.log &
inject=$!
until [ "$(ls /dev/input 2> /dev/null | grep -c event)" -ge 5 ]; do sleep 1; done
quiets() { grep -c "no sign of life" /run/inject.log; }
for round in 1 2 3 4 5; do
  until value=$(xenstore-read data/round 2> /dev/null) && [ "$value" = $round ]; do
    xenstore-read data/look > /dev/null 2>&1 && break 2
    sleep 1
  done
  before=$(quiets)
  xen_probe record /run/recorded /run/stop > /run/recording &
  recorder=$!
  until grep -q recording /run/recording; do sleep 0.5; done
  xenstore-write data/recording $round
  until value=$(xenstore-read data/played 2> /dev/null) && [ "$value" = $round ]; do sleep 1; done
  : > /run/stop
  wait $recorder
  rm /run/stop
  sum=$(sha256sum < /run/recorded)
  xenstore-write data/sum "$sum"
  xenstore-write data/count "$(wc -l < /run/recorded)"
  xenstore-write data/quiet $(($(quiets) - before))
  xenstore-write data/recorded $round
done
await data/look
xen_probe see $node
xenstore-write data/store $?
cat /run/inject.log
await data/moves
kill $inject
wait $inject
xenstore-write data/ready 1
lucarne-moves send serial:$device --timeout 120 2> /dev/null | sed 's/^/moves /'
lucarne-moves receive serial:$device --timeout 120 2> /dev/null | sed 's/^/moves /'
xenstore-write data/done 1
sleep 3600
