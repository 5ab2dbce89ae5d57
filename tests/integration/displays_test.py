# SPDX-License-Identifier: Apache-2.0
"""One guest in a real QEMU, seen through VNC, SPICE and D-Bus at once."""
import os
import pathlib
import shutil
import socket
import tempfile
import unittest

from harness.programs import Program, missing, source_is_built_in
from harness.qemu import PATHS, Guest, Kiosk, boot_disk, read_png
from harness.waiting import eventually

WHY_NOT = missing('lucarne-relay', 'lucarne-kiosk', 'qemu-system-x86_64', 'convert')
ROTATIONS = (0, 90, 180, 270)
CARDS = ('qxl-vga', 'virtio-vga')
PANEL = (800, 800)  # room for the guest's 720x400 and 640x400 on their sides
KEY_A = 30

if not WHY_NOT and not source_is_built_in('spice'):
    WHY_NOT = 'lucarne-relay was built without SPICE'


class Scene:
    """A guest in the BIOS's text mode that changes to graphics and back with each key, and what
    looks at it."""

    def __init__(self, card='qxl-vga', **options):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='lucarne-displays-'))
        self.guest = Guest(self.folder, '-m', '32', '-device', card, '-drive',
                           f'file={boot_disk(self.folder)},format=raw,if=floppy', '-boot', 'a',
                           **options)
        self.relays, self.kiosks = {}, {}

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        for part in (*self.kiosks.values(), *self.relays.values(), self.guest):
            part.kill()
        if failure:
            for log in sorted(self.folder.glob('*.log')):
                tail = log.read_text(errors='replace').splitlines()[-12:]
                print(f'--- {log.name}', *(line[:200] for line in tail), sep='\n    ')
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_relay(self, path, *options, sink=None):
        self.relays[path] = Program(
            self.folder, 'lucarne-relay', '--name', path, *options, self.guest.source(path),
            sink or f'png:{self.folder}/{path}.png', label=f'relay-{path}',
            env={'LUCARNE_RUNTIME_DIR': str(self.folder)})

    def start_kiosk(self, path, rotation):
        if path in self.kiosks:
            self.kiosks[path].kill()
        self.kiosks[path] = Kiosk(self.folder, path, rotation, PANEL)

    def start_kiosks(self, rotation):
        for path in PATHS:
            self.start_kiosk(path, rotation)

    def all_equal(self, seen, expected):
        """Until every path shows the guest's resting picture exactly; that picture."""
        last = {}

        def equal():
            there = self.guest.picture()
            if there is None:
                return False
            last.clear()
            for path in filter(PATHS.__contains__, self.relays):
                right = expected(there)
                here = seen(path, right)
                if here != right:
                    last[path] = 'no picture' if here is None else here.differing(right)
            return not last and there

        return eventually(equal, lambda: f'all show QEMU\'s own picture; different: {last}',
                          every=0.3)

    def files_equal(self):
        return self.all_equal(lambda path, _: read_png(self.folder / f'{path}.png'),
                              lambda picture: picture)

    def kiosks_equal(self, rotation):
        def shown(path, picture):
            panel = self.kiosks[path].picture()
            return panel and panel.middle(picture.width, picture.height)

        return self.all_equal(shown, lambda picture: picture.turned(rotation))

    def log(self, path):
        return self.relays[path].log()


@unittest.skipIf(WHY_NOT, WHY_NOT)
class EveryDisplay(unittest.TestCase):

    def test_shows_the_same_picture_through_a_mode_change_and_a_reset(self):
        for card in CARDS:
            with self.subTest(card=card), Scene(card) as scene:
                scene.guest.start()
                for path in PATHS:
                    scene.start_relay(path)
                scene.guest.rests()
                text = scene.files_equal()

                scene.guest.press('a')
                eventually(lambda: scene.guest.picture().width != text.width, 'graphics')
                scene.guest.rests()
                graphics = scene.files_equal()

                scene.guest.monitor.ask('system_reset')
                scene.guest.rests()
                eventually(lambda: scene.guest.picture() == text, 'the text screen again')
                again = scene.files_equal()

                self.assertEqual((graphics.width, graphics.height), (640, 400))
                self.assertEqual(again, text)
                for path in ('vnc', 'spice'):
                    self.assertEqual(scene.log(path).count('connected to'), 1, scene.log(path))
                for relay in scene.relays.values():
                    self.assertEqual(relay.stop(), 0, relay.log()[-2000:])

    def test_shows_the_same_on_three_kiosks_at_every_rotation_and_takes_keys_from_each(self):
        for card in CARDS:
            with self.subTest(card=card), Scene(card) as scene:
                scene.guest.start()
                for path in PATHS:
                    scene.start_relay(path, sink=f'kiosk:{scene.folder}/{path}.kiosk')
                for rotation in ROTATIONS:
                    scene.start_kiosks(rotation)
                    scene.guest.rests()
                    before = scene.kiosks_equal(rotation)
                    for path in PATHS:
                        scene.kiosks[path].play(f'tap {KEY_A}')
                        eventually(lambda: scene.guest.picture().width != before.width,
                                   f'the key that was pressed through {path}')
                        before = scene.kiosks_equal(rotation)


    def test_asks_for_no_pictures_while_nobody_looks(self):
        with Scene() as scene:
            scene.guest.start()
            scene.start_relay('spice', sink=f'kiosk:{scene.folder}/spice.kiosk')
            scene.start_kiosk('spice', 90)
            scene.guest.rests()
            scene.kiosks_equal(90)
            open_lines = scene.relays['spice'].descriptors().count('socket')

            scene.kiosks['spice'].kill()
            # The kiosk's own, and the channels of the display and of its pointer.
            eventually(
                lambda: scene.relays['spice'].descriptors().count('socket') <= open_lines - 3,
                'the display\'s channels are closed')
            scene.guest.press('a')
            scene.guest.rests()
            scene.start_kiosk('spice', 90)

            scene.kiosks_equal(90)
            self.assertEqual(scene.log('spice').count('connected to unix'), 1, scene.log('spice'))


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Recovery(unittest.TestCase):

    def test_finds_a_qemu_that_was_killed_and_started_again(self):
        with Scene() as scene:
            scene.guest.start()
            for path in PATHS:
                scene.start_relay(path)
            scene.files_equal()
            for _ in range(3):
                scene.guest.kill()
                for path in PATHS:
                    eventually(lambda: 'trying again' in scene.log(path), f'{path} notices')
                    scene.guest.socket(path).unlink(missing_ok=True)
                scene.guest.start()
                scene.guest.rests()
                scene.guest.press('a')  # another picture than the one that was kept

                scene.files_equal()
            for relay in scene.relays.values():
                self.assertEqual(relay.stop(), 0, relay.log()[-2000:])

    def test_outlives_servers_that_talk_nonsense_or_nothing(self):
        nonsense = (b'\xff' * 70000, b'RFB 003.008\n' + b'\x01' * 4096, b'', b'{"QMP":{}}\n' * 999,
                    b'REDQ\x02\0\0\0\x02\0\0\0\xf0\xff\0\0' + b'\x41' * 65520,
                    b'OK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n'
                    b'l\x01\0\x01' + b'\xff' * 64)
        with Scene() as scene:
            sources = {'vnc': 'vnc', 'spice': 'spice', 'dbus': 'relay'}
            for path in PATHS:
                scene.start_relay(path)
            scene.relays['bus'] = Program(
                scene.folder, 'lucarne-relay', f'qemu+unix:{scene.guest.socket("bus")}', 'null:',
                label='relay-bus')
            for name in (*sources.values(), 'bus'):
                with socket.socket(socket.AF_UNIX) as server:
                    server.bind(str(scene.guest.socket(name)))
                    server.listen(8)
                    server.settimeout(30)
                    for words in nonsense:
                        connection, _ = server.accept()
                        try:
                            connection.sendall(words)
                        except OSError:
                            pass
                        connection.close()
                os.unlink(scene.guest.socket(name))
            for relay in scene.relays.values():
                self.assertTrue(relay.running(), relay.log()[-2000:])

            scene.guest.start()

            scene.files_equal()

    @unittest.skipIf(missing('dbus-daemon'), missing('dbus-daemon'))
    def test_finds_a_qemu_again_on_a_bus(self):
        with Scene() as scene:
            bus = scene.guest.socket('bus')
            daemon = Program(scene.folder, 'dbus-daemon', '--session', '--nofork', '--nopidfile',
                             f'--address=unix:path={bus}')
            scene.relays['daemon'] = daemon
            eventually(bus.exists, 'the bus is there')
            scene.guest.dbus = f'addr=unix:path={bus}'
            scene.guest.start()
            scene.relays['dbus'] = relay = Program(
                scene.folder, 'lucarne-relay', f'qemu+unix:{bus}',
                f'png:{scene.folder}/dbus.png', label='relay-dbus')
            scene.files_equal()

            scene.guest.kill()  # the bus stays
            eventually(lambda: 'trying again' in relay.log(), 'the relay notices')
            scene.guest.start()
            scene.guest.rests()
            scene.guest.press('a')
            scene.guest.rests()

            scene.files_equal()
            self.assertEqual(relay.stop(), 0, relay.log()[-2000:])

    def test_asks_for_a_password_and_takes_it_from_its_file(self):
        with Scene(password='not on the command line') as scene:
            password = scene.folder / 'password'
            scene.guest.start()
            scene.start_relay('spice')
            eventually(lambda: 'wants a password' in scene.log('spice'), 'the relay says why')
            scene.relays['spice'].kill()

            password.write_text('not on the command line\n')
            password.chmod(0o600)
            scene.start_relay('spice', '--password-file', password)

            eventually(lambda: read_png(scene.folder / 'spice.png') == scene.guest.picture(),
                       'the guest\'s picture')
            self.assertNotIn('not on the command', scene.log('spice'))
