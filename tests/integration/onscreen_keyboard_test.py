# SPDX-License-Identifier: Apache-2.0
"""A special button shows a real on-screen keyboard over the kiosk; a click on it types into the guest."""
import itertools
import os
import pathlib
import re
import subprocess
import unittest

from harness.programs import Program, path_of
from harness.stage import Stage, needs
from harness.waiting import eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEVICE = ROOT / 'tests/support/umockdev/devices/buttons.device'
KEYBOARD = 'matchbox-keyboard'
# Two rows of letters are between a third and three quarters of its height.
LETTERS = [(x, y) for y in (0.5, 0.4, 0.6, 0.3, 0.7) for x in (0.5, 0.4, 0.3)]


def built(name):
    """A file of the build's test folder, or None."""
    return next((pathlib.Path(path_of('lucarne-input')).parents[1] / 'tests').rglob(name), None)


def why_not():
    lacking = needs('lucarne-input', 'Xvnc', 'Xvfb', 'xdotool', 'xev', 'xwininfo', KEYBOARD)
    if lacking:
        return lacking
    return '' if built('mock_devices') and built('libfstat_shim.so') else 'not built: mock_devices'


WHY_NOT = why_not()


class Buttons:
    """A mocked device of buttons, for programs that are started in its environment."""

    def __init__(self):
        self.process = subprocess.Popen(
            [built('mock_devices')], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, 'LD_PRELOAD': 'libumockdev-preload.so.0'})
        bed = self.process.stdout.readline().split()[1]
        linked = subprocess.run(['ldd', path_of('lucarne-input')], stdout=subprocess.PIPE, text=True,
                                check=True).stdout
        # A sanitizer's runtime comes before whatever else is preloaded.
        first = re.findall(r'=> (\S*/libasan\S*)', linked)
        preload = [*first, str(built('libfstat_shim.so')), 'libumockdev-preload.so.0']
        self.env = {'UMOCKDEV_DIR': bed, 'LD_PRELOAD': ':'.join(preload)}
        self.say(f'plug 4 {DEVICE}')

    def say(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        assert answer == 'ok', f'{line}: {answer}'

    def press(self, key):
        self.say(f'emit 4 EV_KEY {key} 1')
        self.say(f'emit 4 EV_KEY {key} 0')

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def find_keyboard(stage):
    """Its place on the panel: x, y, width, height; None while it is not shown."""
    tree = stage.panel.run('xwininfo', '-root', '-tree')
    found = re.search(r'"Keyboard".*?(\d+)x(\d+)\+-?\d+\+-?\d+  \+(-?\d+)\+(-?\d+)', tree)
    return found and tuple(int(found[i]) for i in (3, 4, 1, 2))


class OnScreenKeyboard(unittest.TestCase):

    @unittest.skipIf(WHY_NOT, WHY_NOT)
    def test_a_button_shows_it_and_a_click_on_it_types_into_the_guest(self):
        buttons = Buttons()
        self.addCleanup(buttons.end)
        with Stage(90) as stage:
            stage.start_everything()
            listener = stage.start_client('xev', '-geometry', '400x300+300+200', '-event', 'keyboard')
            eventually(lambda: 'Event Tester' in stage.guest.run('xwininfo', '-root', '-tree'),
                       'xev has a window')
            stage.point(457, 333)
            stage.wait_for_equality()
            # There is no window manager here to give the keys to the kiosk, and there to xev.
            for server, title in ((stage.panel, 'Lucarne'), (stage.guest, 'Event Tester')):
                window = server.run('xdotool', 'search', '--name', title).split()[-1]
                server.run('xdotool', 'windowfocus', window)
            config = stage.folder / 'input.toml'
            config.write_text(f'[[button]]\nkey = "KEY_PROG1"\naction = "keyboard"\ncommand = '
                              f'"exec env -u LD_PRELOAD -u UMOCKDEV_DIR {KEYBOARD}"\n')
            broker = Program(stage.folder, 'lucarne-input', 'monitor', '--config', config,
                             label='broker', env={**stage.env, **buttons.env,
                                                  'DISPLAY': stage.panel.display})
            stage.clients.append(broker)
            eventually(lambda: 'plugged' in broker.log(), 'the broker has the buttons')

            buttons.press('KEY_PROG1')
            eventually(lambda: find_keyboard(stage), 'the keyboard is on the panel')
            places = itertools.cycle(LETTERS)

            def typed():
                x, y, width, height = find_keyboard(stage)
                across, down = next(places)
                stage.panel.run('xdotool', 'mousemove', int(x + across * width),
                                int(y + down * height), 'mousedown', '1')
                stage.panel.run('xdotool', 'mouseup', '1')
                return re.search(r'KeyPress event(.|\n)*?keysym 0x[67][0-9a-f], [a-z]\)', listener.log())

            eventually(typed, 'a letter arrives in the guest', every=0.5)
            eventually(lambda: not stage.guest.keys_down(), 'no key is down in the guest')

            buttons.press('KEY_PROG1')
            eventually(lambda: not find_keyboard(stage), 'the second press takes it away')


if __name__ == '__main__':
    unittest.main()
