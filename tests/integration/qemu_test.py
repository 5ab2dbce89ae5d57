# SPDX-License-Identifier: Apache-2.0
"""QEMU's own VNC server: a guest that changes its resolution while it is watched."""
import json
import pathlib
import subprocess
import unittest

from harness.programs import Program, path_of
from harness.stage import Stage, needs
from harness.waiting import eventually

WHY_NOT = needs('qemu-system-x86_64', 'Xvfb', 'xwd', 'xdotool')

# A boot sector in real mode: waits for a key in the BIOS's text mode (720x400), then sets mode 13h
# (320x200, which QEMU doubles) and draws stripes, then text again, with each key.
BOOT_SECTOR = bytes.fromhex(
    '31c0'        # xor ax, ax
    'cd16'        # int 16h: wait for a key
    'b81300cd10'  # mov ax, 13h; int 10h: graphics
    'b800a08ec0'  # mov ax, a000h; mov es, ax
    '31ff'        # xor di, di
    'b900fa'      # mov cx, 64000
    '89f8'        # mov ax, di
    'c0e804'      # shr al, 4
    'aa'          # stosb
    'e2f8'        # loop back to mov ax, di
    '31c0cd16'    # a key again
    'b80300cd10'  # mov ax, 3; int 10h: text
    'ebdc')       # and from the beginning


def boot_disk(folder):
    path = pathlib.Path(folder) / 'boot.img'
    path.write_bytes(BOOT_SECTOR.ljust(510, b'\0') + b'\x55\xaa')
    return path


def read_ppm(path):
    """(width, height, bytes) of QEMU's screendump; None while it is being written."""
    try:
        data = path.read_bytes()
        magic, width, height, depth = data.split(maxsplit=4)[:4]
    except (OSError, ValueError):
        return None
    w, h = int(width), int(height)
    pixels = data[len(data) - 3 * w * h:]
    return (w, h, pixels) if magic == b'P6' and depth == b'255' and len(data) > 3 * w * h else None


def read_png(path):
    """The same of a PNG, through ImageMagick."""
    done = subprocess.run(['convert', str(path), 'ppm:-'], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False)
    try:
        _, width, height, _ = done.stdout.split(maxsplit=4)[:4]
    except ValueError:
        return None
    w, h = int(width), int(height)
    return w, h, done.stdout[len(done.stdout) - 3 * w * h:]


class Qemu(unittest.TestCase):

    @unittest.skipIf(WHY_NOT or not path_of('convert'), WHY_NOT or 'not installed: convert')
    def test_the_picture_follows_changes_of_resolution_without_a_disconnect(self):
        with Stage(90) as stage:
            qemu = Program(stage.folder, 'qemu-system-x86_64', '-machine', 'pc,accel=tcg', '-m', '32',
                           '-display', 'none', '-vnc', f'unix:{stage.vnc_socket}', '-nodefaults',
                           '-vga', 'std', '-qmp', 'stdio', '-drive',
                           f'file={boot_disk(stage.folder)},format=raw,if=floppy', '-boot', 'a',
                           stdin=subprocess.PIPE)
            stage.clients.append(qemu)
            stage.start_line()
            stage.start_guest_relay()
            shown = stage.folder / 'shown.png'
            panel = Program(stage.folder, 'lucarne-relay', f'link+serial:{stage.folder}/panel-end',
                            f'png:{shown}', label='panel-relay', env=stage.env)
            stage.clients.append(panel)

            def order(execute, **arguments):
                message = {'execute': execute, 'arguments': arguments}
                qemu.process.stdin.write(json.dumps(message).encode() + b'\n')
                qemu.process.stdin.flush()

            order('qmp_capabilities')

            def equal(size=None):
                dump = stage.folder / 'dump.ppm'
                dump.unlink(missing_ok=True)
                order('screendump', filename=str(dump))
                there = eventually(lambda: read_ppm(dump), 'QEMU\'s screendump')
                here = read_png(shown)
                return here == there and (size is None or there[:2] == size) and there[:2]

            first = eventually(equal, 'the text screen', every=0.5)
            sizes = [first]
            for _ in range(3):
                order('send-key', keys=[{'type': 'qcode', 'data': 'a'}])
                eventually(lambda: equal() not in (False, sizes[-1]), 'another size, and equal',
                           every=0.5)
                sizes.append(eventually(equal, 'a picture that rests', every=0.5))

            self.assertEqual(sizes[0], sizes[2])
            self.assertNotEqual(sizes[0], sizes[1])
            self.assertEqual(stage.guest_relay.log().count('vnc: connected to'), 1, stage.guest_relay.log())
