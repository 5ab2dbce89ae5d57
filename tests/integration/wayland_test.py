# SPDX-License-Identifier: Apache-2.0
"""The kiosk on a Wayland compositor: Weston, full screen on an X server that can be looked at."""
import unittest

from harness.stage import Stage, needs

WHY_NOT = needs('weston', 'Xvnc', 'Xvfb', 'xwd', 'xdotool', 'xlogo')


class Wayland(unittest.TestCase):

    def shows_the_guest(self, renderer):
        with Stage(90) as stage:
            stage.start_panel()
            stage.start_guest()
            stage.start_client('xlogo', '-geometry', '300x200+100+50', '-bg', 'gold')
            stage.start_line()
            stage.start_guest_relay()
            stage.start_panel_relay()
            stage.start_wayland_kiosk('--renderer', renderer)
            stage.wait_for_equality()
            stage.point(420, 610)
            stage.wait_for_equality()
            self.assertEqual(stage.kiosk.stop(), 0)

    @unittest.skipIf(WHY_NOT, WHY_NOT)
    def test_shows_and_points_when_it_paints_itself(self):
        self.shows_the_guest('software')

    @unittest.skipIf(WHY_NOT, WHY_NOT)
    def test_shows_and_points_with_opengl(self):
        self.shows_the_guest('opengl')


if __name__ == '__main__':
    unittest.main()
