# SPDX-License-Identifier: Apache-2.0
"""Text copied in the guest and on the kiosk's desktop: it passes where everybody allows it, and else nowhere.

The programs that copy and paste are Tk's (wish): they own and read X's CLIPBOARD.
"""
import os
import subprocess
import time
import unittest

from harness.programs import Program
from harness.stage import Stage, needs
from harness.waiting import eventually

WHY_NOT = needs('Xvnc', 'Xvfb', 'xdotool', 'xwd', 'wish')
COPY = 'wm withdraw .; clipboard clear; clipboard append -- [lindex $argv 0]; vwait forever'
PASTE = 'wm withdraw .; catch {puts [clipboard get -type UTF8_STRING]}; exit'


class ClipboardStage(Stage):

    def __init__(self, guest_relay, panel_relay, kiosk):
        super().__init__()
        self.ways = {'guest-relay': guest_relay, 'panel-relay': panel_relay, 'kiosk': kiosk}

    def start_guest_relay(self, source=None):
        self.guest_relay = Program(
            self.folder, 'lucarne-relay', f'vnc+unix:{self.vnc_socket}',
            f'link+serial:{self.folder}/guest-end', '--clipboard', self.ways['guest-relay'],
            label='guest-relay', env=self.env)

    def start_panel_relay(self):
        self.panel_relay = Program(
            self.folder, 'lucarne-relay', f'link+serial:{self.folder}/panel-end', 'kiosk:', '--name', 'vm',
            '--clipboard', self.ways['panel-relay'], label='panel-relay', env=self.env)

    def start_kiosk(self):
        width, height = self.panel_size()
        self.kiosk = Program(
            self.folder, 'lucarne-kiosk', '--window', f'{width}x{height}', '--clipboard',
            f'vm={self.ways["kiosk"]}', label='kiosk',
            env={**self.env, 'DISPLAY': self.panel.display, 'SDL_VIDEODRIVER': 'x11'})

    def script(self, text):
        path = self.folder / f'{len(text)}.tcl'
        path.write_text(text)
        return path

    def copy(self, server, text):
        """Who copied is there until the end: on X, the text is with its owner."""
        owner = Program(self.folder, 'wish', self.script(COPY), text, label=f'copy-{len(self.clients)}',
                        env={'DISPLAY': server.display, 'LC_ALL': 'C.UTF-8'})
        self.clients.append(owner)
        eventually(lambda: self.paste(server) == text, 'it is copied', every=0.2)

    def paste(self, server):
        done = subprocess.run(['wish', str(self.script(PASTE))], stdout=subprocess.PIPE, timeout=60, check=False,
                              env={**os.environ, 'DISPLAY': server.display, 'LC_ALL': 'C.UTF-8'})
        return done.stdout.decode(errors='replace').rstrip('\n')

    def prepare(self):
        self.start_everything()
        self.point(600, 300)
        self.wait_for_equality()


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Clipboard(unittest.TestCase):

    def test_it_passes_both_ways_where_everybody_allows_it(self):
        with ClipboardStage('both', 'both', 'both') as stage:
            stage.prepare()

            stage.copy(stage.guest, 'from the guest: über ж漢')
            eventually(lambda: stage.paste(stage.panel) == 'from the guest: über ж漢',
                       'the desktop has what was copied in the guest', every=0.3)
            stage.copy(stage.panel, 'from the desktop: größer ж漢')
            eventually(lambda: stage.paste(stage.guest) == 'from the desktop: größer ж漢',
                       'the guest has what was copied on the desktop', every=0.3)

    def test_one_that_does_not_allow_it_is_enough(self):
        for ways in (('both', 'both', 'none'), ('both', 'none', 'both'), ('none', 'both', 'both'),
                     ('kiosk-to-guest', 'both', 'both')):
            with self.subTest(ways=ways), ClipboardStage(*ways) as stage:
                stage.prepare()

                stage.copy(stage.guest, 'a secret of the guest')
                # As long as it takes where it passes, and more.
                end = time.monotonic() + 2
                while time.monotonic() < end:
                    self.assertNotEqual(stage.paste(stage.panel), 'a secret of the guest')
