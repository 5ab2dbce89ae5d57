#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""displays.py CACHE BIN: a Linux guest with a virtio-gpu, a tablet and a keyboard, seen and played
through VNC, SPICE and D-Bus at once, on three kiosks at four rotations.

What the guest shows must be the same everywhere, pixel for pixel; clicks, keys, wheel and a finger
must arrive in the guest's own event devices at their places; and the guest must get a screen of the
panel's size when a kiosk asks for it.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / 'integration'))

from harness import programs  # noqa: E402
from harness.programs import Program  # noqa: E402
from harness.qemu import PATHS, Guest, Kiosk  # noqa: E402
from harness.waiting import eventually  # noqa: E402

SIZE = (1024, 768)
PANEL = (1024, 1024)  # room for the picture at each rotation
PATIENCE = 120  # seconds for a step; without KVM a guest is slow
TABLET_MAX = 0x7fff
PLACES = {'vnc': (100, 90), 'spice': (512, 700), 'dbus': (1000, 384)}
KEYS = {'vnc': 34, 'spice': 35, 'dbus': 36}  # G, H, J
BTN_LEFT, REL_WHEEL, EV_KEY, EV_REL, EV_ABS = 0x110, 8, 1, 2, 3

# In the guest: a picture of noise, every input event as a line, the modes of the screen; and the
# agent's port held open, since SPICE passes a wanted size on only while an agent is there.
GUEST = r'''
import glob, os, random, select, struct, sys, time
shared = os.environ['SHARED']
random.seed(7)
with open('/sys/class/graphics/fb0/virtual_size') as size, open('/dev/fb0', 'wb') as fb:
    width, height = map(int, size.read().split(','))
    for y in range(height):
        stripe = bytes((y % 256, 200, 40, 0)) * width
        fb.write(random.randbytes(4 * width) if y % 16 < 8 else stripe)
devices = [os.open(path, os.O_RDONLY | os.O_NONBLOCK) for path in glob.glob('/dev/input/event*')]
ports = [os.open(path, os.O_RDWR | os.O_NONBLOCK) for path in glob.glob('/dev/virtio-ports/*')]
out = open(shared + '/events', 'w', buffering=1)
print('ready', width, height, len(devices), len(ports), file=out)
modes = None
while not os.path.exists(shared + '/stop'):
    for fd in select.select(devices + ports, [], [], 0.3)[0]:
        try:
            data = os.read(fd, 24 * 64)
        except BlockingIOError:
            continue
        if fd in devices:
            for at in range(0, len(data), 24):
                print(*struct.unpack('HHi', data[at + 16:at + 24]), file=out)
    for connector in glob.glob('/sys/class/drm/card*-*/modes'):
        now = open(connector).read().split()[:1]
        if now != modes:
            modes = now
            print('mode', *modes, file=out)
'''


class Machine:
    def __init__(self, cache, folder, pointing='virtio-tablet-pci'):
        self.folder = folder
        # The port's reader below is no agent that would move a pointer.
        self.guest = Guest(folder, spice=',agent-mouse=off')
        (folder / 'guest.py').write_text(GUEST)
        devices = [*self.devices(pointing), *self.guest.options()]
        self.log = open(folder / 'machine.log', 'wb')
        self.process = subprocess.Popen(
            [HERE / 'boot.sh', cache, self.command()], stdout=self.log, stderr=self.log,
            env={**os.environ, 'VM_SHARED': str(folder), 'VM_DEVICES': ' '.join(devices)})
        self.guest.program = self

    def devices(self, pointing):
        return ['-device', 'virtio-vga,xres={},yres={}'.format(*SIZE), '-device', pointing, '-device',
                'virtio-keyboard-pci', '-device', 'virtio-serial-pci', '-chardev',
                'spicevmc,id=agent,name=vdagent', '-device',
                'virtserialport,chardev=agent,name=com.redhat.spice.0']

    def command(self):
        """What the guest does."""
        return ('modprobe -a virtio_gpu virtio_input virtio_console; udevadm settle; '
                'echo 0 > /sys/class/graphics/fbcon/cursor_blink; '
                'echo 0 > /sys/class/vtconsole/vtcon1/bind; '
                f'/usr/bin/python3 {self.folder}/guest.py')

    # What Guest asks of its program.
    def running(self):
        return self.process.poll() is None

    def events(self):
        path = self.folder / 'events'
        return path.read_text(errors='replace').splitlines() if path.exists() else []

    def until(self, what, condition):
        def checked():
            value = condition()
            assert value or self.running(), f'the machine ended while waiting for {what}'
            return value
        return eventually(checked, what, PATIENCE, every=0.3)

    def print_logs(self):
        for log in (*sorted(self.folder.glob('*.log')), self.folder / 'events'):
            if log.exists():
                tail = log.read_text(errors='replace').splitlines()[-15:]
                print(f'--- {log.name}', *(line[:200] for line in tail), sep='\n    ')

    def stop(self):
        (self.folder / 'stop').touch()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait()
        self.log.close()


def on_panel(x, y, rotation):
    """Where a pixel of the guest's picture lies on the panel, in whose middle the picture is."""
    w, h = SIZE
    at = {0: (x, y), 90: (h - 1 - y, x), 180: (w - 1 - x, h - 1 - y), 270: (y, w - 1 - x)}[rotation]
    shown = (w, h) if rotation in (0, 180) else (h, w)
    return tuple(a + (p - s) // 2 for a, p, s in zip(at, PANEL, shown))


class Test:
    def __init__(self, machine):
        self.machine, self.guest, self.folder = machine, machine.guest, machine.folder
        self.relays, self.kiosks = {}, {}

    def start_relay(self, path, *options):
        self.relays[path] = Program(
            self.folder, 'lucarne-relay', '--name', path, *options, self.guest.source(path),
            f'kiosk:{self.folder}/{path}.kiosk', label=f'relay-{path}',
            env={'LUCARNE_RUNTIME_DIR': str(self.folder)})

    def close(self):
        for part in (*self.kiosks.values(), *self.relays.values()):
            part.kill()

    def start_kiosk(self, path, rotation, size, *options):
        if path in self.kiosks:
            self.kiosks[path].kill()
        self.kiosks[path] = Kiosk(self.folder, path, rotation, size, *options)

    def wait_for_equality(self, rotation, hidden=None):
        """The guest's picture on all kiosks; without the pointers' surroundings."""
        wrong = {}

        def equal():
            there = self.guest.picture().turned(rotation)
            wrong.clear()
            for path in PATHS:
                panel = self.kiosks[path].picture()
                here = panel and panel.middle(there.width, there.height)
                if here and hidden:
                    left, top = ((p - s) // 2 for p, s in zip(PANEL, (there.width, there.height)))
                    x, y = hidden[path][0] - left - 32, hidden[path][1] - top - 32
                    here, right = here.without(x, y, 64, 64), there.without(x, y, 64, 64)
                else:
                    right = there
                if here != right:
                    wrong[path] = here and here.differing(right)
            return not wrong

        eventually(equal, lambda: f'all kiosks show the guest\'s picture at {rotation}: {wrong}',
                   PATIENCE, every=0.5)

    def since(self, start, pattern):
        """The first match in the lines that the guest wrote from `start` on."""
        return re.search(pattern, '\n'.join(self.machine.events()[start:]))

    def click(self, path, rotation):
        x, y = PLACES[path]
        panel = on_panel(x, y, rotation)
        start = len(self.machine.events())

        self.kiosks[path].play(f'click {panel[0]} {panel[1]}')

        self.machine.until(f'a click through {path} at {rotation}', lambda: self.since(
            start, fr'{EV_KEY} {BTN_LEFT} 1(.|\n)*\n{EV_KEY} {BTN_LEFT} 0'))
        self.check_place(f'click through {path} at {rotation}', x, y)
        return panel

    def check_place(self, what, x, y):
        """The tablet's last place is that pixel: each server scales a little differently."""
        for axis, at, side in ((0, x, SIZE[0]), (1, y, SIZE[1])):
            values = [int(line.split()[2]) for line in self.machine.events()
                      if line.startswith(f'{EV_ABS} {axis} ')]
            pixel = values[-1] * side / (TABLET_MAX + 1)
            assert abs(pixel - at) <= 1, f'{what}: axis {axis} at pixel {pixel:.2f}, not {at}'

    def finger(self, path, rotation):
        x, y = PLACES[path][0] ^ 16, PLACES[path][1] ^ 16
        down, moved = on_panel(x, y, rotation), on_panel(x ^ 8, y ^ 8, rotation)
        start = len(self.machine.events())

        self.kiosks[path].play(f'touch 0 down {down[0]} {down[1]}',
                               f'touch 0 move {moved[0]} {moved[1]}', 'touch 0 up')

        self.machine.until(f'a finger through {path}', lambda: self.since(
            start, fr'{EV_KEY} {BTN_LEFT} 1(.|\n)*\n{EV_KEY} {BTN_LEFT} 0'))
        self.check_place(f'finger through {path} at {rotation}', x ^ 8, y ^ 8)

    def key_and_wheel(self, path):
        start = len(self.machine.events())
        self.kiosks[path].play(f'tap {KEYS[path]}', 'wheel 0 240', 'wheel 0 -120')
        self.machine.until(f'the key through {path}', lambda: self.since(
            start, fr'{EV_KEY} {KEYS[path]} 1\n(.|\n)*{EV_KEY} {KEYS[path]} 0'))
        self.machine.until(f'the wheel through {path}', lambda: [
            int(line.split()[2]) for line in self.machine.events()[start:]
            if line.startswith(f'{EV_REL} {REL_WHEEL} ')] == [-1, -1, 1])

    def lifts(self, path, end):
        """What is held when the relay ends does not stay down in the guest."""
        start = len(self.machine.events())
        self.kiosks[path].play(f'key {KEYS[path]} down', 'button left down')
        self.machine.until(f'a key and a button held through {path}', lambda: all(
            self.since(start, f'{EV_KEY} {code} 1') for code in (KEYS[path], BTN_LEFT)))

        end(self.relays[path])

        self.machine.until(f'the key and the button of {path} are lifted', lambda: all(
            self.since(start, f'{EV_KEY} {code} 0') for code in (KEYS[path], BTN_LEFT)))
        self.kiosks[path].play(f'key {KEYS[path]} up', 'button left up')
        self.start_relay(path)

    def resize(self, path, size):
        start = len(self.machine.events())
        self.start_kiosk(path, 0, size, '--resize-guest')
        self.machine.until(f'a screen of {size} that was asked for through {path}',
                           lambda: self.since(start, f'mode {size[0]}x{size[1]}'))


def run(machine):
    machine.guest.connect()
    test = Test(machine)
    try:
        ready = machine.until('the guest', lambda: test.since(0, r'ready (\d+) (\d+) \d+ \d+'))
        assert (int(ready[1]), int(ready[2])) == SIZE, ready[0]
        for path in PATHS:
            test.start_relay(path)
        for rotation in (0, 90, 180, 270):
            for path in PATHS:
                test.start_kiosk(path, rotation, PANEL)
            test.wait_for_equality(rotation)
            pointers = {path: test.click(path, rotation) for path in PATHS}
            test.wait_for_equality(rotation, pointers)
            for path in PATHS:
                test.finger(path, rotation)
            print(f'{rotation} degrees: one picture on three kiosks; '
                  'clicks and fingers at their places')
        for path in PATHS:
            test.key_and_wheel(path)
        print('keys and wheel through', *PATHS)
        for path in PATHS:
            test.lifts(path, Program.stop)
            print(f'{path}: a relay that ends leaves nothing held')
        for path, size in zip(PATHS, ((800, 600), (640, 480), (960, 540))):
            test.resize(path, size)
            print(f'{path}: the guest has a screen of {size[0]}x{size[1]}')
    except BaseException:
        machine.print_logs()
        raise
    finally:
        test.close()


def play(machine_in, run):
    """Boots the machine that machine_in(folder) makes, for run(machine); the test's exit code."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix='lucarne-vm-', dir='/var/tmp'))
    machine = machine_in(folder)
    try:
        run(machine)
        print('PASS')
    finally:
        machine.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def main():
    cache, programs_folder = sys.argv[1:3]
    programs.set_folder(programs_folder)
    why_not = programs.missing('lucarne-relay', 'lucarne-kiosk', 'qemu-system-x86_64', 'convert')
    if not why_not and subprocess.run([HERE / 'prepare.sh', cache], check=False).returncode == 77:
        why_not = 'no kernel for the virtual machine'
    if why_not:
        print(why_not)
        return 77
    return play(lambda folder: Machine(cache, folder), run)


if __name__ == '__main__':
    sys.exit(main())
