# SPDX-License-Identifier: Apache-2.0
"""lucarne-sensors as a child process on a simulated or hand-made tablet, and its real peers."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from harness.programs import path_of
from harness.waiting import eventually

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def needs(*tools):
    """Skips a test, with the reason, where a tool is missing."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return unittest.skipIf(missing, f'not installed: {", ".join(missing)}')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Child:
    """A process with its output in a file; killed with the test."""

    def __init__(self, test, *command, **more):
        self.log = tempfile.NamedTemporaryFile(mode='w+', suffix='.log')
        self.process = subprocess.Popen([str(c) for c in command], stdout=self.log,
                                        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **more)
        test.addCleanup(self.kill)

    def output(self):
        with open(self.log.name, errors='replace') as f:
            return f.read()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def stop(self, within=60):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(within)


class Tablet:
    """A sysfs tree of files with a battery, mains and a light sensor."""

    def __init__(self, folder):
        self.root = pathlib.Path(folder) / 'sys'
        self.put('class/power_supply/BAT0/type', 'Battery')
        self.put('class/power_supply/BAT0/capacity', 80)
        self.put('class/power_supply/BAT0/status', 'Discharging')
        self.put('class/power_supply/AC/type', 'Mains')
        self.put('class/power_supply/AC/online', 0)
        self.put('bus/iio/devices/iio:device0/name', 'als')
        self.put('bus/iio/devices/iio:device0/in_illuminance_raw', 300)

    def put(self, file, value):
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name('.' + path.name)
        fresh.write_text(f'{value}\n')
        fresh.replace(path)

    def light(self, lux):
        self.put('bus/iio/devices/iio:device0/in_illuminance_raw', lux)


class Sensors:
    """`lucarne-sensors run`, restartable at the same port with the same history."""

    def __init__(self, test, folder, toml='', port=None, xenstore='off'):
        self.test = test
        self.folder = pathlib.Path(folder)
        self.port = port or free_port()
        self.config = self.folder / 'sensors.toml'
        self.config.write_text(f'sysfs = "{self.folder}/sys"\n' + toml)
        self.history = self.folder / 'history.db'
        self.xenstore = xenstore
        self.child = None

    def start(self):
        self.child = Child(self.test, path_of('lucarne-sensors'), '--config', self.config, 'run',
                           '--listen', f'127.0.0.1:{self.port}', '--history', self.history,
                           '--xenstore', self.xenstore)
        eventually(self.answers, self.child.output)
        return self

    def url(self, path):
        return f'http://127.0.0.1:{self.port}{path}'

    def answers(self):
        if self.child.process.poll() is not None:
            raise AssertionError(self.child.output())
        try:
            return self.get('/api/v1/state')
        except (urllib.error.URLError, ConnectionError, socket.timeout):
            return None

    def get(self, path):
        with urllib.request.urlopen(self.url(path), timeout=30) as response:
            return json.loads(response.read())

    def text(self, path):
        with urllib.request.urlopen(self.url(path), timeout=30) as response:
            return response.read().decode()

    def value(self, key, field):
        return self.get('/api/v1/sensors')[key]['values'][field].get('value')


class SensorsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='lucarne-sensors-')
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.tablet = Tablet(self.folder)


def seconds():
    return time.monotonic()


def environment(**more):
    return {**os.environ, **more}
