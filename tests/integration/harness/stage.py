# SPDX-License-Identifier: Apache-2.0
"""The whole way from a guest to a panel: VNC server, relay, line, relay, kiosk on an X server."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from harness import displays
from harness.pictures import capture
from harness.programs import Program
from harness.waiting import PATIENCE, eventually

GUEST_SIZE = (1280, 800)
CURSOR_BOX = 64  # a guest's pointer fits in a box of this size around its place


class Stage:
    """Use as a context manager. Parts are started by start_…() and can be killed one by one."""

    def __init__(self, rotation=0, guest_size=GUEST_SIZE):
        self.rotation = rotation
        self.guest_size = guest_size
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='lucarne-stage-'))
        self.env = {'LUCARNE_RUNTIME_DIR': str(self.folder)}
        self.vnc_socket = self.folder / 'vnc.sock'
        self.panel = self.guest = None
        self.line = self.guest_relay = self.panel_relay = self.kiosk = None
        self.clients = []

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        for part in [*self.clients, self.kiosk, self.panel_relay, self.guest_relay, self.line]:
            if part and part.running():
                part.kill()
        for server in (self.panel, self.guest):
            if server:
                server.stop()
        if failure:
            for log in sorted(self.folder.glob('*.log')):
                tail = log.read_text(errors='replace').splitlines()[-12:]
                print(f'--- {log.name}', *(line[:200] for line in tail), sep='\n    ')
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- the parts -------------------------------------------------------------------------------

    def panel_size(self):
        w, h = self.guest_size
        return (h, w) if self.rotation in (90, 270) else (w, h)

    def start_panel(self):
        self.panel = displays.xvfb(self.folder, *self.panel_size())

    def start_guest(self):
        self.guest = displays.xvnc(self.folder, self.vnc_socket, *self.guest_size)

    def start_line(self, *options):
        ends = [self.folder / 'guest-end', self.folder / 'panel-end']
        self.line_output = open(self.folder / 'line.json', 'w+')
        self.line = Program(self.folder, 'lucarne-line', *ends, *options, label='line', env=self.env,
                            stdin=subprocess.PIPE, stdout=self.line_output)
        eventually(lambda: all(end.is_symlink() for end in ends), 'the line is there')

    def start_guest_relay(self, source=None):
        self.guest_relay = Program(
            self.folder, 'lucarne-relay', source or f'vnc+unix:{self.vnc_socket}',
            f'link+serial:{self.folder}/guest-end', label='guest-relay', env=self.env)

    def start_panel_relay(self):
        self.panel_relay = Program(
            self.folder, 'lucarne-relay', f'link+serial:{self.folder}/panel-end', 'kiosk:',
            label='panel-relay', env=self.env)

    def start_kiosk(self):
        width, height = self.panel_size()
        self.kiosk = Program(
            self.folder, 'lucarne-kiosk', '--rotate', self.rotation, '--window',
            f'{width}x{height}', label='kiosk',
            env={**self.env, 'DISPLAY': self.panel.display, 'SDL_VIDEODRIVER': 'x11'})

    def start_wayland_kiosk(self, *options):
        """The kiosk full screen on a Wayland compositor, which fills the panel's X server."""
        width, height = self.panel_size()
        here = {**self.env, 'XDG_RUNTIME_DIR': str(self.folder)}
        weston = Program(self.folder, 'weston', '--backend=x11-backend.so', f'--width={width}',
                         f'--height={height}', '--socket=wayland',
                         '--shell=kiosk-shell.so', '--idle-time=0',
                         env={**here, 'DISPLAY': self.panel.display})
        self.clients.append(weston)
        eventually(lambda: (self.folder / 'wayland').exists(), 'the compositor is there')
        # What SDL's Wayland driver and Mesa keep for good is not the kiosk's leak.
        self.kiosk = Program(self.folder, 'lucarne-kiosk', '--rotate', self.rotation, *options,
                             label='kiosk', env={**here, 'WAYLAND_DISPLAY': 'wayland', 'DISPLAY': '',
                                                 'SDL_VIDEODRIVER': 'wayland',
                                                 'ASAN_OPTIONS': 'detect_leaks=0'})

    def start_everything(self, *line_options):
        self.start_panel()
        self.start_guest()
        self.start_line(*line_options)
        self.start_guest_relay()
        self.start_panel_relay()
        self.start_kiosk()

    def start_client(self, name, *arguments):
        """An X program in the guest."""
        client = Program(self.folder, name, *arguments, label=f'{name}-{len(self.clients)}',
                         env={'DISPLAY': self.guest.display})
        self.clients.append(client)
        return client

    def order_line(self, order):
        """Says something to lucarne-line; its answer."""
        before = len(self.line_answers())
        self.line.process.stdin.write(order.encode() + b'\n')
        self.line.process.stdin.flush()
        eventually(lambda: len(self.line_answers()) > before, f'the line answers {order}')
        return json.loads(self.line_answers()[-1])

    def line_answers(self):
        return (self.folder / 'line.json').read_text().splitlines()

    # ---- what is seen ----------------------------------------------------------------------------

    def panel_place(self, x, y):
        """Where a guest's pixel lies on the panel."""
        w, h = self.guest_size
        return {0: (x, y), 90: (h - 1 - y, x), 180: (w - 1 - x, h - 1 - y),
                270: (y, w - 1 - x)}[self.rotation]

    def point(self, x, y):
        """Moves the panel's pointer over a guest's pixel, until the guest's own is there."""
        self.pointer = (x, y)
        place = self.panel_place(x, y)
        beside = self.panel_place(x ^ 1, y)

        def there():
            # Twice: a window that was not there yet at the first one gets the second.
            self.panel.run('xdotool', 'mousemove', *beside, 'mousemove', *place)
            return f'x:{x} y:{y} ' in self.guest.run('xdotool', 'getmouselocation')

        eventually(there, f'the guest\'s pointer is at ({x}, {y})', every=0.2)

    def pictures(self):
        """(what the panel should show, what it shows), both without the pointer's surroundings."""
        def hidden(picture):
            if picture is None:
                return None
            x, y = self.panel_place(*getattr(self, 'pointer', (640, 400)))
            return picture.without(x - CURSOR_BOX // 2, y - CURSOR_BOX // 2, CURSOR_BOX, CURSOR_BOX)

        guest = capture(self.guest.display)
        return hidden(guest and guest.turned(self.rotation)), hidden(capture(self.panel.display))

    def wait_for_equality(self, within=PATIENCE):
        """Until the panel shows the guest's picture, exactly; the seconds it took."""
        start = time.monotonic()
        last = (None, None)

        def equal():
            nonlocal last
            last = self.pictures()
            return last[0] is not None and last[1] is not None and last[0] == last[1]

        def difference():
            if last[0] is None or last[1] is None:
                return 'there are two pictures to compare'
            count, first = last[1].differing(last[0])
            return f'the panel equals the guest; {count} pixels differ, the first at {first}'

        eventually(equal, difference, within)
        return time.monotonic() - start


def needs(*names):
    """For unittest.skipIf: why not, or ''."""
    from harness.programs import missing
    return missing('lucarne-relay', 'lucarne-kiosk', 'lucarne-line', *names)


def rounds(name, default):
    """A count from the environment: LUCARNE_<name>."""
    return int(os.environ.get(f'LUCARNE_{name}', default))
