#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clipboard.py CACHE BIN: text copied in a Linux guest with the real spice-vdagent reaches the kiosk's
desktop, and the other way round, through QEMU's D-Bus clipboard and through SPICE; and nothing passes where
it may not.

One guest has two agents on two X servers: one behind QEMU's own vdagent (-chardev qemu-vdagent), whose
clipboard the D-Bus display shares, one behind SPICE's (-chardev spicevmc). The agent is the installed one
(spice-vdagent, xclip), else Debian's packages are unpacked beside CACHE.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))

import displays  # noqa: E402
from harness import programs  # noqa: E402
from harness.displays import xvfb  # noqa: E402
from harness.programs import Program  # noqa: E402
from harness.waiting import eventually  # noqa: E402

PATHS = ('dbus', 'spice')
PANEL = (800, 600)
PATIENCE = 120  # seconds for a step; without KVM a guest is slow
QUIET = 5  # seconds in which nothing passes that may not; where it may, it takes two
MOST = 64 * 1024  # bytes that pass at once (surface/clipboard.h)
# X clients on the kiosk's desktop: one that copies the text of a file, one that says what is there.
COPY = 'wm withdraw .; clipboard clear; set f [open [lindex $argv 0]]; clipboard append -- [read $f]; vwait forever'
PASTE = 'wm withdraw .; catch {puts -nonewline [clipboard get -type UTF8_STRING]}; exit'


class Machine(displays.Machine):
    """The guest of displays.py with a second port, and other work to do."""

    def __init__(self, cache, folder, agent):
        self.agent = agent
        super().__init__(cache, folder)

    def devices(self, pointing):
        return [*super().devices(pointing), '-chardev',
                'qemu-vdagent,id=qemuagent,name=vdagent,clipboard=on,mouse=off', '-device',
                'virtserialport,chardev=qemuagent,name=lucarne.qemu']

    def command(self):
        return ('modprobe -a virtio_gpu virtio_console; udevadm settle; mount -t tmpfs tmp /tmp; '
                f'exec /usr/bin/python3 {HERE}/clipboard_guest.py {self.agent}')


class Desktop:
    """The kiosk's: an X server, a kiosk in a window on it and one relay."""

    def __init__(self, machine, path):
        self.machine, self.folder, self.path = machine, machine.folder, path
        self.server = xvfb(self.folder, *PANEL, label=f'xvfb-{path}')
        self.programs = {}
        (self.folder / 'copy.tcl').write_text(COPY)
        (self.folder / 'paste.tcl').write_text(PASTE)
        self.copied = 0

    def start(self, relay, kiosk):
        for part in ('relay', 'kiosk'):
            if part in self.programs:
                self.programs[part].kill()
        socket = self.folder / f'{self.path}.kiosk'
        environment = {'LUCARNE_RUNTIME_DIR': str(self.folder)}
        self.programs['kiosk'] = Program(
            self.folder, 'lucarne-kiosk', '--window', '{}x{}'.format(*PANEL), '--socket', socket,
            '--clipboard', f'{self.path}={kiosk}', label=f'kiosk-{self.path}',
            env={**environment, 'DISPLAY': self.server.display, 'SDL_VIDEODRIVER': 'x11'})
        self.programs['relay'] = started = Program(
            self.folder, 'lucarne-relay', '--name', self.path, '--clipboard', relay,
            self.machine.guest.source(self.path), f'kiosk:{socket}', label=f'relay-{self.path}',
            env=environment)
        self.machine.until(f'the relay for {self.path}', lambda: 'connected to unix' in started.log())

    def turn_to_kiosk(self):
        """As a person who was in another window: only a kiosk that is turned to looks at the clipboard."""
        root, kiosk = (self.server.run('xdotool', 'search', *options).split()[0]
                       for options in (('--maxdepth', 0, ''), ('--name', '^Lucarne$')))
        self.server.run('xdotool', 'windowfocus', root, 'sleep', 0.5, 'windowfocus', kiosk)

    def copy(self, text):
        """Whoever copied is there until the end: on X, the text is with its owner."""
        self.copied += 1
        path = self.folder / f'copied-{self.path}-{self.copied}'
        path.write_text(text)
        self.programs[f'copy-{self.copied}'] = Program(
            self.folder, 'wish', self.folder / 'copy.tcl', path, label=f'copy-{self.path}',
            env={'DISPLAY': self.server.display, 'LC_ALL': 'C.UTF-8'})
        eventually(lambda: self.paste() == text, 'it is copied', every=0.2)
        self.turn_to_kiosk()

    def paste(self):
        done = subprocess.run(
            ['wish', str(self.folder / 'paste.tcl')], stdout=subprocess.PIPE, timeout=60, check=False,
            env={**os.environ, 'DISPLAY': self.server.display, 'LC_ALL': 'C.UTF-8'})
        return done.stdout.decode(errors='replace')

    def close(self):
        for program in self.programs.values():
            program.kill()
        self.server.stop()


class Test:

    def __init__(self, machine, path):
        self.machine, self.path = machine, path
        self.desktop = Desktop(machine, path)

    def copy_in_guest(self, text):
        order = self.machine.folder / f'copy-{self.path}'
        (self.machine.folder / 'copy.new').write_text(text)
        os.replace(self.machine.folder / 'copy.new', order)
        self.machine.until('it is copied in the guest', lambda: not order.exists())
        self.in_guest(text, 'the guest has it itself')

    def guest_pastes(self):
        path = self.machine.folder / f'paste-{self.path}'
        return path.read_bytes().decode(errors='replace') if path.exists() else ''

    def in_guest(self, text, what):
        self.machine.until(what, lambda: self.guest_pastes() == text)

    def on_desktop(self, text, what):
        self.machine.until(what, lambda: self.desktop.paste() == text)

    def wait_for_agent(self):
        """A relay that registers makes QEMU close the agent's port; what is copied before it is open again
        is not heard of, so it is copied until it is."""
        for number in range(20):
            text = f'hello {number}'
            self.copy_in_guest(text)
            end = time.monotonic() + 10
            while time.monotonic() < end:
                if self.desktop.paste() == text:
                    return
                time.sleep(0.3)
        raise AssertionError('nothing that was copied in the guest arrives')

    def both_ways(self):
        self.desktop.start('both', 'both')
        self.wait_for_agent()
        for text in ('from the guest: über ж漢 🪟', 'two\nlines', 'm' * (MOST - 1) + '\n'):
            self.copy_in_guest(text)
            self.on_desktop(text, f'the desktop has {text[:30]!r}')
        for text in ('from the desktop: größer ж漢', 'two\nother lines', 'n' * 3000 + '\n'):
            self.desktop.copy(text)
            self.in_guest(text, f'the guest has {text[:30]!r}')

    def too_long(self):
        """What is too long does not pass, and what comes after it does. (A desktop's long text is not tried:
        SDL 2.26 takes none on X11 that its owner hands over in pieces, as Tk does from 4000 bytes on.)"""
        self.copy_in_guest('g' * (MOST + 1))
        self.never(lambda: self.desktop.paste()[:2] == 'gg')
        self.copy_in_guest('short again, from the guest')
        self.on_desktop('short again, from the guest', 'the desktop has what came after')

    def never(self, passes):
        end = time.monotonic() + QUIET
        while time.monotonic() < end:
            assert not passes(), f'{self.path}: it passed'
            time.sleep(0.3)

    def one_way(self):
        self.desktop.start('guest-to-kiosk', 'both')
        self.wait_for_agent()
        self.copy_in_guest('the guest may')
        self.on_desktop('the guest may', 'the desktop has it')
        self.desktop.copy('a secret of the desktop')
        self.never(lambda: 'secret' in self.guest_pastes())

    def not_at_all(self):
        for relay, kiosk in (('none', 'both'), ('both', 'none')):
            self.desktop.start(relay, kiosk)
            self.copy_in_guest(f'a secret of the guest, {relay} {kiosk}')
            self.never(lambda: 'of the guest' in self.desktop.paste())
        self.desktop.start('both', 'both')
        self.wait_for_agent()  # it is there and would have passed


def run(machine):
    machine.guest.connect()
    machine.until('the guest', (machine.folder / 'guest-is-up').exists)
    for path in PATHS:
        test = Test(machine, path)
        try:
            for what in (test.both_ways, test.too_long, test.one_way, test.not_at_all):
                what()
                print(f'{path}: {what.__name__.replace("_", " ")}', flush=True)
        except BaseException:
            machine.print_logs()
            raise
        finally:
            test.desktop.close()


def agent_of(cache):
    """Where the agent is: '/' or a folder; None where it cannot be had."""
    if all(shutil.which(name, path='/usr/bin:/usr/sbin') for name in ('spice-vdagent', 'spice-vdagentd', 'xclip')):
        return pathlib.Path('/')
    folder = pathlib.Path(cache).resolve().parent / 'agent'
    fetched = subprocess.run([HERE.parent / 'support/fetch_debs.sh', folder, 'spice-vdagent', 'xclip'],
                             check=False)
    return folder if fetched.returncode == 0 else None


def main():
    cache, programs_folder = sys.argv[1:3]
    programs.set_folder(programs_folder)
    why_not = programs.missing('lucarne-relay', 'lucarne-kiosk', 'qemu-system-x86_64', 'Xvfb', 'wish',
                               'xdotool')
    if not why_not and subprocess.run([HERE / 'prepare.sh', cache], check=False).returncode == 77:
        why_not = 'no kernel for the virtual machine'
    agent = None if why_not else agent_of(cache)
    if not why_not and not agent:
        why_not = 'neither installed nor to be downloaded: spice-vdagent, xclip'
    if why_not:
        print(why_not)
        return 77
    return displays.play(lambda folder: Machine(cache, folder, agent), run)


if __name__ == '__main__':
    sys.exit(main())
