# SPDX-License-Identifier: Apache-2.0
"""Real VNC viewers at the vnc-listen sink, through the line that carries the kiosk's screen.

LUCARNE_STOPPED_PICTURES (100) sets how many pictures the kiosk shows beside a stopped viewer.
"""
import json
import random
import re
import signal
import socket
import struct
import time
import unittest

from harness import displays
from harness.pictures import Picture, capture
from harness.programs import Program
from harness.stage import CURSOR_BOX, Stage, needs, rounds
from harness.waiting import eventually

WHY_NOT = needs('Xvnc', 'Xvfb', 'xdotool', 'xlogo', 'xterm', 'xwd', 'vncviewer', 'lucarne-scene')
LAPTOP_SIZE = (1400, 900)


class ViewerStage(Stage):
    """Beside the kiosk: viewers at the guest's relay, through a tunnel on the same line."""

    def __init__(self, options=''):
        super().__init__(rotation=90)
        self.options = options
        self.laptop = None

    def __exit__(self, *failure):
        if self.laptop:
            for client in self.clients:
                client.kill()
            self.laptop.stop()
        super().__exit__(*failure)

    def start_guest_relay(self, source=None):
        self.guest_relay = Program(
            self.folder, 'lucarne-relay', f'vnc+unix:{self.vnc_socket}',
            f'link+serial:{self.folder}/guest-end',
            f'vnc-listen+unix:{self.folder}/viewers{self.options}',
            '--tunnel', f'viewer=unix:{self.folder}/viewers', label='guest-relay', env=self.env)

    def start_panel_relay(self):
        self.panel_relay = Program(
            self.folder, 'lucarne-relay', f'link+serial:{self.folder}/panel-end', 'kiosk:',
            '--tunnel', f'viewer=unix-listen:{self.folder}/here', label='panel-relay', env=self.env)

    def start_kiosk(self):
        width, height = self.panel_size()
        self.kiosk_stats = self.folder / 'kiosk.json'
        self.kiosk = Program(
            self.folder, 'lucarne-kiosk', '--rotate', self.rotation, '--window',
            f'{width}x{height}', '--stats', self.kiosk_stats, label='kiosk',
            env={**self.env, 'DISPLAY': self.panel.display, 'SDL_VIDEODRIVER': 'x11'})

    def start_laptop(self):
        self.laptop = displays.xvfb(self.folder, *LAPTOP_SIZE, label='laptop')

    def start_viewer(self, *options):
        eventually((self.folder / 'here').is_socket, 'the tunnel listens')
        viewer = Program(self.folder, 'vncviewer', '-RemoteResize=0', *options, self.folder / 'here',
                         label=f'viewer-{len(self.clients)}', env={'DISPLAY': self.laptop.display})
        self.clients.append(viewer)
        return viewer

    def viewer_place(self):
        """Where the viewer shows the guest's (0, 0); None until it has a window of the right size."""
        size = '{}x{}'.format(*self.guest_size)
        tree = self.laptop.run('xwininfo', '-root', '-tree')
        found = re.search(rf'(0x\w+) .*TigerVNC".* {size}[+-]\S+ +\+(-?\d+)\+(-?\d+)', tree)
        if not found:
            return None
        self.viewer_window = found[1]
        return int(found[2]), int(found[3])

    def hold_in_viewer(self, x, y):
        """The viewer gets the laptop's pointer, at a guest's pixel, and its keyboard."""
        left, top = eventually(self.viewer_place, 'the viewer is there', every=0.3)

        def there():
            # There is no window manager to do it; and it may still be on its way up.
            self.laptop.run('xdotool', 'windowfocus', self.viewer_window, 'mousemove', left + x + 1,
                            top + y, 'click', '1', 'mousemove', left + x, top + y)
            # The viewer holds motion back, and the next attempt would move the pointer away again.
            for _ in range(20):
                if f'x:{x} y:{y} ' in self.guest.run('xdotool', 'getmouselocation'):
                    return True
                time.sleep(0.05)
            return False

        eventually(there, 'the guest\'s pointer follows the viewer\'s', every=0.3)
        self.pointer = (x, y)

    def viewer_equals_guest(self):
        place = self.viewer_place()
        guest, laptop = capture(self.guest.display), capture(self.laptop.display)
        if not (place and guest and laptop):
            return False
        seen = cropped(laptop, *place, *self.guest_size)
        x, y = self.pointer
        box = (x - CURSOR_BOX // 2, y - CURSOR_BOX // 2, CURSOR_BOX, CURSOR_BOX)
        return seen.without(*box) == guest.without(*box)

    def presents(self):
        """How many pictures the kiosk has shown, as far as its statistics go."""
        text = self.kiosk_stats.read_text() if self.kiosk_stats.exists() else ''
        lines = [line for line in text.splitlines(keepends=True) if line.endswith('\n')]
        return sum(json.loads(line)['presents'] for line in lines)


def cropped(picture, x, y, width, height):
    pixels = picture.pixels[:0]
    for row in range(y, y + height):
        pixels += picture.pixels[row * picture.width + x:row * picture.width + x + width]
    return Picture(width, height, pixels)


def visible_guest(stage):
    stage.start_client('xlogo', '-geometry', '300x300+200+200')
    stage.start_client('xterm', '-geometry', '80x24+600+100', '-e', 'echo some text; sleep 1000')
    stage.point(1200, 700)
    stage.wait_for_equality()


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Viewer(unittest.TestCase):

    def test_a_viewer_sees_and_works_in_the_guest_that_the_kiosk_shows(self):
        with ViewerStage() as stage:
            stage.start_everything()
            stage.start_laptop()
            visible_guest(stage)

            stage.start_viewer()
            eventually(stage.viewer_equals_guest, 'the viewer shows the guest', every=0.3)
            stage.hold_in_viewer(340, 350)
            stage.laptop.run('xdotool', 'keydown', 'b')
            eventually(stage.guest.keys_down, 'a key of the viewer is down in the guest')
            stage.laptop.run('xdotool', 'keyup', 'b')
            eventually(lambda: not stage.guest.keys_down(), 'and up')
            logo = stage.guest.run('xdotool', 'search', '--class', 'xlogo').split()[-1]
            stage.guest.run('xdotool', 'windowmove', logo, 500, 420)

            eventually(stage.viewer_equals_guest, 'the viewer shows what changed', every=0.3)
            stage.wait_for_equality()

    def test_keys_that_a_viewer_held_are_lifted_when_it_goes(self):
        with ViewerStage() as stage:
            stage.start_everything()
            stage.start_laptop()
            visible_guest(stage)
            viewer = stage.start_viewer()
            stage.hold_in_viewer(340, 350)
            stage.laptop.run('xdotool', 'keydown', 'c')
            eventually(stage.guest.keys_down, 'the key is down in the guest')

            viewer.kill()

            eventually(lambda: not stage.guest.keys_down(), 'nothing is held any more')

    def test_a_viewer_that_may_only_look_changes_nothing(self):
        with ViewerStage('?view-only') as stage:
            stage.start_everything()
            stage.start_laptop()
            visible_guest(stage)
            stage.start_viewer()
            eventually(stage.viewer_equals_guest, 'the viewer shows the guest', every=0.3)
            left, top = stage.viewer_place()

            stage.laptop.run('xdotool', 'windowfocus', stage.viewer_window, 'mousemove', left + 340,
                             top + 350, 'click', '1', 'mousemove', left + 350, top + 360, 'key', 'd')
            stage.point(1199, 701)  # the kiosk's pointer goes its way behind the viewer's

            self.assertIn('x:1199 y:701 ', stage.guest.run('xdotool', 'getmouselocation'))

    def test_a_stopped_viewer_changes_nothing_for_the_kiosk(self):
        pictures = rounds('STOPPED_PICTURES', 100)
        with ViewerStage() as stage:
            stage.start_everything()
            stage.start_laptop()
            visible_guest(stage)
            stage.start_client('lucarne-scene', 'dragging', '--seconds', '0', '--fps', '20')
            viewer = stage.start_viewer()
            eventually(stage.viewer_place, 'the viewer is there', every=0.3)

            def seconds_for_pictures(whose):
                before, begin = stage.presents(), time.monotonic()
                eventually(lambda: stage.presents() >= before + pictures,
                           lambda: f'{pictures} pictures beside {whose}; there are '
                                   f'{stage.presents() - before}', every=0.1)
                return time.monotonic() - begin

            running = seconds_for_pictures('a viewer')
            memory = stage.guest_relay.resident_bytes()
            viewer.process.send_signal(signal.SIGSTOP)
            stopped = seconds_for_pictures('a stopped viewer')
            grown = stage.guest_relay.resident_bytes() - memory
            viewer.process.send_signal(signal.SIGCONT)
            for client in stage.clients:
                if client.label.startswith('lucarne-scene'):
                    client.kill()
            eventually(stage.viewer_equals_guest, 'the viewer shows the newest picture', every=0.3)

            print(f'kiosk: {pictures / running:.1f} frames/s beside a viewer, {pictures / stopped:.1f} '
                  f'beside a stopped one; the relay grew by {grown / 1024:.0f} KiB', flush=True)
            self.assertLess(grown, 16 << 20)

    def test_lying_viewers_are_bounded(self):
        with ViewerStage() as stage:
            stage.start_guest()
            stage.start_line()
            stage.start_guest_relay()
            path = stage.folder / 'viewers'
            eventually(path.is_socket, 'the sink listens')

            def viewer(*messages):
                connection = socket.socket(socket.AF_UNIX)
                connection.settimeout(10)

                def connected():
                    try:
                        connection.connect(str(path))
                    except BlockingIOError:
                        return False  # so many wait already
                    return True

                eventually(connected, 'room in the queue')
                try:
                    for message in messages:
                        connection.sendall(message)
                except OSError:
                    pass  # it was shown the door
                return connection

            hello = (b'RFB 003.008\n', b'\1', b'\1')
            everything = struct.pack('>BBHHHH', 3, 0, 0, 0, 65535, 65535)
            first = viewer(*hello, everything)
            eventually(lambda: 'vnc: connected' in stage.guest_relay.log(), 'the source is there')
            descriptors = len(stage.guest_relay.descriptors())
            first.close()
            before = stage.guest_relay.resident_bytes()
            noise = random.Random(1)
            for _ in range(30):
                viewer(noise.randbytes(3000)).close()
                viewer(*hello, noise.randbytes(3000)).close()
                viewer(*hello, struct.pack('>BBH', 2, 0, 65535) + bytes(70000)).close()
                viewer(*hello, struct.pack('>BxxxI', 6, 0x7fffffff) + bytes(200000)).close()
            greedy = [viewer(*hello, everything * 2000) for _ in range(8)]  # and never read
            time.sleep(2)

            self.assertTrue(stage.guest_relay.running(), stage.guest_relay.log())
            self.assertLess(stage.guest_relay.resident_bytes() - before, 64 << 20)
            for connection in greedy:
                connection.close()
            eventually(lambda: len(stage.guest_relay.descriptors()) <= descriptors,
                       'every connection was closed')
            honest = viewer(*hello)
            self.assertEqual(honest.recv(12), b'RFB 003.008\n')
            honest.close()

    def test_a_password_is_asked_for(self):
        with ViewerStage() as stage:
            secret = stage.folder / 'password'
            secret.touch(0o600)
            secret.write_text('sesame\n')
            stage.options = f'?password-file={secret}'
            stage.start_guest()
            stage.start_line()
            stage.start_guest_relay()
            path = stage.folder / 'viewers'
            eventually(path.is_socket, 'the sink listens')
            wrong = stage.folder / 'wrong'
            wrong.write_text('other\n')
            results = {}
            for name, file in (('right', secret), ('wrong', wrong)):
                looker = Program(stage.folder, 'lucarne-relay', f'vnc+unix:{path}', 'null:',
                                 '--password-file', file, label=f'{name}-viewer', env=stage.env)
                stage.clients.append(looker)
                results[name] = looker
            eventually(lambda: 'vnc: connected' in results['right'].log(), 'who has the password is let in')
            eventually(lambda: 'wrong password' in stage.guest_relay.log(), 'and who has not is not')
            self.assertNotIn('vnc: connected', results['wrong'].log())

    def test_other_machines_are_not_let_in_without_a_password(self):
        with ViewerStage() as stage:
            refused = Program(stage.folder, 'lucarne-relay', 'pattern:', 'vnc-listen+tcp:0.0.0.0:5999')
            self.assertEqual(refused.process.wait(60), 2)
            self.assertIn('password-file', refused.log())
