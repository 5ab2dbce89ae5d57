# SPDX-License-Identifier: Apache-2.0
"""./lucarne demo --sensors: what the kiosk shows, on the sensors' dashboard and in their metrics."""
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import unittest
import urllib.request

from browser import Browser
from harness.programs import missing, path_of
from harness.waiting import eventually

WHY_NOT = missing('lucarne-demo', 'lucarne-demo-guest', 'lucarne-relay', 'lucarne-kiosk',
                  'lucarne-sensors', 'lucarne-xenstored')


@unittest.skipIf(WHY_NOT, WHY_NOT)
class SensorsDemo(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='lucarne-sensors-demo-'))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def start(self, *options, **environment):
        self.log = open(self.folder / 'log', 'w+')
        self.addCleanup(self.log.close)
        self.demo = subprocess.Popen(
            [path_of('lucarne-demo'), '--headless', '--sensors', *map(str, options)], text=True,
            stdout=self.log, stderr=subprocess.STDOUT,
            env={**os.environ, 'TMPDIR': str(self.folder), **environment})
        self.addCleanup(self.demo.kill)

    def words(self):
        return (self.folder / 'log').read_text()

    def address(self):
        return re.search(r'dashboard is at (http://\S+)', self.words()).group(1)

    def write(self, path, value):
        """To the demo's XenStore."""
        with socket.socket(socket.AF_UNIX) as store:
            store.connect(str(next(self.folder.glob('lucarne-demo-*/xenstored.sock'))))
            payload = path.encode() + b'\0' + value.encode()
            store.sendall(struct.pack('<IIII', 11, 1, 0, len(payload)) + payload)  # WRITE
            self.assertEqual(struct.unpack('<I', store.recv(16)[:4]), (11,))

    def get(self, path):
        with urllib.request.urlopen(self.address().rstrip('/') + path, timeout=30) as response:
            return response.read().decode()

    def test_the_kiosks_figures_are_on_the_dashboard(self):
        self.start('--seconds', 15, '--page-screenshot', self.folder / 'page.png')
        eventually(lambda: 'dashboard is at' in self.words(), self.words, 120)

        def display():
            programs = json.loads(self.get('/api/v1/state'))['programs']
            return {path.rsplit('/', 1)[1]: value for path, value in programs.items()
                    if path.startswith('data/lucarne/display/')}

        eventually(lambda: display().get('connected') == '1' and
                   float(display().get('fps', 0)) > 0 and
                   int(display().get('latency-us', 0)) > 0, lambda: (display(), self.words()), 120)
        metrics = self.get('/metrics')

        for name in ('frames_per_second', 'latency_seconds', 'connected'):
            self.assertRegex(metrics, rf'(?m)^lucarne_display_{name}\{{guest="[^"]+"\}} [0-9.e-]+$')
        self.assertEqual(self.demo.wait(180), 0, self.words())
        if shutil.which('chromium'):
            self.assertEqual((self.folder / 'page.png').read_bytes()[:8], b'\x89PNG\r\n\x1a\n')
        else:
            self.assertIn('no chromium is installed', self.words())
        self.assertEqual([str(p) for p in self.folder.glob('lucarne-*')], [])

    @unittest.skipIf(not shutil.which('chromium'), 'not installed: chromium')
    def test_the_page_has_a_row_for_the_screen_and_for_each_device(self):
        self.start('--seconds', 60)
        eventually(lambda: 'dashboard is at' in self.words(), self.words, 120)
        browser = Browser(self)
        browser.open(self.address())

        # As lucarne-input publishes a device.
        for leaf, value in (('name', 'Touch panel'), ('kinds', 'touch'), ('seat', 'seat0')):
            self.write(f'data/lucarne/input/devices/3/{leaf}', value)

        def rows():
            return browser.run('[...document.querySelectorAll("#programs dt")].map((e) => '
                               'e.textContent + ": " + e.nextElementSibling.textContent)')

        eventually(lambda: any(re.fullmatch(
            r'Screen of demo guest: connected · on the panel · [1-9][\d.]* frames/s · '
            r'\d+ ms from drawing to panel', row) for row in rows()), rows, 120)
        eventually(lambda: 'Touch panel: touch · seat0' in rows(), rows)
        self.assertEqual(browser.complaints(), [])
        self.demo.terminate()
        self.demo.wait(60)

    def test_without_a_browser_it_says_so_and_ends_well(self):
        self.start('--seconds', 4, '--page-screenshot', self.folder / 'page.png', PATH='/nowhere')

        self.assertEqual(self.demo.wait(180), 0, self.words())
        self.assertIn('no chromium is installed', self.words())


if __name__ == '__main__':
    unittest.main()
