# SPDX-License-Identifier: Apache-2.0
"""A full-screen kiosk on X11 while a window manager starts: at boot both start at once.

LUCARNE_STARTS (6) sets how often a real one is started beside the kiosk.
"""
import pathlib
import shutil
import tempfile
import time
import unittest

from harness import displays
from harness.pictures import capture
from harness.programs import Program, missing
from harness.qemu import read_png
from harness.stage import rounds
from harness.waiting import eventually
from harness.window_managers import ReluctantManager

WHY_NOT = missing('lucarne-kiosk', 'Xvfb', 'xwd', 'xprop', 'xdotool', 'convert')
NO_OPENBOX = WHY_NOT or missing('openbox')
WIDTH, HEIGHT = 800, 600


@unittest.skipIf(WHY_NOT, WHY_NOT)
class WindowManager(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='lucarne-wm-'))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def start(self, name, *arguments, display=''):
        program = Program(self.folder, name, *arguments, label=f'{name}-{time.monotonic_ns()}',
                          env={'LUCARNE_RUNTIME_DIR': str(self.folder), 'DISPLAY': display})
        self.addCleanup(lambda: program.running() and program.kill())
        return program

    def start_panel(self):
        panel = displays.xvfb(self.folder, WIDTH, HEIGHT, label=f'xvfb-{time.monotonic_ns()}')
        self.addCleanup(panel.stop)
        return panel

    def start_kiosk(self, panel):
        return self.start('lucarne-kiosk', '--renderer', 'software', display=panel.display)

    def expected(self):
        """What a kiosk without guests shows."""
        path = self.folder / 'expected.png'
        kiosk = self.start('lucarne-kiosk', '--headless', '--size', f'{WIDTH}x{HEIGHT}',
                           '--screenshot', path)
        eventually((self.folder / 'kiosk.sock').is_socket, 'the headless kiosk is there', within=20)
        self.assertEqual(kiosk.stop(), 0, kiosk.log())
        return read_png(path)

    def window(self, panel):
        return int(panel.run('xdotool', 'search', '--name', '^Lucarne$').split()[-1])

    def state(self, panel):
        """What the kiosk's window notes for window managers."""
        return panel.run('xprop', '-id', self.window(panel), '_NET_WM_STATE')

    def test_what_a_starting_window_manager_does_not_hear_is_asked_again(self):
        expected, panel = self.expected(), self.start_panel()
        with ReluctantManager(panel.display) as manager:
            kiosk = self.start_kiosk(panel)
            eventually(manager.asked, 'the kiosk asks to be shown')
            window = eventually(manager.asked, 'it asks again')

            manager.show(window)

            eventually(lambda: capture(panel.display) == expected, 'the kiosk is seen')
            self.assertEqual(kiosk.stop(), 0, kiosk.log())

    def test_a_kiosk_that_nobody_shows_ends_when_told(self):
        panel = self.start_panel()
        with ReluctantManager(panel.display) as manager:
            kiosk = self.start_kiosk(panel)
            eventually(manager.asked, 'the kiosk asks to be shown')

            self.assertEqual(kiosk.stop(), 0, kiosk.log())

    def test_without_a_window_manager_it_is_seen_and_has_the_keyboard(self):
        expected, panel = self.expected(), self.start_panel()

        self.start_kiosk(panel)

        eventually(lambda: capture(panel.display) == expected, 'the kiosk is seen')
        eventually(lambda: displays.focused_window(panel.display) == self.window(panel),
                   'the kiosk has the keyboard')
        # Whoever comes later to manage it is told, too.
        self.assertIn('_NET_WM_STATE_FULLSCREEN', self.state(panel))

    @unittest.skipIf(NO_OPENBOX, NO_OPENBOX)
    def test_a_real_one_that_starts_at_the_same_moment_shows_it_full_screen(self):
        expected, starts = self.expected(), rounds('STARTS', 6)
        for start in range(starts):
            with self.subTest(start=start):
                panel = self.start_panel()
                manager = self.start('openbox', '--sm-disable', display=panel.display)
                time.sleep(0.2 * start / starts)  # the other's turn is not waited for: that is the test

                kiosk = self.start_kiosk(panel)

                eventually(lambda: capture(panel.display) == expected, 'the kiosk is seen')
                eventually(lambda: '_NET_WM_STATE_FULLSCREEN' in self.state(panel), 'full screen')
                kiosk.kill()
                manager.kill()
                panel.stop()


if __name__ == '__main__':
    unittest.main()
