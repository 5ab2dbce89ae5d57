# SPDX-License-Identifier: Apache-2.0
"""Nothing moves: the programs sleep, but for heartbeats. LUCARNE_IDLE_SECONDS (8; 30)."""
import time
import unittest

from harness.stage import Stage, needs, rounds

WHY_NOT = needs('Xvnc', 'Xvfb', 'xdotool', 'xlogo', 'xwd')
# Heartbeats go both ways on the link and on the surface socket; a program that polled a display at 60
# a second would be far above this.
MOST_WAKE_UPS = 12.0  # a second
# Of a core. Sanitizers make everything several times dearer: a release build stays below 0.5 %.
MOST_CPU = 0.03


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Idle(unittest.TestCase):

    def test_programs_sleep_while_nothing_moves(self):
        with Stage(90) as stage:
            stage.start_everything()
            stage.start_client('xlogo', '-geometry', '180x180+950+300')
            stage.point(1279, 799)
            stage.wait_for_equality()
            time.sleep(3)  # what was in flight is repaired and settles
            seconds = rounds('IDLE_SECONDS', 8)
            parts = (stage.guest_relay, stage.line, stage.panel_relay, stage.kiosk)
            before = [(part.wake_ups(), part.cpu_seconds()) for part in parts]
            start = time.monotonic()

            time.sleep(seconds)

            elapsed = time.monotonic() - start
            for part, (wake_ups, cpu) in zip(parts, before):
                now = part.wake_ups()
                rate = sum(now[t] - wake_ups.get(t, 0) for t in now) / elapsed
                share = (part.cpu_seconds() - cpu) / elapsed
                print(f'{part.label}: {rate:.1f} wake-ups a second, {100 * share:.2f} % of a core',
                      flush=True)
                with self.subTest(part=part.label):
                    if part is not stage.line:  # a tool of the test
                        self.assertLess(rate, MOST_WAKE_UPS)
                        self.assertLess(share, MOST_CPU)
