# SPDX-License-Identifier: Apache-2.0
"""The kiosk obeys the sensors: it turns with the tablet and warns of a low battery."""
import pathlib
import signal
import subprocess
import unittest

from bench import Child, Sensors, SensorsTest, needs
from harness.programs import missing, path_of
from harness.waiting import eventually

WHY_NOT = missing('lucarne-kiosk', 'lucarne-sensors', 'lucarne-xenstored')
BACKGROUND = (0x10, 0x14, 0x1a)  # kiosk/scene.h
TOP, RIGHT, BOTTOM = (320, 2), (637, 200), (320, 397)  # on a panel of 640x400


@unittest.skipIf(WHY_NOT, WHY_NOT)
@needs('convert')
class Tablet(SensorsTest):
    def setUp(self):
        super().setUp()
        self.shot = pathlib.Path(self.folder) / 'shot.png'
        store = pathlib.Path(self.folder) / 'store.sock'
        Child(self, path_of('lucarne-xenstored'), '--socket', store)
        self.hold(0, 990)
        self.tablet.put('bus/iio/devices/iio:device1/name', 'accel')
        self.tablet.put('bus/iio/devices/iio:device1/in_accel_scale', '0.009806')
        Sensors(self, self.folder, '[history]\nenable = false\n', xenstore=store).start()
        self.kiosk = Child(self, path_of('lucarne-kiosk'), '--headless', '--size', '640x400',
                           '--socket', f'{self.folder}/kiosk.sock', '--screenshot', self.shot,
                           '--xenstore', store, '--turn-with-tablet', '--low-battery', '10')
        eventually(lambda: 'relays connect' in self.kiosk.output(), self.kiosk.output)

    def hold(self, x, y):
        for axis, value in (('x', x), ('y', y), ('z', 130)):
            self.tablet.put(f'bus/iio/devices/iio:device1/in_accel_{axis}_raw', value)

    def strips(self):
        """At which edges of the panel there is something."""
        before = self.kiosk.output().count('screenshot in')
        self.kiosk.process.send_signal(signal.SIGUSR1)
        eventually(lambda: self.kiosk.output().count('screenshot in') > before, self.kiosk.output)
        pixels = subprocess.run(['convert', self.shot, '-depth', '8', 'rgb:-'], check=True,
                                stdout=subprocess.PIPE).stdout
        self.assertEqual(len(pixels), 640 * 400 * 3)

        def at(x, y):
            return tuple(pixels[3 * (640 * y + x):][:3])
        return [edge for edge in (TOP, RIGHT, BOTTOM) if at(*edge) != BACKGROUND]

    def until_strips(self, *edges):
        eventually(lambda: self.strips() == list(edges), lambda: (edges, self.strips()), every=0.2)

    def test_warns_turns_and_falls_silent(self):
        self.until_strips()

        self.tablet.put('class/power_supply/BAT0/capacity', 7)
        self.until_strips(TOP)
        self.assertIn('Battery low: 7 %', self.kiosk.output())

        self.hold(990, 0)
        self.until_strips(RIGHT)
        self.hold(0, -990)
        self.until_strips(BOTTOM)

        self.tablet.put('class/power_supply/BAT0/status', 'Charging')
        self.until_strips()
        self.assertEqual(self.kiosk.stop(), 0)


if __name__ == '__main__':
    unittest.main()
