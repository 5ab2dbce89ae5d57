#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""touch.py CACHE BIN: fingers at a kiosk become fingers in a guest with QEMU's multi-touch screen.

Two at once, at four rotations: the guest's own event device says where they went down, moved and were
lifted. What is held when a relay ends, is killed, or when the kiosk is killed, is lifted in the guest.
QEMU has such a device, and MultiTouch on its D-Bus display, from 8.1 on; Debian 12's (7.2) has not:
LUCARNE_QEMU names another one.
"""
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))

import displays  # noqa: E402
from harness import programs  # noqa: E402

SIZE = displays.SIZE
EV_KEY, EV_ABS = 1, 3
BTN_TOUCH, ABS_MT_SLOT, ABS_MT_X, ABS_MT_Y, ABS_MT_TRACKING_ID = 0x14a, 0x2f, 0x35, 0x36, 0x39
DEVICE = 'virtio-multitouch-pci'
TOUCH_MAX = 0x7fff


class Fingers:
    """The guest's multi-touch events, replayed: where the fingers of each slot are and were."""

    def __init__(self, lines):
        self.down, self.places, self.touching = set(), {}, False
        slot = 0
        for line in lines:
            words = line.split()
            if len(words) != 3 or not words[0].isdigit():
                continue
            kind, code, value = map(int, words)
            if (kind, code) == (EV_KEY, BTN_TOUCH):
                self.touching = value != 0
            if kind != EV_ABS:
                continue
            if code == ABS_MT_SLOT:
                slot = value
            elif code == ABS_MT_TRACKING_ID and value < 0:
                self.down.discard(slot)
            elif code == ABS_MT_TRACKING_ID:
                self.down.add(slot)
            elif code in (ABS_MT_X, ABS_MT_Y):
                axis = code - ABS_MT_X
                place = list(self.places.get(slot, (0, 0)))
                place[axis] = value * SIZE[axis] / TOUCH_MAX
                self.places[slot] = tuple(place)

    def are_at(self, places):
        """Whether exactly these slots are down, each within a pixel of its place."""
        return self.down == set(places) and all(
            abs(here - there) <= 1
            for slot, place in places.items() for here, there in zip(self.places[slot], place))

    def __str__(self):
        return f'down {sorted(self.down)} at {self.places}, touching {self.touching}'


class Test(displays.Test):

    def fingers(self):
        return Fingers(self.machine.events())

    def until_fingers(self, what, places):
        try:
            self.machine.until(what, lambda: self.fingers().are_at(places))
        except AssertionError as failure:
            raise AssertionError(f'{failure}; wanted {places}, but {self.fingers()}') from None

    def play(self, rotation, *steps):
        """Steps 'SLOT down|move X Y' or 'SLOT up', in the guest's pixels."""
        for step in steps:
            slot, what, *place = step.split()
            if place:
                place = map(str, displays.on_panel(*map(int, place), rotation))
            self.kiosks['dbus'].play(' '.join(('touch', slot, what, *place)))

    def start_touchable_kiosk(self, rotation):
        self.start_kiosk('dbus', rotation, displays.PANEL)
        self.wait_for_guest(1)
        self.machine.until('the guest\'s picture', lambda: self.kiosks['dbus'].picture())

    def wait_for_guest(self, times):
        self.machine.until(f'the guest is at the kiosk, {times}. time', lambda: self.kiosks[
            'dbus'].program.log().count('guest dbus is here') == times)

    def two_fingers(self, rotation):
        self.play(rotation, '0 down 100 90', '1 down 900 700')
        self.until_fingers(f'two fingers at {rotation}', {0: (100, 90), 1: (900, 700)})
        self.play(rotation, '0 move 512 384', '1 move 1023 767')
        self.until_fingers(f'both moved at {rotation}', {0: (512, 384), 1: (1023, 767)})
        self.play(rotation, '0 up')
        self.until_fingers(f'one lifted at {rotation}', {1: (1023, 767)})
        self.play(rotation, '1 move 0 0')
        self.until_fingers(f'the other moved on at {rotation}', {1: (0, 0)})
        self.play(rotation, '1 up')
        self.until_fingers(f'none is left at {rotation}', {})

    def hold(self, what):
        self.play(0, '0 down 200 200', '2 down 300 300')
        self.until_fingers(f'two fingers held before {what}', {0: (200, 200), 2: (300, 300)})

    def lifts(self):
        self.hold('the relay ends')
        assert self.relays['dbus'].stop() == 0, self.relays['dbus'].log()
        self.until_fingers('a relay that ends lifts them', {})
        self.play(0, '0 up', '2 up')
        self.start_relay('dbus')
        self.wait_for_guest(2)

        self.hold('the relay is killed')
        self.relays['dbus'].kill()
        self.start_relay('dbus')
        self.wait_for_guest(3)
        self.until_fingers('the relay after one that was killed lifts them', {})
        self.play(0, '0 up', '2 up')

        self.hold('a finger is cancelled')
        self.play(0, '0 cancel', '2 cancel')
        self.until_fingers('both are cancelled', {})

        self.hold('the kiosk is killed')
        self.kiosks['dbus'].kill()
        self.until_fingers('they are lifted when the kiosk has gone', {})


def ask_qemu(*arguments):
    return subprocess.run([programs.path_of('qemu-system-x86_64'), *arguments], stdout=subprocess.PIPE,
                          text=True, check=False).stdout


def qemu_version():
    return tuple(map(int, re.search(r'version (\d+)\.(\d+)', ask_qemu('--version')).groups()))


def run(machine):
    machine.guest.connect()
    test = Test(machine)
    try:
        machine.until('the guest', lambda: test.since(0, r'ready (\d+) (\d+) \d+ \d+'))
        test.start_relay('dbus', '--stats')
        for rotation in (0, 90, 180, 270):
            test.start_touchable_kiosk(rotation)
            test.two_fingers(rotation)
            print(f'{rotation} degrees: two fingers at their places, moved and lifted one by one')
        if qemu_version() >= (9, 2):
            machine.until('the picture is shared memory',
                          lambda: 'shared memory' in test.relays['dbus'].log())
            print('the picture comes as shared memory')
        test.start_touchable_kiosk(0)
        test.lifts()
        print('fingers are lifted when a relay ends or is killed, a kiosk is killed, a touch is cancelled')
    except BaseException:
        machine.print_logs()
        raise
    finally:
        test.close()


def why_not(cache):
    reason = programs.missing('lucarne-relay', 'lucarne-kiosk', 'qemu-system-x86_64', 'convert')
    if reason:
        return reason
    if DEVICE not in ask_qemu('-device', 'help'):
        return (f'{ask_qemu("--version").splitlines()[0]} has no {DEVICE} (from 8.1 on); '
                'LUCARNE_QEMU may name one that has')
    if subprocess.run([HERE / 'prepare.sh', cache], check=False).returncode == 77:
        return 'no kernel for the virtual machine'
    return ''


def main():
    cache, programs_folder = sys.argv[1:3]
    programs.set_folder(programs_folder)
    reason = why_not(cache)
    if reason:
        print(reason)
        return 77
    return displays.play(lambda folder: displays.Machine(cache, folder, pointing=DEVICE), run)


if __name__ == '__main__':
    sys.exit(main())
