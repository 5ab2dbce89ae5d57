# SPDX-License-Identifier: Apache-2.0
"""What a real VNC server with real X programs shows, and what a person does, on a turned panel."""
import re
import unittest

from harness.stage import Stage, needs
from harness.waiting import eventually

ROTATIONS = (0, 90, 180, 270)
WHY_NOT = needs('Xvnc', 'Xvfb', 'xdotool', 'xterm', 'xev', 'xeyes', 'xwd')


def windows(stage):
    return stage.guest.run('xwininfo', '-root', '-tree')


class Picture(unittest.TestCase):

    def show(self, stage):
        stage.start_everything()
        stage.start_client('xterm', '-fa', 'DejaVu Sans Mono', '-fs', '11', '-hold',
                           '-geometry', '70x24+20+20', '-e', 'seq -s " " 700')
        stage.start_client('xeyes', '-geometry', '200x150+700+40')
        stage.start_client('xlogo', '-geometry', '180x180+950+300')
        eventually(lambda: all(name in windows(stage) for name in ('xterm', 'xeyes', 'xlogo')),
                   'the X programs have windows')

    @unittest.skipIf(WHY_NOT, WHY_NOT)
    def test_equals_the_guests_pixel_for_pixel_at_every_rotation(self):
        for rotation in ROTATIONS:
            with self.subTest(rotation=rotation), Stage(rotation) as stage:
                self.show(stage)
                # The kiosk's pointer hides a few pixels: those of one corner, then of another.
                for corner in ((0, 0), (1279, 799)):
                    stage.point(*corner)
                    stage.wait_for_equality()

    @unittest.skipIf(WHY_NOT, WHY_NOT)
    def test_follows_a_window_that_moves(self):
        with Stage(90) as stage:
            self.show(stage)
            stage.point(0, 0)
            stage.wait_for_equality()
            logo = stage.guest.run('xdotool', 'search', '--class', 'xlogo').split()[-1]

            # One move at a time: of quick ones TigerVNC 1.12 remembers the wrong step, and sends
            # CopyRect from where the window was not (seen with a client of a few lines, too).
            for step in range(6):
                stage.guest.run('xdotool', 'windowmove', logo, 120 * step, 80 * step)

                stage.wait_for_equality()

    @unittest.skipIf(WHY_NOT, WHY_NOT)
    def test_a_program_that_ends_by_sigterm_exits_with_0(self):
        with Stage(90) as stage:
            self.show(stage)
            stage.point(0, 0)
            stage.wait_for_equality()

            # Under sanitizers a leak would make it another code.
            for part in (stage.kiosk, stage.panel_relay, stage.guest_relay, stage.line):
                self.assertEqual(part.stop(), 0, part.log()[-2000:])


class Input(unittest.TestCase):

    @unittest.skipIf(WHY_NOT, WHY_NOT)
    def test_a_key_and_a_click_reach_the_program_at_their_place_at_every_rotation(self):
        for rotation in ROTATIONS:
            with self.subTest(rotation=rotation), Stage(rotation) as stage:
                stage.start_everything()
                listener = stage.start_client('xev', '-geometry', '400x300+300+200', '-event',
                                              'button', '-event', 'keyboard')
                eventually(lambda: 'Event Tester' in windows(stage), 'xev has a window')
                stage.point(0, 0)
                stage.wait_for_equality()

                stage.point(457, 333)
                stage.panel.run('xdotool', 'click', '1')
                stage.panel.run('xdotool', 'key', 'g')

                click = r'ButtonPress event[^\n]*\n[^\n]*root:\(457,333\)[^\n]*\n[^\n]*button 1'
                eventually(lambda: re.search(click, listener.log()), 'the click at (457, 333)')
                eventually(lambda: re.search(r'KeyPress event(.|\n)*keysym 0x67, g', listener.log()),
                           'the key g')
                eventually(lambda: re.search(r'KeyRelease event', listener.log()), 'its release')
                eventually(lambda: not stage.guest.keys_down(), 'no key is down')

    @unittest.skipIf(WHY_NOT, WHY_NOT)
    def test_what_is_typed_arrives_letter_by_letter(self):
        with Stage(90) as stage:
            stage.start_everything()
            typed = stage.folder / 'typed'
            stage.start_client('xterm', '-geometry', '80x24+100+100', '-e', f'cat > {typed}')
            eventually(lambda: 'xterm' in windows(stage) and typed.exists(), 'xterm is there')
            stage.point(300, 250)
            stage.wait_for_equality()
            text = 'Pack my box: 5 dozen (liquor) jugs!'

            stage.panel.run('xdotool', 'type', '--delay', '20', text)
            stage.panel.run('xdotool', 'key', 'Return')

            eventually(lambda: typed.read_text() == text + '\n',
                       lambda: f'{text!r} arrived; there is {typed.read_text()!r}')

