# SPDX-License-Identifier: Apache-2.0
"""A relay that is killed while keys, a button or a finger are held: its guest is told to let go as soon as
the next one is there."""
import pathlib
import shutil
import tempfile
import unittest

from harness import displays
from harness.programs import Program, missing
from harness.qemu import Kiosk
from harness.waiting import eventually

WHY_NOT = missing('lucarne-relay', 'lucarne-kiosk', 'lucarne-line', 'Xvnc', 'xdotool', 'convert')
KEY_A, KEY_LEFTSHIFT = 30, 42
LEFT = 1


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Stuck(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='lucarne-stuck-'))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.env = {'LUCARNE_RUNTIME_DIR': str(self.folder)}
        self.count = 0
        self.guest = displays.xvnc(self.folder, self.folder / 'vnc.sock', 640, 480)
        self.addCleanup(self.guest.stop)
        self.kiosk = Kiosk(self.folder, 'panel', 0, (640, 480))
        self.addCleanup(self.kiosk.kill)

    def start(self, program, *arguments):
        self.count += 1
        started = Program(self.folder, program, *arguments, label=f'{program}-{self.count}', env=self.env)
        self.addCleanup(lambda: started.running() and started.kill())
        return started

    def relay(self, source):
        return self.start('lucarne-relay', source, f'kiosk:{self.folder}/panel.kiosk', '--name', 'vm')

    def hold(self):
        """Holds a button and two keys at (200, 100)."""
        def there():
            self.kiosk.play('move 201 100', 'move 200 100')
            return 'x:200 y:100 ' in self.guest.run('xdotool', 'getmouselocation')
        eventually(there, 'the guest\'s pointer is there', every=0.2)
        self.kiosk.play('button left down', f'key {KEY_LEFTSHIFT} down', f'key {KEY_A} down')
        eventually(lambda: self.guest.buttons_down() == LEFT and len(self.guest.keys_down()) == 2,
                   lambda: f'held: {self.guest.buttons_down()}, {self.guest.keys_down()}')

    def expect_lifted(self):
        eventually(lambda: self.guest.buttons_down() == 0 and not self.guest.keys_down(),
                   lambda: f'all is lifted: {self.guest.buttons_down()}, {self.guest.keys_down()}')
        self.assertIn('x:200 y:100 ', self.guest.run('xdotool', 'getmouselocation'))

    def test_a_killed_relay_leaves_nothing_held(self):
        relay = self.relay(f'vnc+unix:{self.folder}/vnc.sock')
        self.hold()

        relay.kill()
        self.relay(f'vnc+unix:{self.folder}/vnc.sock')

        self.expect_lifted()

    def test_nor_does_one_at_the_other_end_of_a_line(self):
        self.start('lucarne-line', self.folder / 'a', self.folder / 'b')
        eventually(lambda: all((self.folder / end).is_symlink() for end in 'ab'), 'the line is there')
        far = self.start('lucarne-relay', f'vnc+unix:{self.folder}/vnc.sock', f'link+serial:{self.folder}/a')
        self.relay(f'link+serial:{self.folder}/b')
        self.hold()

        far.kill()
        self.start('lucarne-relay', f'vnc+unix:{self.folder}/vnc.sock', f'link+serial:{self.folder}/a')

        self.expect_lifted()

    def test_a_finger_is_lifted_too(self):
        relay = self.relay(f'vnc+unix:{self.folder}/vnc.sock')

        def pressed():
            self.kiosk.play('touch 0 down 200 100')
            return self.guest.buttons_down() == LEFT
        eventually(pressed, 'the finger presses', every=0.3)

        relay.kill()
        self.relay(f'vnc+unix:{self.folder}/vnc.sock')

        eventually(lambda: self.guest.buttons_down() == 0, 'the finger is lifted')
