# SPDX-License-Identifier: Apache-2.0
"""What lucarne-sensors costs at rest: memory and CPU, with everything switched on."""
import os
import time
import unittest

from bench import Child, Sensors, SensorsTest, free_port, needs
from harness.programs import path_of
from harness.waiting import eventually

SECONDS = 30


def ticks(pid):
    fields = open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()
    return int(fields[11]) + int(fields[12])


def resident(pid):
    line = next(x for x in open(f'/proc/{pid}/status') if x.startswith('VmRSS'))
    return int(line.split()[1]) / 1024


def sanitized():
    return b'__asan_init' in open(path_of('lucarne-sensors'), 'rb').read()


@needs('mosquitto')
class AtRest(SensorsTest):
    def test_is_small_and_idle(self):
        port = free_port()
        store = f'{self.folder}/xenstored.sock'
        broker = Child(self, 'mosquitto', '-p', port)
        Child(self, path_of('lucarne-xenstored'), '--socket', store)
        eventually(lambda: 'running' in broker.output(), broker.output)
        for zone in range(4):
            self.tablet.put(f'class/thermal/thermal_zone{zone}/temp', 41000)
        self.tablet.put('class/backlight/panel/brightness', 5)
        self.tablet.put('class/backlight/panel/max_brightness', 10)
        for axis, value in (('x', 3), ('y', 980), ('z', 20)):
            self.tablet.put(f'bus/iio/devices/iio:device1/in_accel_{axis}_raw', value)
        self.tablet.put('bus/iio/devices/iio:device1/in_accel_scale', 0.01)
        sensors = Sensors(self, self.folder, f'[mqtt]\nhost = "127.0.0.1"\nport = {port}\n',
                          xenstore=store).start()
        quiet = {'history': '', 'http': '', 'mqtt': '', 'prometheus': '', 'xenstore': ''}
        eventually(lambda: sensors.get('/api/v1/state')['outlets'] == quiet, sensors.child.output)
        # A page was looked at, metrics were scraped, and then everybody left.
        for _ in range(20):
            sensors.text('/metrics')
            sensors.get('/api/v1/history?hours=168&keys=battery/summary/percent')
        time.sleep(15)  # cadences fall to their slow ends

        pid = sensors.child.process.pid
        before, start = ticks(pid), time.monotonic()
        time.sleep(SECONDS)  # the measurement
        share = (ticks(pid) - before) / os.sysconf('SC_CLK_TCK') / (time.monotonic() - start)
        memory = resident(pid)

        print(f'at rest: {memory:.1f} MiB, {share:.2%} of a core')
        if sanitized():
            self.skipTest(f'sanitizers: {memory:.0f} MiB and {share:.2%} say nothing')
        self.assertLess(memory, 25)
        self.assertLess(share, 0.005)


if __name__ == '__main__':
    unittest.main()
