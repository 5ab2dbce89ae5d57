#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes bench/recordings/desktop.lucrec: two thirds of a minute of real X programs, driven as a person would.
#
#   bench/recordings/desktop.sh FILE [FOLDER-OF-LUCARNE'S-PROGRAMS]
#
# Needs Xvnc, xterm, xclock, xsetroot (x11-apps, x11-xserver-utils) and xdotool. Someone types into a
# terminal, looks at texts of this project, scrolls back and forth, and drags the window over another
# one.
set -eu
file=$(realpath "$1")
programs=$(realpath "${2:-build/release/bin}")
cd "$(dirname "$0")/../.."
number=87
while [ -e /tmp/.X$number-lock ]; do number=$((number + 1)); done
port=$((5900 + number))
export DISPLAY=:$number

Xvnc "$DISPLAY" -geometry 1280x800 -depth 24 -SecurityTypes None -rfbport $port -localhost \
  >/dev/null 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; wait' EXIT
until xdpyinfo >/dev/null 2>&1; do sleep 0.1; done

xsetroot -solid '#305878'
xclock -update 1 -geometry 220x220+1020+40 &
xterm -fa Monospace -fs 11 -geometry 100x30+40+60 -sl 2000 -sb -e sh -c 'PS1="$ " exec sh -i' &
xterm -fa Monospace -fs 11 -bg '#f8f4e8' -geometry 80x24+300+330 -e sh -c 'sed -n 40,62p LICENSE; cat' &
terminal=$(xdotool search --sync --onlyvisible --class xterm | head -1)

"$programs/lucarne-bench" record --seconds 38 vnc+tcp:127.0.0.1:$port "$file" &
recorder=$!

typed() { xdotool type --window "$terminal" --delay 90 "$1"; }
entered() { xdotool key --window "$terminal" Return; }
scrolled() { # direction, times
  for _ in $(seq "$2"); do
    xdotool key --window "$terminal" "shift+$1"
    sleep 0.15
  done
}

xdotool mousemove 400 300
xdotool windowfocus "$terminal"
sleep 1
typed 'wc LICENSE docs/link.md'; entered
sleep 0.5
typed 'cat LICENSE'; entered
sleep 1
scrolled Prior 8
scrolled Next 8
# shellcheck disable=SC2016  # the terminal's shell expands it
typed 'for i in 1 2 3 4 5 6 7 8 9; do tail -n +$((i * 20)) docs/link.md | head -30; sleep 0.3; done'; entered
sleep 3.5
for i in $(seq 60); do
  xdotool windowmove "$terminal" $((40 + i * 5)) $((60 + i * 3))
  sleep 0.03
done
for i in $(seq 40); do
  xdotool windowmove "$terminal" $((340 - i * 7)) $((240 - i * 4))
  sleep 0.03
done
typed 'seq 400 | column -c 90'; entered
sleep 1
typed 'exit'
wait $recorder
