# SPDX-License-Identifier: Apache-2.0
"""./lucarne and what it runs, as far as that installs and builds nothing."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*command, **environment):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120,
                          env={**os.environ, **environment}, check=False)


class FrontDoor(unittest.TestCase):

    def test_help_names_every_command(self):
        words = run(ROOT / 'lucarne', '--help')

        self.assertEqual(words.returncode, 0)
        for command in ('demo', 'test', 'build', 'doctor'):
            self.assertIn(f'\n  {command} ', words.stdout)

    def test_mistakes_are_exit_code_2_and_one_line(self):
        for mistake in (['dance'], ['build', 'nothing'], ['build', 'dev', 'release'],
                        ['test', '--no-such-option']):
            with self.subTest(mistake=mistake):
                answer = run(ROOT / 'lucarne', *mistake, LUCARNE_NO_INSTALL='1')
                self.assertEqual(answer.returncode, 2)
                self.assertEqual(len(answer.stderr.splitlines()), 1, answer.stderr)

    def test_doctor_looks_at_the_runtime_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o700)
            ours = run(ROOT / 'lucarne', 'doctor', LUCARNE_RUNTIME_DIR=folder).stdout
            os.chmod(folder, 0o777)
            anybodys = run(ROOT / 'lucarne', 'doctor', LUCARNE_RUNTIME_DIR=folder)

        self.assertIn(f'ok       {folder}: ours', ours)
        self.assertIn(f'BROKEN   {folder}', anybodys.stdout)
        self.assertEqual(anybodys.returncode, 1)

    def test_missing_packages_are_named_and_not_installed_when_that_is_forbidden(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder)
            shutil.copytree(ROOT / 'scripts', copy / 'scripts')
            (copy / 'configs/packages').mkdir(parents=True)
            for name in ('debian.txt', 'alpine.txt'):
                (copy / 'configs/packages' / name).write_text('build no-such-package-of-lucarne\n')

            answer = run(copy / 'scripts/packages.sh', 'build', LUCARNE_NO_INSTALL='1')

        self.assertEqual(answer.returncode, 1)
        self.assertIn('no-such-package-of-lucarne', answer.stderr)

    def test_a_virtual_machine_that_cannot_be_had_is_one_line_and_77(self):
        with tempfile.TemporaryDirectory() as folder:
            answer = run(ROOT / 'tests/vm/prepare.sh', folder, LUCARNE_QEMU='/no/qemu')

        self.assertEqual(answer.returncode, 77)
        self.assertEqual(len(answer.stdout.splitlines()), 1, answer.stdout)

    @unittest.skipIf(not shutil.which('shellcheck'), 'not installed: shellcheck')
    def test_the_scripts_are_clean(self):
        scripts = [ROOT / 'lucarne', ROOT / '.ci/run', *(ROOT / 'scripts').glob('*.sh')]

        answer = run('shellcheck', *scripts)

        self.assertEqual(answer.stdout, '')
        self.assertEqual(answer.returncode, 0)
