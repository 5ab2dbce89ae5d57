# SPDX-License-Identifier: Apache-2.0
"""A real Mosquitto: states, last will after SIGKILL, the backlog after an outage, TLS and the ACL."""
import json
import pathlib
import subprocess
import unittest

from bench import SOURCE, Child, Sensors, SensorsTest, free_port, needs
from harness.waiting import eventually


class Broker:
    def __init__(self, test, folder, port=None):
        self.test, self.port = test, port or free_port()
        self.config = pathlib.Path(folder) / 'mosquitto.conf'
        # As it is restarted in the middle of a test, it keeps retained messages and sessions.
        self.config.write_text(f'listener {self.port} 127.0.0.1\nallow_anonymous true\n'
                               f'persistence true\npersistence_location {folder}/\n'
                               'autosave_interval 1\nautosave_on_changes true\nuser root\n')
        self.child = None

    def start(self):
        self.child = Child(self.test, 'mosquitto', '-c', self.config)
        eventually(lambda: 'running' in self.child.output(), self.child.output)
        return self


class Subscriber:
    """Every message as (topic, text), retained ones too; QoS 2, session kept over reconnects."""

    def __init__(self, test, port, topic, *more):
        self.child = Child(test, 'mosquitto_sub', '-h', '127.0.0.1', '-p', port, '-t', topic, '-q', 2,
                           '-c', '-i', f'subscriber-{port}', '-F', '%t %p', *more)

    def messages(self):
        lines = [line.split(' ', 1) for line in self.child.output().splitlines()]
        return [(line[0], line[1] if len(line) > 1 else '') for line in lines
                if line[0].startswith(('lucarne/', 'homeassistant/'))]

    def last(self, topic):
        texts = [text for name, text in self.messages() if name == topic]
        return texts[-1] if texts else None


def toml(port, more=''):
    return (f'[mqtt]\nhost = "127.0.0.1"\nport = {port}\ndevice = "kiosk1"\n{more}'
            '[history]\nbatch_seconds = 1\n')


@needs('mosquitto', 'mosquitto_sub')
class Mqtt(SensorsTest):
    def test_states_are_retained_and_follow(self):
        broker = Broker(self, self.folder).start()
        sensors = Sensors(self, self.folder, toml(broker.port)).start()
        eventually(lambda: sensors.get('/api/v1/state')['outlets']['mqtt'] == '', 'connected')

        late = Subscriber(self, broker.port, '#')
        battery = 'lucarne/kiosk1/sensor/battery/summary'
        eventually(lambda: late.last('lucarne/kiosk1/status') == 'online', late.child.output)
        eventually(lambda: late.last(battery) and
                   json.loads(late.last(battery))['values']['percent'].get('value') == 80, 'battery')
        self.tablet.put('class/power_supply/BAT0/capacity', 41)
        eventually(lambda: json.loads(late.last(battery))['values']['percent']['value'] == 41, 'news')
        found = json.loads(late.last('homeassistant/sensor/kiosk1/battery_summary_percent/config'))
        self.assertEqual(found['state_topic'], battery)

        self.assertEqual(sensors.child.stop(), 0)
        eventually(lambda: late.last('lucarne/kiosk1/status') == 'offline', 'goodbye')

    def test_the_last_will_comes_after_sigkill(self):
        broker = Broker(self, self.folder).start()
        sensors = Sensors(self, self.folder, toml(broker.port)).start()
        watcher = Subscriber(self, broker.port, 'lucarne/+/status')
        eventually(lambda: watcher.last('lucarne/kiosk1/status') == 'online', watcher.child.output)

        sensors.child.kill()
        eventually(lambda: watcher.last('lucarne/kiosk1/status') == 'offline', watcher.child.output)

        sensors.start()
        eventually(lambda: watcher.last('lucarne/kiosk1/status') == 'online', watcher.child.output)

    def test_an_outage_loses_nothing_and_repeats_nothing(self):
        broker = Broker(self, self.folder).start()
        watcher = Subscriber(self, broker.port, 'lucarne/kiosk1/history')
        sensors = Sensors(self, self.folder, toml(broker.port)).start()
        lux = 1000

        def batches():
            return [json.loads(text) for _, text in watcher.messages()]

        def move(until):
            nonlocal lux
            lux += 100
            self.tablet.light(lux)
            return until()

        eventually(lambda: move(lambda: len(batches()) >= 3), watcher.child.output, every=.2)
        broker.child.stop()
        watcher.child.kill()
        before = sensors.text('/metrics')
        eventually(lambda: move(lambda: sensors.get('/api/v1/state')['outlets']['mqtt']), 'noticed',
                   every=.2)
        stored = [0]

        def passes():
            stored[0] += 1
            return stored[0] > 40
        eventually(lambda: move(passes), 'eight seconds of outage', every=.2)
        self.assertNotEqual(before, '')

        broker.start()
        again = Subscriber(self, broker.port, 'lucarne/kiosk1/history')
        everything = lambda: batches() + [json.loads(t) for _, t in again.messages()]  # noqa: E731
        end = lux + 5000
        self.tablet.light(end)
        eventually(lambda: end in [p[1] for b in everything()
                                   for p in b['series'].get('illuminance/summary/lux', [])],
                   again.child.output, every=.2)

        numbers = [b['seq'] for b in everything()]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
        self.assertGreater(len(numbers), 8)
        readings = [tuple(p) for b in everything()
                    for p in b['series'].get('illuminance/summary/lux', [])]
        self.assertEqual(len(readings), len(set(readings)))
        print(f'{len(numbers)} batches, {len(readings)} readings over an outage: each once')


@needs('mosquitto', 'mosquitto_sub', 'openssl')
class MqttTls(SensorsTest):
    def openssl(self, *arguments):
        subprocess.run(['openssl', *map(str, arguments)], check=True, capture_output=True, timeout=60)

    def certificate(self, name, subject):
        at = pathlib.Path(self.folder)
        self.openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', at / f'{name}.key', '-out',
                     at / f'{name}.csr', '-subj', f'/CN={subject}')
        (at / 'san').write_text('subjectAltName=IP:127.0.0.1\n')
        self.openssl('x509', '-req', '-in', at / f'{name}.csr', '-CA', at / 'ca.crt', '-CAkey',
                     at / 'ca.key', '-CAcreateserial', '-days', 2, '-out', at / f'{name}.crt',
                     '-extfile', at / 'san')

    def test_the_shipped_broker_takes_each_device_below_its_own_name_only(self):
        at = pathlib.Path(self.folder)
        self.openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', at / 'ca.key', '-out',
                     at / 'ca.crt', '-subj', '/CN=test ca', '-days', 2)
        for name, subject in (('broker', 'localhost'), ('kiosk1', 'kiosk1'), ('watcher', 'watcher')):
            self.certificate(name, subject)
        port = free_port()
        shipped = (SOURCE / 'configs/mosquitto/lucarne.conf').read_text()
        for name in ('ca.crt', 'broker.crt', 'broker.key'):
            shipped = shipped.replace(f'/etc/mosquitto/lucarne/{name}', str(at / name))
        shipped = shipped.replace('/etc/mosquitto/lucarne/acl', str(at / 'acl'))
        shipped = shipped.replace('/var/lib/mosquitto/', f'{at}/').replace('listener 8883',
                                                                          f'listener {port} 127.0.0.1')
        (at / 'acl').write_text((SOURCE / 'configs/mosquitto/acl').read_text())
        (at / 'broker.conf').write_text(shipped + 'user root\n')
        for file in at.glob('*.key'):
            file.chmod(0o600)
        broker = Child(self, 'mosquitto', '-c', at / 'broker.conf')
        eventually(lambda: 'running' in broker.output(), broker.output)
        watcher = Subscriber(self, port, 'lucarne/#', '--cafile', at / 'ca.crt', '--cert',
                             at / 'watcher.crt', '--key', at / 'watcher.key')

        tls = (f'ca_file = "{at}/ca.crt"\ncertificate_file = "{at}/kiosk1.crt"\n'
               f'key_file = "{at}/kiosk1.key"\n')
        sensors = Sensors(self, self.folder, toml(port, tls)).start()
        eventually(lambda: watcher.last('lucarne/kiosk1/status') == 'online',
                   lambda: watcher.child.output() + sensors.child.output() + broker.output())

        # The same device under another's name: the broker lets it connect and drops what it says.
        thief = Sensors(self, self.folder, toml(port, tls).replace('"kiosk1"', '"kiosk2"'))
        thief.history = at / 'other.db'
        thief.start()
        eventually(lambda: thief.get('/api/v1/state')['outlets']['mqtt'] == '', thief.child.output)
        self.tablet.put('class/power_supply/BAT0/capacity', 33)
        eventually(lambda: '33' in (watcher.last('lucarne/kiosk1/sensor/battery/summary') or ''), 'news')
        self.assertEqual([t for t, _ in watcher.messages() if 'kiosk2' in t], [])

        # A certificate of somebody else's is not enough to be listened to.
        stranger = subprocess.run(['mosquitto_pub', '-h', '127.0.0.1', '-p', str(port), '-t', 'lucarne/x',
                                   '-m', 'x', '--cafile', str(at / 'ca.crt')], capture_output=True,
                                  timeout=60)
        self.assertNotEqual(stranger.returncode, 0)


if __name__ == '__main__':
    unittest.main()
