# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus: promtool's lint on the live endpoint, the shipped rules, alerts that fire."""
import json
import pathlib
import subprocess
import unittest
import urllib.request

from bench import SOURCE, Child, Sensors, SensorsTest, free_port, needs
from harness.waiting import eventually

CONFIG = SOURCE / 'configs/prometheus'


def promtool(*arguments, text=None):
    done = subprocess.run(['promtool', *map(str, arguments)], input=text, capture_output=True,
                          text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


@needs('promtool')
class Promtool(SensorsTest):
    def test_finds_nothing_wrong_with_the_live_metrics(self):
        self.tablet.put('class/power_supply/BAT0/energy_now', 20000000)
        self.tablet.put('class/power_supply/BAT0/temp', 310)
        self.tablet.put('class/thermal/thermal_zone0/temp', 41000)
        self.tablet.put('class/backlight/panel/brightness', 5)
        self.tablet.put('class/backlight/panel/max_brightness', 10)
        sensors = Sensors(self, self.folder).start()
        eventually(lambda: 'lucarne_sensors_backlight_brightness_ratio{' in sensors.text('/metrics'),
                   lambda: sensors.text('/metrics'))

        code, words = promtool('check', 'metrics', text=sensors.text('/metrics'))

        self.assertEqual((code, words), (0, ''))

    def test_accepts_the_shipped_rules_and_their_tests(self):
        for arguments in (['check', 'rules', CONFIG / 'lucarne.rules.yml'],
                          ['test', 'rules', CONFIG / 'lucarne.rules.test.yml']):
            code, words = promtool(*arguments)
            self.assertEqual(code, 0, words)

    def test_accepts_the_shipped_configuration(self):
        copy = pathlib.Path(self.folder)
        for name in ('prometheus.yml', 'lucarne.rules.yml'):
            (copy / name).write_text((CONFIG / name).read_text())
        (copy / 'lucarne.token').write_text('secret\n')
        code, words = promtool('check', 'config', copy / 'prometheus.yml')
        self.assertEqual(code, 0, words)

    def test_the_grafana_dashboard_asks_for_metrics_that_there_are(self):
        board = json.loads((SOURCE / 'configs/grafana/lucarne.json').read_text())
        rules = (CONFIG / 'lucarne.rules.test.yml').read_text()
        sources = ''.join(p.read_text() for p in (SOURCE / 'sensors').rglob('*.cc'))
        for panel in board['panels']:
            expression = panel['targets'][0]['expr']
            name = next(w for w in expression.replace('(', ' ').replace('{', ' ').split()
                        if w.startswith('lucarne_'))
            suffix = name.removeprefix('lucarne_sensors_').split('_', 1)[-1]
            self.assertTrue(name in sources or f'"{suffix}"' in sources or name in rules, name)


@needs('prometheus')
class Prometheus(SensorsTest):
    def test_scrapes_and_its_alerts_fire(self):
        sensors = Sensors(self, self.folder).start()
        folder = pathlib.Path(self.folder)
        # The shipped rules and scrape job; only times and the target differ.
        rules = (CONFIG / 'lucarne.rules.yml').read_text()
        for time in ('2m', '5m', '10m'):
            rules = rules.replace(f'for: {time}', 'for: 1s')
        (folder / 'lucarne.rules.yml').write_text(rules)
        (folder / 'lucarne.token').write_text('unused\n')
        config = (CONFIG / 'prometheus.yml').read_text().replace('15s', '1s')
        config = config.replace('- kiosk1.example:9478', f'- 127.0.0.1:{sensors.port}')
        config = config.replace('          - kiosk2.example:9478\n', '')
        (folder / 'prometheus.yml').write_text(config)
        port = free_port()
        server = Child(self, 'prometheus', f'--config.file={folder}/prometheus.yml',
                       f'--storage.tsdb.path={folder}/tsdb', f'--web.listen-address=127.0.0.1:{port}',
                       '--log.level=warn')

        def firing():
            try:
                with urllib.request.urlopen(f'http://127.0.0.1:{port}/api/v1/alerts', timeout=5) as r:
                    alerts = json.loads(r.read())['data']['alerts']
            except OSError:
                return None
            return {a['labels']['alertname'] for a in alerts if a['state'] == 'firing'}

        eventually(lambda: firing() is not None, server.output)
        self.assertEqual(firing(), set())

        self.tablet.put('class/power_supply/BAT0/capacity', 9)
        eventually(lambda: firing() == {'LucarneBatteryLow'}, lambda: f'{firing()} {server.output()}',
                   within=120)
        self.tablet.put('class/power_supply/BAT0/status', 'Charging')
        eventually(lambda: firing() == set(), lambda: f'{firing()}', within=120)
        self.tablet.light(-3)
        eventually(lambda: firing() == {'LucarneSensorUnknown'}, lambda: f'{firing()}', within=120)
        sensors.child.kill()
        eventually(lambda: 'LucarneKioskDown' in firing(), lambda: f'{firing()}', within=120)


if __name__ == '__main__':
    unittest.main()
