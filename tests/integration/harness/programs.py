# SPDX-License-Identifier: Apache-2.0
"""Programs under test and their peers: started with a log, looked at through /proc, ended."""
import os
import pathlib
import shutil
import signal
import subprocess

_folder = None


def set_folder(path):
    """Where the built programs are."""
    global _folder
    _folder = pathlib.Path(path).resolve()


def path_of(name):
    """A built program's path, or that of an installed one; LUCARNE_QEMU names another QEMU."""
    if name == 'qemu-system-x86_64' and os.environ.get('LUCARNE_QEMU'):
        return shutil.which(os.environ['LUCARNE_QEMU'])
    built = _folder / name
    return str(built) if built.exists() else shutil.which(name)


def missing(*names):
    """Which of these programs are neither built nor installed, in words; empty when all are there."""
    absent = [name for name in names if not path_of(name)]
    return f'not installed: {", ".join(absent)}' if absent else ''


def source_is_built_in(kind):
    """Whether lucarne-relay knows such sources."""
    return f'{kind}+' in subprocess.run([path_of('lucarne-relay'), '--help'], stdout=subprocess.PIPE,
                                        check=False, text=True).stdout


class Program:
    """One running program. Dies with this process, whatever happens to it."""

    def __init__(self, folder, name, *arguments, env=None, label=None, stdin=subprocess.DEVNULL,
                 stdout=None, pass_fds=()):
        self.label = label or name
        self.log_path = pathlib.Path(folder) / f'{self.label}.log'
        die_with_parent = ['setpriv', '--pdeathsig', 'KILL'] if shutil.which('setpriv') else []
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(
                [*die_with_parent, path_of(name), *map(str, arguments)], stdin=stdin,
                stdout=stdout or log, stderr=log, env={**os.environ, **(env or {})},
                start_new_session=True, pass_fds=pass_fds)

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        return self.log_path.read_text(errors='replace')

    def running(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, within=30):
        """SIGTERM; the exit code."""
        if self.running():
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f'{self.label} did not end within {within} s of SIGTERM') from None

    def descriptors(self):
        """What each open descriptor is, without the numbers that change by nature."""
        folder = f'/proc/{self.pid}/fd'
        names = []
        for entry in os.listdir(folder):
            try:
                names.append(os.readlink(f'{folder}/{entry}').split(':[')[0])
            except OSError:
                pass  # closed since
        return sorted(names)

    def resident_bytes(self):
        with open(f'/proc/{self.pid}/status') as status:
            for line in status:
                if line.startswith('VmRSS:'):
                    return int(line.split()[1]) * 1024
        return 0

    def cpu_seconds(self):
        with open(f'/proc/{self.pid}/stat') as stat:
            fields = stat.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def wake_ups(self):
        """Sleeps that ended, of all threads: name of each thread and its count."""
        counts = {}
        for task in os.listdir(f'/proc/{self.pid}/task'):
            with open(f'/proc/{self.pid}/task/{task}/status') as status:
                fields = dict(line.split(':', 1) for line in status)
            counts[task, fields['Name'].strip()] = int(fields['voluntary_ctxt_switches'])
        return counts
