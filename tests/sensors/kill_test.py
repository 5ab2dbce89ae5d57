# SPDX-License-Identifier: Apache-2.0
"""The history survives SIGKILL at random moments and a full disk. LUCARNE_KILLS=N: how many kills; the
everyday suite has a few, ctest's sensors.kill_100 (label slow) a hundred."""
import os
import pathlib
import random
import sqlite3
import subprocess
import threading
import time
import unittest

from bench import Child, Sensors, SensorsTest
from harness.waiting import eventually

BATCH = 1  # seconds; the program's default is 60
KILLS = int(os.environ.get('LUCARNE_KILLS', '15'))


def newest(path):
    """(number of batches, time of the newest reading in s); fails on any damage."""
    db = sqlite3.connect(path, timeout=10)
    try:
        assert db.execute('PRAGMA integrity_check').fetchall() == [('ok',)]
        numbers = [row[0] for row in db.execute('SELECT seq FROM batch ORDER BY seq')]
        assert numbers == list(range(1, len(numbers) + 1)), numbers
        orphans = db.execute('SELECT count(*) FROM chunk WHERE seq NOT IN (SELECT seq FROM batch)')
        assert orphans.fetchone() == (0,)
        last = db.execute('SELECT max(last) FROM batch').fetchone()[0]
        return len(numbers), (last or 0) / 1000
    finally:
        db.close()


class Mover:
    """Moves the light ten times a second, as long as it lives."""

    def __init__(self, test, tablet):
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.work, args=(tablet,), daemon=True)
        self.thread.start()
        test.addCleanup(self.stop)

    def work(self, tablet):
        lux = 100
        while not self.over.wait(.1):
            lux = lux * 1.1 if lux < 50000 else 100
            tablet.light(int(lux))

    def stop(self):
        self.over.set()
        self.thread.join()


class Kill(SensorsTest):
    def test_sigkill_at_random_moments_damages_nothing(self):
        random.seed(5)
        Mover(self, self.tablet)
        sensors = Sensors(self, self.folder, f'[history]\nbatch_seconds = {BATCH}\n')
        worst, batches = 0, 0
        for _ in range(KILLS):
            sensors.start()
            time.sleep(random.uniform(0, 2.5))  # the random moment is what is tested
            killed = time.time()
            alive = killed - os.stat(f'/proc/{sensors.child.process.pid}').st_ctime
            sensors.child.kill()
            count, last = newest(sensors.history)
            self.assertGreaterEqual(count, batches)
            batches = count
            if alive > BATCH + 1:
                worst = max(worst, killed - last)
        print(f'{KILLS} kills, {batches} batches, at most {worst:.2f} s lost')
        # The batch, a poll of the light, and a commit on a busy machine.
        self.assertLess(worst, BATCH + 3)


class FullDisk(SensorsTest):
    def test_a_full_disk_stops_nothing_and_loses_nothing(self):
        small = pathlib.Path(self.folder) / 'small'
        small.mkdir()
        mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=400k', 'none', small],
                                 capture_output=True)
        if mounted.returncode != 0:
            self.skipTest('cannot mount a small file system (not root)')
        self.addCleanup(subprocess.run, ['umount', '-l', small])
        Mover(self, self.tablet)
        sensors = Sensors(self, self.folder, f'[history]\nbatch_seconds = {BATCH}\n')
        sensors.history = small / 'history.db'
        sensors.start()
        eventually(lambda: newest(sensors.history)[0] >= 2, 'batches')

        (small / 'filler').write_bytes(b'')
        with open(small / 'filler', 'ab', buffering=0) as filler:
            try:
                while True:
                    filler.write(b'x' * 4096)
            except OSError:
                pass
        trouble = lambda: sensors.get('/api/v1/state')['outlets']['history']  # noqa: E731
        eventually(lambda: 'full' in trouble(), lambda: trouble() + sensors.child.output())
        self.tablet.put('class/power_supply/AC/online', 1)
        eventually(lambda: sensors.value('mains/summary', 'online') is True, 'the others go on')

        (small / 'filler').unlink()
        eventually(lambda: trouble() == '', trouble)
        self.assertEqual(sensors.child.stop(), 0)
        db = sqlite3.connect(sensors.history)
        spans = db.execute('SELECT first, last FROM batch ORDER BY seq').fetchall()
        gaps = [b[0] - a[1] for a, b in zip(spans, spans[1:])]
        self.assertLess(max(gaps), 3000, 'no hole where the disk was full')


if __name__ == '__main__':
    unittest.main()
