# SPDX-License-Identifier: Apache-2.0
"""A relay maps the heavy libraries only when its source needs them."""
import pathlib
import shutil
import tempfile
import unittest

from harness.programs import Program, missing, source_is_built_in
from harness.waiting import eventually

WHY_NOT = missing('lucarne-relay')
HEAVY = ('libgio-', 'libgobject-', 'libspice-client', 'libgstreamer-', 'libavcodec', 'libxenvchan')


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Light(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='lucarne-light-'))
        self.addCleanup(shutil.rmtree, self.folder)
        self.relays = 0

    def heavy(self, source, *sinks):
        """Which of the heavy libraries a relay has once its source is made and tries to reach the guest."""
        self.relays += 1
        relay = Program(self.folder, 'lucarne-relay', source, *(sinks or ('null:',)), '--stats',
                        env={'LUCARNE_RUNTIME_DIR': str(self.folder)}, label=f'relay-{self.relays}')
        self.addCleanup(relay.kill)
        eventually(lambda: 'updates' in relay.log() or not relay.running(), 'the relay is under way', 30)
        self.assertTrue(relay.running(), relay.log())
        maps = pathlib.Path(f'/proc/{relay.pid}/maps').read_text()
        relay.kill()
        return [name for name in HEAVY if name in maps]

    def test_guests_over_vnc_and_links_need_none(self):
        for source in ('pattern:', f'vnc+unix:{self.folder}/none', 'vnc+tcp:localhost:1',
                       'vnc+tcp:[::1]:1', f'link+unix:{self.folder}/none'):
            with self.subTest(source=source):
                self.assertEqual(self.heavy(source, f'link+unix-listen:{self.folder}/out', 'kiosk:'), [])

    def test_a_name_that_must_be_looked_up_needs_gio(self):
        self.assertIn('libgio-', self.heavy('vnc+tcp:no-such-host.invalid:5900'))

    def test_qemus_display_needs_gio_and_no_more(self):
        if not source_is_built_in('qemu'):
            self.skipTest('built without the QEMU source')
        self.assertEqual(self.heavy(f'qemu+unix:{self.folder}/none'), ['libgio-', 'libgobject-'])

    def test_spice_brings_what_it_brings(self):
        if not source_is_built_in('spice'):
            self.skipTest('built without the SPICE source')
        if not any(pathlib.Path(folder).glob('**/libspice-client-glib-2.0.so.8')
                   for folder in ('/usr/lib', '/usr/local/lib', '/lib')):
            self.skipTest('spice-client-glib is not installed')
        self.assertIn('libspice-client', self.heavy(f'spice+unix:{self.folder}/none'))
