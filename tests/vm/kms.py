#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kms.py CACHE BIN RENDERER/DEGREES[/broker]…: the kiosk on KMS/DRM, without X or Wayland, in a virtual machine.

A relay paints its pattern into the kiosk, which shows it turned on a virtio-gpu; what the card shows
(QEMU's own screen dump) must equal the turned picture pixel for pixel, also after the pointer was
moved and clicked at the machine's tablet and a key was typed. At the end the kiosk is asked to stop.

With /broker the devices belong to lucarne-input alone, which tells the kiosk what happens.
"""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PANEL = (1280, 800)
AROUND = 40  # pixels: larger than the pointer and the ring that the pattern paints
PLACES = ((300, 200), (900, 600), (640, 120))  # of the panel, to click at
PATIENCE = 240  # seconds for a step; without KVM a picture takes one

GUEST = '''
export SDL_VIDEODRIVER=kmsdrm XDG_RUNTIME_DIR=/run LUCARNE_RUNTIME_DIR=/run/lucarne
mkdir -p -m 700 /run/lucarne
cd "$SHARED"
export {environment}
{bin}/lucarne-kiosk --log-level debug --rotate {degrees} --renderer {renderer} 2> kiosk.log &
kiosk=$!
{bin}/lucarne-relay pattern:{width}x{height}@0 kiosk: png:$SHARED/guest.png 2> relay.log &
relay=$!
if [ -n "{broker}" ]; then
  printf '[[device]]\nname = "*"\ngrab = true\n[[outlet]]\nto = "kiosk:"\n' > /run/input.toml
  {bin}/lucarne-input run -c /run/input.toml 2> input.log &
  broker=$!
fi
while [ ! -e stop ] && kill -0 $kiosk; do sleep 0.2; done
kill -TERM $kiosk
wait $kiosk
status=$?
kill -TERM $relay
wait $relay || status=$?
if [ -n "{broker}" ]; then
  kill -TERM $broker
  wait $broker || status=$?
fi
exit $status
'''


class Qmp:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile('rw')
        self.lines.readline()
        self.ask('qmp_capabilities')

    def ask(self, command, **arguments):
        print(json.dumps({'execute': command, 'arguments': arguments}), file=self.lines, flush=True)
        while True:
            answer = json.loads(self.lines.readline())
            if 'error' in answer:
                raise RuntimeError(f'{command}: {answer["error"]["desc"]}')
            if 'return' in answer:
                return answer['return']

    def send(self, *events):
        self.ask('input-send-event', events=list(events))


def pointer(x, y):
    """To a pixel of the panel."""
    return [{'type': 'abs', 'data': {'axis': axis, 'value': (2 * at + 1) * 0x7fff // (2 * side)}}
            for axis, at, side in (('x', x, PANEL[0]), ('y', y, PANEL[1]))]


def button(down):
    return {'type': 'btn', 'data': {'button': 'left', 'down': down}}


def key(name, down):
    return {'type': 'key', 'data': {'key': {'type': 'qcode', 'data': name}, 'down': down}}


def until(what, condition, machine):
    deadline = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if machine.poll() is not None:
            raise AssertionError(f'the machine ended while waiting for {what}')
        if time.monotonic() > deadline:
            raise AssertionError(f'not within {PATIENCE} s: {what}')
        time.sleep(0.5)


def pixels(path, *turn):
    done = subprocess.run(['convert', str(path), *turn, '-depth', '8', 'rgb:-'],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
    return done.stdout if done.returncode == 0 else None


def masked(picture, at):
    """Without what is around a place: the kiosk draws the pointer there."""
    if not at:
        return picture
    cleared = bytearray(picture)
    left, right = max(0, at[0] - AROUND), min(PANEL[0], at[0] + AROUND)
    for y in range(max(0, at[1] - AROUND), min(PANEL[1], at[1] + AROUND)):
        cleared[3 * (y * PANEL[0] + left):3 * (y * PANEL[0] + right)] = bytes(3 * (right - left))
    return bytes(cleared)


def around(picture, at):
    rows = range(max(0, at[1] - AROUND), min(PANEL[1], at[1] + AROUND))
    return [picture[3 * (y * PANEL[0] + at[0] - AROUND):3 * (y * PANEL[0] + at[0] + AROUND)]
            for y in rows]


class Card:
    """What the guest's card shows beside what it should."""

    def __init__(self, qmp, folder, degrees):
        self.qmp, self.folder, self.degrees = qmp, folder, degrees
        self.wrong = None

    def shown(self, pointer_at=None):
        """The guest's picture as it is on the panel, when the card shows just that."""
        want = pixels(self.folder / 'guest.png', '-rotate', str(self.degrees))
        self.qmp.ask('screendump', filename=str(self.folder / 'panel.png'), format='png')
        have = pixels(self.folder / 'panel.png')
        if not want or not have or len(want) != len(have):
            return None
        want_here, have_here = masked(want, pointer_at), masked(have, pointer_at)
        self.wrong = sum(want_here[i:i + 3] != have_here[i:i + 3]
                         for i in range(0, len(want), 3)) if want_here != have_here else 0
        return want if self.wrong == 0 else None


def run(cache, programs, renderer, degrees, broker, folder):
    width, height = PANEL if degrees in (0, 180) else PANEL[::-1]
    command = GUEST.format(bin=programs, degrees=degrees, renderer=renderer, width=width,
                           height=height, broker=broker,
                           environment=os.environ.get('KIOSK_ENV', 'LANG=C'))
    devices = f'-device virtio-gpu-pci,xres={PANEL[0]},yres={PANEL[1]} ' \
              '-device virtio-tablet-pci -device virtio-keyboard-pci'
    machine = subprocess.Popen(
        [str(HERE / 'boot.sh'), cache, command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, 'VM_SHARED': str(folder), 'VM_DEVICES': devices, 'VM_MEMORY': '2048'})
    card = None
    try:
        until('QEMU', lambda: (folder / 'qmp.sock').exists(), machine)
        qmp = Qmp(folder / 'qmp.sock')
        until('the first picture', lambda: (folder / 'guest.png').exists(), machine)
        card = Card(qmp, folder, degrees)
        first = until('the guest on the card', card.shown, machine)
        print(f'{renderer}, {degrees} degrees: the card shows the guest', flush=True)

        if broker:
            until('the broker', lambda: 'a broker is here' in (folder / 'kiosk.log').read_text(),
                  machine)
        for at in PLACES:
            qmp.send(*pointer(*at))
            qmp.send(button(True))
            qmp.send(button(False))
        qmp.send(key('a', True))
        qmp.send(key('a', False))

        def ring_shown():
            now = card.shown(PLACES[-1])
            return now and around(now, PLACES[-1]) != around(first, PLACES[-1])
        until('the ring where it was clicked', ring_shown, machine)
        print(f'{renderer}, {degrees} degrees: and the ring where it was clicked', flush=True)
    except AssertionError as failure:
        raise AssertionError(f'{failure} ({card and card.wrong} pixels differ)') from failure
    finally:
        (folder / 'stop').touch()
        try:
            output, _ = machine.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            machine.kill()
            output, _ = machine.communicate()
    if machine.returncode != 0:
        raise AssertionError(f'status {machine.returncode}\n{output.decode(errors="replace")}')


def main():
    cache, programs = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    ready = subprocess.run([str(HERE / 'prepare.sh'), cache], stdout=subprocess.PIPE)
    if ready.returncode != 0:
        print(f'kms.py: Skipped\n{ready.stdout.decode().strip()}')
        return ready.returncode
    for which in sys.argv[3:]:
        renderer, degrees, *broker = which.split('/')
        with tempfile.TemporaryDirectory(prefix='lucarne-kms-', dir='/var/tmp') as name:
            folder = pathlib.Path(name)
            try:
                run(cache, programs, renderer, int(degrees), ''.join(broker), folder)
            except AssertionError as failure:
                print(f'[  FAILED  ] {which}: {failure}')
                for log in ('kiosk.log', 'relay.log', 'input.log', 'console'):
                    if (folder / log).exists():
                        print(f'{log}:\n' + (folder / log).read_text(errors='replace')[-6000:])
                kept = os.environ.get('LUCARNE_KEEP')
                if kept:
                    subprocess.run(f'mkdir -p {kept}; cp {folder}/*.png {folder}/*.log {kept}', shell=True)
                return 1
    print(f'[  PASSED  ] {len(sys.argv) - 3} tests.')
    return 0


if __name__ == '__main__':
    sys.exit(main())
