# SPDX-License-Identifier: Apache-2.0
"""QEMU's own VNC server: a guest that changes its resolution while it is watched."""
import json
import subprocess
import unittest

from harness.programs import Program, path_of
from harness.qemu import boot_disk, parse_ppm, read_png
from harness.stage import Stage, needs
from harness.waiting import eventually

WHY_NOT = needs('qemu-system-x86_64', 'Xvfb', 'xwd', 'xdotool')


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
                there = eventually(lambda: dump.exists() and parse_ppm(dump.read_bytes()),
                                   'QEMU\'s screendump')
                found = (there.width, there.height)
                return read_png(shown) == there and size in (None, found) and found

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
