# SPDX-License-Identifier: Apache-2.0
"""The demo as a person starts it, for a few seconds."""
import glob
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest

from harness.programs import missing, path_of
from harness.waiting import eventually

WHY_NOT = missing('lucarne-demo', 'lucarne-demo-guest', 'lucarne-relay', 'lucarne-kiosk')


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Demo(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='lucarne-demo-test-'))
        self.addCleanup(shutil.rmtree, self.folder)
        self.env = {**os.environ, 'TMPDIR': str(self.folder), 'DISPLAY': '', 'WAYLAND_DISPLAY': ''}

    def start(self, *options):
        return subprocess.Popen([path_of('lucarne-demo'), *options], env=self.env, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def left_over(self):
        """Programs of this demo that still run, and its folders."""
        running = []
        for command in glob.glob('/proc/[0-9]*/environ'):
            try:
                environment = pathlib.Path(command).read_bytes()
            except OSError:
                continue
            if f'LUCARNE_RUNTIME_DIR={self.folder}'.encode() in environment:
                running.append(command)
        return running + [str(p) for p in self.folder.glob('lucarne-demo-*')]

    def test_shows_pictures_and_writes_them_down(self):
        demo = self.start('--seconds', '4', '--screenshot', str(self.folder / 'out.png'),
                          '--json', str(self.folder / 'out.json'))
        words = demo.communicate(timeout=180)[0]

        self.assertEqual(demo.returncode, 0, words)
        figures = json.loads((self.folder / 'out.json').read_text())
        self.assertGreater(figures['frames_shown'], 0)
        self.assertGreater(figures['line_bytes_to_panel'], 0)
        self.assertGreater(figures['line_bytes_to_guest'], 0)
        self.assertGreater(figures['latency_ms_p50'], 0)
        self.assertEqual(len(figures['programs']), 5)
        head = (self.folder / 'out.png').read_bytes()[:24]
        self.assertEqual(head[:8], b'\x89PNG\r\n\x1a\n')
        self.assertEqual(struct.unpack('>II', head[16:]), (800, 1280))
        self.assertEqual(self.left_over(), [])

    def test_ctrl_c_leaves_nothing_behind(self):
        demo = self.start()
        eventually(lambda: len(self.left_over()) >= 6, 'five programs and a folder are there')

        demo.send_signal(signal.SIGINT)
        words = demo.communicate(timeout=120)[0]

        self.assertEqual(self.left_over(), [], words)

    def test_a_guest_that_is_not_there_is_an_error_in_words(self):
        demo = self.start('--vnc', '127.0.0.1:1', '--seconds', '1')
        try:
            eventually(lambda: len(self.left_over()) >= 5, 'four programs and a folder are there')
            demo.send_signal(signal.SIGTERM)
            words = demo.communicate(timeout=120)[0]
        finally:
            demo.kill()

        self.assertEqual(demo.returncode, 1, words)
        self.assertIn('before the first picture', words)
        self.assertEqual(self.left_over(), [])
