# SPDX-License-Identifier: Apache-2.0
"""A line that changes under way: slow for a while, stalled for a while, with wrong bits.

A guest scrolls a page sixty times a second; the kiosk says how old what it shows is. A backlog would be
many seconds and growing: the age would never come below the limits, however long one waits. How soon it
does is measured elsewhere (lucarne-bench changes).
"""
import json
import time
import unittest

from harness.programs import Program
from harness.stage import Stage, needs
from harness.waiting import eventually

WHY_NOT = needs('Xvnc', 'Xvfb', 'xwd', 'lucarne-scene')
SETTLED = 3         # seconds in a row in which the age must be below the limit
LATEST = 1500       # ms: age of what is shown on 50 kB/s, once settled
QUICK = 500         # ms: the same on 5 MB/s
PATIENCE = 40       # seconds until the last picture must be exact


class Ages:
    """What the kiosk says about the age of its pictures."""

    def __init__(self, stage):
        self.path = stage.folder / 'stats.json'
        width, height = stage.panel_size()
        stage.kiosk = Program(
            stage.folder, 'lucarne-kiosk', '--window', f'{width}x{height}', '--stats', self.path,
            label='kiosk', env={**stage.env, 'DISPLAY': stage.panel.display, 'SDL_VIDEODRIVER': 'x11'})

    def lines(self):
        if not self.path.exists():
            return []
        whole = self.path.read_text().rpartition('\n')[0]
        return [json.loads(line) for line in whole.splitlines()]

    def settled(self, limit, since):
        """The worst median age and the fewest shown per second of the first seconds in a row, after so
        many lines, whose age is below the limit; None until there are some."""
        told = [line for line in self.lines()[since:] if line.get('stamped_fps', 0) > 0]
        for begin in range(len(told) - SETTLED + 1):
            row = told[begin:begin + SETTLED]
            age = max(line['latency_ms_p50'] for line in row)
            if age < limit:
                return age, min(line['stamped_fps'] for line in row)
        return None


@unittest.skipIf(WHY_NOT, WHY_NOT)
class ChangingLine(unittest.TestCase):

    def start(self, stage):
        stage.start_panel()
        stage.start_guest()
        stage.start_line('--rate', '5M')
        stage.start_guest_relay()
        stage.start_panel_relay()
        ages = Ages(stage)
        scene = stage.start_client('lucarne-scene', 'scrolling', '--seconds', '0')
        eventually(lambda: any(line.get('stamped_fps', 0) > 0 for line in ages.lines()),
                   'the scene is seen')
        return ages, scene

    def settled(self, ages, what, limit):
        since = len(ages.lines()) + 1  # the second of the change itself tells nothing

        def words():
            return (f'{what}: {SETTLED} seconds in a row in which pictures are younger than {limit} ms; '
                    f'last: {[line.get("latency_ms_p50") for line in ages.lines()[-5:]]}')

        age, fps = eventually(lambda: ages.settled(limit, since), words, every=0.2)
        print(f'{what}: age p50 {age:.0f} ms, {fps:.1f} stamped frames/s', flush=True)

    def end_exactly(self, stage, scene):
        import signal
        scene.process.send_signal(signal.SIGUSR1)
        seconds = stage.wait_for_equality(PATIENCE)
        print(f'exact {seconds:.2f} s after the last frame', flush=True)

    def test_a_line_that_slows_down_and_recovers_keeps_no_backlog(self):
        with Stage() as stage:
            ages, scene = self.start(stage)
            self.settled(ages, 'at 5 MB/s', QUICK)
            stage.order_line('rate 50k')
            self.settled(ages, 'at 50 kB/s', LATEST)
            stage.order_line('rate 5M')
            self.settled(ages, 'at 5 MB/s again', QUICK)
            self.end_exactly(stage, scene)

    def test_a_stall_of_two_seconds_leaves_nothing_behind(self):
        with Stage() as stage:
            ages, scene = self.start(stage)
            stage.order_line('stall 2')
            time.sleep(2)
            self.settled(ages, 'after a stall of 2 s', QUICK)
            self.end_exactly(stage, scene)

    def test_wrong_bits_cost_little_and_no_pixel(self):
        with Stage() as stage:
            ages, scene = self.start(stage)
            before = stage.order_line('stats')
            stage.order_line('errors 1e-5')
            self.settled(ages, 'with bit errors of 1e-5', LATEST)
            eventually(lambda: stage.order_line('stats')['bits_flipped'] > before['bits_flipped'],
                       'some bits were wrong', every=0.2)
            self.end_exactly(stage, scene)
