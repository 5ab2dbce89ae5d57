# SPDX-License-Identifier: Apache-2.0
"""A guest that nobody looks at costs nothing, whatever it does and however it comes; shown again, its
last picture is there at once, and then the newest."""
import os
import pathlib
import shutil
import tempfile
import time
import unittest

from harness.noise_guest import NoiseGuest
from harness.programs import Program, missing, source_is_built_in
from harness.qemu import ALWAYS_PAINTING, Guest, Kiosk, boot_disk
from harness.waiting import eventually

WHY_NOT = missing('lucarne-relay', 'lucarne-kiosk', 'lucarne-line', 'convert')
WHY_NO_QEMU = WHY_NOT or missing('qemu-system-x86_64')
WHY_NO_SPICE = '' if WHY_NOT or source_is_built_in('spice') else 'lucarne-relay was built without SPICE'
PANEL = (640, 480)
SECONDS = 3
# Heartbeats, and what an agent of the display says now and then. A source that goes on brings
# megabytes a second.
MOST_BYTES = 10_000  # a second
MOST_WAKE_UPS = 15  # a second, as programs at rest have (idle_test)
MOST_CPU = 0.05  # of a core, with sanitizers
NEXT = ('key 29 down', 'key 56 down', 'key 106 down', 'key 106 up', 'key 56 up', 'key 29 up')


def read_bytes(program):
    """What it has read so far. What a library receives with recvmsg, as D-Bus's and SPICE's do, is not
    counted: of those the wake-ups tell."""
    with open(f'/proc/{program.pid}/io') as counts:
        return int(dict(line.split(': ') for line in counts)['rchar'])


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Hidden(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='lucarne-hidden-'))
        self.env = {'LUCARNE_RUNTIME_DIR': str(self.folder)}
        self.programs = []
        self.addCleanup(self.end)
        self.kiosk = Kiosk(self.folder, 'panel', 0, PANEL, chords=True)
        self.addCleanup(self.kiosk.kill)
        self.sink = f'kiosk:{self.folder}/panel.kiosk'
        self.relay('pattern:640x480@0', self.sink, '--name', 'front')
        eventually(lambda: self.guest_is_here('front'), 'the guest in front')

    def end(self):
        for program in reversed(self.programs):
            program.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def relay(self, source, *sinks_and_options):
        relay = Program(self.folder, 'lucarne-relay', source, *sinks_and_options,
                        label=f'relay-{len(self.programs)}', env=self.env)
        self.programs.append(relay)
        return relay

    def guest_is_here(self, name):
        return f'guest {name} is here' in self.kiosk.program.log()

    def expect_rest(self, *relays):
        """Each reads next to nothing and does next to nothing."""
        before = [(read_bytes(relay), relay.cpu_seconds(), sum(relay.wake_ups().values()))
                  for relay in relays]
        time.sleep(SECONDS)
        for relay, (bytes_before, cpu_before, wakes_before) in zip(relays, before):
            read = (read_bytes(relay) - bytes_before) / SECONDS
            share = (relay.cpu_seconds() - cpu_before) / SECONDS
            wakes = (sum(relay.wake_ups().values()) - wakes_before) / SECONDS
            print(f'{relay.label} hidden: {read:.0f} bytes read and {wakes:.1f} wake-ups a second, '
                  f'{100 * share:.1f} % of a core', flush=True)
            self.assertLess(read, MOST_BYTES, relay.log())
            self.assertLess(wakes, MOST_WAKE_UPS, relay.log())
            self.assertLess(share, MOST_CPU, relay.log())

    def settle(self, *relays):
        """Until what was under way when the guest was hidden has come: half a second of quiet."""
        def quiet():
            before = [sum(relay.wake_ups().values()) for relay in relays]
            time.sleep(0.5)
            return all(sum(relay.wake_ups().values()) - was < MOST_WAKE_UPS / 2
                       for relay, was in zip(relays, before))
        eventually(quiet, 'the hidden guest is quiet')

    def expect_life(self):
        eventually(lambda: self.kiosk.picture() != self.kiosk.picture(), 'pictures come', every=0.1)

    def through(self, source):
        """Hidden from its start; shown; hidden again; shown while its relay is stopped."""
        relay = self.relay(source, self.sink, '--name', 'hidden')
        eventually(lambda: self.guest_is_here('hidden'), 'the hidden guest')
        self.settle(relay)
        self.expect_rest(relay)

        self.kiosk.play(*NEXT)
        self.expect_life()

        self.kiosk.play(*NEXT)
        self.settle(relay)
        front = self.kiosk.picture()
        self.expect_rest(relay)

        relay.process.send_signal(19)  # SIGSTOP: it can send nothing
        self.kiosk.play(*NEXT)
        eventually(lambda: self.kiosk.picture() != front, 'its last picture is shown', every=0.05)
        relay.process.send_signal(18)
        self.expect_life()

    def test_a_vnc_guest(self):
        video = NoiseGuest(self.folder / 'vnc.sock')
        self.addCleanup(video.close)
        self.through(f'vnc+unix:{self.folder}/vnc.sock')

    def test_a_guest_at_the_other_end_of_a_line(self):
        video = NoiseGuest(self.folder / 'vnc.sock')
        self.addCleanup(video.close)
        line = Program(self.folder, 'lucarne-line', self.folder / 'a', self.folder / 'b', label='line')
        self.programs.append(line)
        eventually(lambda: all((self.folder / end).is_symlink() for end in 'ab'), 'the line is there')
        far = self.relay(f'vnc+unix:{self.folder}/vnc.sock', f'link+serial:{self.folder}/a')
        near = self.relay(f'link+serial:{self.folder}/b', self.sink, '--name', 'hidden')
        eventually(lambda: self.guest_is_here('hidden'), 'the hidden guest')
        self.settle(near, far)

        self.expect_rest(near, far)
        self.kiosk.play(*NEXT)
        self.expect_life()
        self.kiosk.play(*NEXT)
        self.settle(near, far)
        self.expect_rest(near, far)

    def through_qemu(self, path):
        guest = Guest(self.folder, '-m', '32', '-device', 'qxl-vga', '-drive',
                      f'file={boot_disk(self.folder, ALWAYS_PAINTING)},format=raw,if=floppy', '-boot', 'a')
        self.addCleanup(guest.kill)
        guest.start()
        os.setpriority(os.PRIO_PROCESS, guest.program.pid, 15)  # it paints without end
        eventually(lambda: guest.picture() != guest.picture(), 'the guest paints', every=0.2)
        self.through(guest.source(path))

    @unittest.skipIf(WHY_NO_QEMU, WHY_NO_QEMU)
    def test_qemus_own_vnc_server(self):
        self.through_qemu('vnc')

    @unittest.skipIf(WHY_NO_QEMU, WHY_NO_QEMU)
    def test_a_d_bus_display(self):
        self.through_qemu('dbus')

    @unittest.skipIf(WHY_NO_QEMU or WHY_NO_SPICE, WHY_NO_QEMU or WHY_NO_SPICE)
    def test_a_spice_guest(self):
        self.through_qemu('spice')
