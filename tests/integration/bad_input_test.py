# SPDX-License-Identifier: Apache-2.0
"""Mistakes are answered by one line that says what is wrong, and by the right exit code."""
import os
import pathlib
import pty
import shutil
import subprocess
import tempfile
import time
import unittest

from harness.programs import Program, missing, path_of
from harness.waiting import eventually

WHY_NOT = missing('lucarne-relay', 'lucarne-kiosk', 'lucarne-line', 'lucarne-demo',
                  'lucarne-demo-guest')


class Answer:
    def __init__(self, *command, env=None):
        done = subprocess.run([path_of(command[0]), *command[1:]], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60,
                              env={**os.environ, **(env or {})})
        self.code, self.lines = done.returncode, done.stderr.splitlines()


@unittest.skipIf(WHY_NOT, WHY_NOT)
class BadInput(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='lucarne-bad-'))
        self.addCleanup(shutil.rmtree, self.folder)
        self.env = {'LUCARNE_RUNTIME_DIR': str(self.folder), 'DISPLAY': '', 'WAYLAND_DISPLAY': '',
                    'LUCARNE_LOG': 'error'}

    def expect(self, code, word, *command):
        answer = Answer(*command, env=self.env)
        with self.subTest(command=command):
            self.assertEqual(answer.code, code, answer.lines)
            self.assertEqual(len(answer.lines), 1, answer.lines)
            self.assertIn(word, answer.lines[0])
            self.assertTrue(answer.lines[0].startswith(command[0]), answer.lines)

    def test_of_the_relay_are_usage_errors(self):
        for endpoints, word in (
                (['tape:x', 'null:'], 'tape'),
                (['pattern:', 'tape:x'], 'tape'),
                (['vnc+tape:x', 'null:'], 'tape'),
                (['vnc+tcp:localhost', 'null:'], 'localhost'),
                (['vnc+tcp:localhost:99999', 'null:'], '99999'),
                (['pattern:99999x99999', 'null:'], '99999'),
                (['link+serial:/dev/null@17', 'null:'], '17'),
                (['pattern:'], '--help'),
                (['pattern:', 'null:', '--no-such-option'], '--help')):
            self.expect(2, word, 'lucarne-relay', *endpoints)

    def test_of_the_others_are_usage_errors(self):
        for command, word in (
                (['lucarne-kiosk', '--rotate', '45'], '45'),
                (['lucarne-kiosk', '--headless', '--size', '1x'], '1x'),
                (['lucarne-kiosk', '--scale', 'huge'], 'huge'),
                (['lucarne-line', 'a', 'b', '--rate', 'fast'], 'fast'),
                (['lucarne-line', 'a'], '--help'),
                (['lucarne-demo', '--line', 'fast'], 'fast'),
                (['lucarne-demo', '--rotate', '1'], '--rotate'),
                (['lucarne-demo', '--seconds', '0'], '--seconds'),
                (['lucarne-demo', '--vnc', 'nowhere'], 'nowhere'),
                (['lucarne-demo-guest', 'tcp:99999'], '99999'),
                (['lucarne-demo-guest', 'somewhere'], 'somewhere'),
                (['lucarne-demo-guest', 'tcp:0', '--width=10'], '600')):
            self.expect(2, word, *command)

    def test_what_the_machine_refuses_is_exit_code_1(self):
        self.expect(1, '/nowhere', 'lucarne-demo-guest', 'unix:/nowhere/at/all')
        self.expect(1, '/nowhere', 'lucarne-line', '/nowhere/a', '/nowhere/b')
        self.expect(1, '/nowhere', 'lucarne-kiosk', '--headless', '--stats', '/nowhere/stats')

    def test_a_runtime_folder_that_others_may_write_to_is_refused(self):
        os.chmod(self.folder, 0o777)

        self.expect(1, str(self.folder), 'lucarne-kiosk', '--headless')

    def test_a_device_that_is_not_there_is_exit_code_1(self):
        self.expect(1, '/dev/hvc99', 'lucarne-relay', 'link+serial:/dev/hvc99', 'null:')

    def test_a_line_that_is_busy_is_exit_code_1(self):
        name, _ = self.terminal()
        first = Program(self.folder, 'lucarne-relay', f'link+serial:{name}', 'null:', label='first',
                        env=self.env)
        self.addCleanup(first.stop)
        eventually(lambda: name in first.descriptors(), 'the first relay has the line')

        self.expect(1, name, 'lucarne-relay', f'link+serial:{name}', 'null:')

    def test_a_server_that_is_not_there_is_named_and_waited_for(self):
        relay = Program(self.folder, 'lucarne-relay', f'vnc+unix:{self.folder}/none.sock', 'null:',
                        env={**self.env, 'LUCARNE_LOG': 'info'})
        eventually(lambda: 'none.sock' in relay.log(), lambda: f'none.sock in: {relay.log()}')
        # In words, and not again and again.
        time.sleep(1)
        self.assertLess(len(relay.log().splitlines()), 10)
        self.assertEqual(relay.stop(), 0)

    def terminal(self):
        """The name of a terminal's far end; both ends stay open during the test."""
        near, far = pty.openpty()
        self.addCleanup(os.close, near)
        self.addCleanup(os.close, far)
        return os.ttyname(far), far

    @unittest.skipIf(os.geteuid() != 0 or not shutil.which('setpriv'), 'needs root and setpriv')
    def test_a_line_without_rights_is_exit_code_1(self):
        name, far = self.terminal()
        os.fchmod(far, 0o600)
        as_nobody = ['setpriv', '--reuid', '65534', '--clear-groups']
        done = subprocess.run([*as_nobody, path_of('lucarne-relay'), f'link+serial:{name}', 'null:'],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                              env={**os.environ, 'LUCARNE_LOG': 'error',
                                   'LUCARNE_RUNTIME_DIR': '/tmp/lucarne-nobody'})

        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn(name, done.stderr)
        self.assertIn('Permission denied', done.stderr)
