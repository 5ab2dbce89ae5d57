# SPDX-License-Identifier: Apache-2.0
"""A QEMU that shows one guest through VNC, SPICE and D-Bus at once, and a relay for each."""
import array
import json
import pathlib
import socket
import subprocess
import time

from harness.pictures import Picture
from harness.programs import Program
from harness.waiting import eventually

PATHS = ('vnc', 'spice', 'dbus')

# A boot sector in real mode: hides the blinking cursor of the BIOS's text mode (720x400); with each
# key it changes to mode 13h (320x200, which QEMU doubles) with stripes, or back to text.
TEXT_AND_STRIPES = bytes.fromhex(
    'b80300cd10'      # mov ax, 3; int 10h: text
    'b401b90020cd10'  # mov ah, 1; mov cx, 2000h; int 10h: no cursor
    'b8410ecd10'      # mov ax, 0e41h; int 10h: a letter
    '31c0cd16'        # xor ax, ax; int 16h: wait for a key
    'b81300cd10'      # mov ax, 13h; int 10h: graphics
    'b800a08ec0'      # mov ax, a000h; mov es, ax
    '31ff'            # xor di, di
    'b900fa'          # mov cx, 64000
    '89f8'            # mov ax, di
    'c0e804'          # shr al, 4
    'aa'              # stosb
    'e2f8'            # loop back to mov ax, di
    '31c0cd16'        # a key again
    'ebce')           # and from the beginning
# Another one: mode 13h, filled with one colour after the other, as fast as it goes.
ALWAYS_PAINTING = bytes.fromhex(
    'b81300cd10'  # mov ax, 13h; int 10h: graphics
    'b800a08ec0'  # mov ax, a000h; mov es, ax
    '31ff'        # xor di, di
    'b900fa'      # mov cx, 64000
    '88d8'        # mov al, bl
    'f3aa'        # rep stosb
    '43'          # inc bx
    'ebf4')       # and again


def boot_disk(folder, sector=TEXT_AND_STRIPES):
    """A floppy disk that QEMU can boot from."""
    path = pathlib.Path(folder) / 'boot.img'
    path.write_bytes(sector.ljust(510, b'\0') + b'\x55\xaa')
    return path


def rgb_picture(width, height, rgb):
    """From bytes R, G, B."""
    words = bytearray(4 * width * height)
    words[0::4], words[1::4], words[2::4] = rgb[2::3], rgb[1::3], rgb[0::3]
    pixels = array.array('I')
    pixels.frombytes(words)
    return Picture(width, height, pixels)


def parse_ppm(data):
    """A binary PPM with 8 bits a colour; None when it is not whole."""
    try:
        magic, width, height, depth = data.split(maxsplit=4)[:4]
        w, h = int(width), int(height)
    except ValueError:
        return None
    if magic != b'P6' or depth != b'255' or len(data) <= 3 * w * h:
        return None
    return rgb_picture(w, h, data[len(data) - 3 * w * h:])


def read_png(path):
    """Through ImageMagick; None while there is none."""
    done = subprocess.run(['convert', str(path), '-depth', '8', 'ppm:-'], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False)
    return parse_ppm(done.stdout)


class Monitor:
    """QEMU's QMP on a unix socket."""

    def __init__(self, path, qemu):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)

        def connected():
            assert qemu.running(), f'QEMU ended:\n{qemu.log()}'
            try:
                self.socket.connect(str(path))
            except OSError:
                return False
            return True

        eventually(connected, 'QEMU has a monitor')
        self.lines = self.socket.makefile('rw')
        self.lines.readline()  # the greeting
        self.ask('qmp_capabilities')

    def ask(self, execute, **arguments):
        print(json.dumps({'execute': execute, 'arguments': arguments}), file=self.lines, flush=True)
        while True:
            answer = json.loads(self.lines.readline())
            if 'error' in answer:
                raise AssertionError(f'{execute}: {answer["error"]["desc"]}')
            if 'return' in answer:
                return answer['return']

    def close(self):
        self.lines.close()
        self.socket.close()


class Guest:
    """The sockets are in `folder`; `start` may be called again after `kill`."""

    def __init__(self, folder, *arguments, password=None, spice=''):
        """`spice`: more of QEMU's -spice options, each with a comma before it."""
        self.folder = pathlib.Path(folder)
        self.arguments = arguments
        self.spice = spice
        self.dbus = 'p2p=yes'
        self.password = password
        self.program = self.monitor = None

    def socket(self, name):
        return self.folder / f'{name}.sock'

    def options(self):
        """QEMU's arguments for the three displays and two monitors: one for the relay, one for us."""
        ticket = 'disable-ticketing=on'
        objects = []
        if self.password:
            (self.folder / 'ticket').write_text(self.password)
            objects = ['-object', f'secret,id=ticket,file={self.folder}/ticket']
            ticket = 'password-secret=ticket'
        return [*objects, '-display', f'dbus,{self.dbus}', '-vnc', f'unix:{self.socket("vnc")}',
                '-spice', f'unix=on,addr={self.socket("spice")},{ticket}{self.spice}',
                '-qmp', f'unix:{self.socket("relay")},server=on,wait=off',
                '-qmp', f'unix:{self.socket("test")},server=on,wait=off']

    def start(self):
        self.program = Program(self.folder, 'qemu-system-x86_64', '-machine', 'pc,accel=tcg',
                               '-nodefaults', '-vga', 'none', *self.options(), *self.arguments,
                               label='qemu')
        self.connect()

    def connect(self):
        self.monitor = Monitor(self.socket('test'), self.program)

    def kill(self):
        if self.monitor:
            self.monitor.close()
            self.monitor = None
        if self.program and self.program.running():
            self.program.kill()

    def source(self, path):
        """What lucarne-relay calls the way `path` to this guest."""
        return {'vnc': f'vnc+unix:{self.socket("vnc")}',
                'spice': f'spice+unix:{self.socket("spice")}',
                'dbus': f'qemu+qmp:{self.socket("relay")}'}[path]

    def press(self, *keys):
        self.monitor.ask('send-key', keys=[{'type': 'qcode', 'data': key} for key in keys])

    def picture(self):
        """What QEMU itself thinks that the guest shows."""
        dump = self.folder / 'dump.ppm'
        self.monitor.ask('screendump', filename=str(dump))
        return parse_ppm(dump.read_bytes())

    def rests(self, within=30):
        """The picture, when it has not changed for half a second."""
        last = None

        def still():
            nonlocal last
            before, last = last, self.picture()
            return last is not None and before == last and last

        return eventually(still, 'the guest\'s picture rests', within, every=0.5)


class Kiosk:
    """A headless kiosk that is played a script line by line, and photographed."""

    def __init__(self, folder, name, rotation, size, *options, chords=False):
        options = options if chords else (*options, '--no-chords')
        self.folder, self.name = pathlib.Path(folder), name
        self.shot = self.folder / f'{name}-shot.png'
        width, height = size
        log = self.folder / f'kiosk-{name}.log'
        log.unlink(missing_ok=True)
        self.program = Program(
            folder, 'lucarne-kiosk', '--headless', '--size', f'{width}x{height}', '--rotate',
            rotation, '--scale', 'none', '--socket', self.folder / f'{name}.kiosk', '--screenshot',
            self.shot, '--script', '-', *options, label=f'kiosk-{name}',
            env={'LUCARNE_RUNTIME_DIR': str(self.folder)}, stdin=subprocess.PIPE)
        # From here on it listens, and takes a signal as it is meant.
        eventually(lambda: 'relays connect to' in log.read_text(), f'the kiosk {name} is there')

    def play(self, *steps):
        for step in steps:
            self.program.process.stdin.write(step.encode() + b'\n')
        self.program.process.stdin.flush()

    def picture(self):
        self.shot.unlink(missing_ok=True)
        self.program.process.send_signal(10)  # SIGUSR1
        deadline = time.monotonic() + 10
        while not self.shot.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        return read_png(self.shot)

    def kill(self):
        if self.program.running():
            self.program.process.stdin.close()
            self.program.kill()
