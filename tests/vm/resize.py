#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""resize.py CACHE BIN: a guest with a card that knows nothing of panels (QEMU's plain VGA), Xorg and the
real spice-vdagent takes the size of the kiosk, which a relay asks for through SPICE: SPICE's server hands the
wish to the agent, and the agent changes the mode. (The wish for a virtio-gpu or qxl goes to the card: see
displays.py.) The agent is the installed one, else Debian's packages are unpacked beside CACHE, as for
clipboard.py; resize_guest.py says what Debian's own needs help with.
"""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))

import clipboard  # noqa: E402
import displays  # noqa: E402
from harness import programs  # noqa: E402

FIRST = (1024, 768)
SIZES = ((800, 600), (1280, 720), (640, 480))
XORG = pathlib.Path('/usr/lib/xorg/Xorg')


class Machine(displays.Machine):
    """The guest of displays.py with a plain VGA card, and other work to do."""

    def __init__(self, cache, folder, agent):
        self.agent = agent
        super().__init__(cache, folder)

    def devices(self, pointing):
        return ['-device', 'VGA,xres={},yres={},vgamem_mb=16'.format(*FIRST), '-device', 'virtio-serial-pci',
                '-chardev', 'spicevmc,id=agent,name=vdagent', '-device',
                'virtserialport,chardev=agent,name=com.redhat.spice.0']

    def command(self):
        return ('modprobe -a bochs virtio_console; udevadm settle; mount -t tmpfs tmp /tmp; '
                f'exec /usr/bin/python3 {HERE}/resize_guest.py {self.agent}')


class Test(displays.Test):

    def size(self):
        picture = self.guest.picture()
        return picture and (picture.width, picture.height)

    def told(self):
        """The size in the last message that reached the agent's port."""
        told = self.folder / 'told'
        lines = told.read_text().splitlines() if told.exists() else []
        return tuple(map(int, lines[-1].split()[3:])) if lines else None

    def takes(self, size):
        self.start_kiosk('spice', 0, size, '--resize-guest')
        self.machine.until(f'the agent hears of {size}', lambda: self.told() == size)
        self.machine.until(f'the guest has a screen of {size}', lambda: self.size() == size)

        def equal():
            there, here = self.guest.picture(), self.kiosks['spice'].picture()
            return here and there and here == there and len(set(there.pixels)) > 1

        self.machine.until(f'the kiosk shows it at {size}', equal)


def run(machine):
    machine.guest.connect()
    test = Test(machine)
    try:
        machine.until('the guest', (machine.folder / 'guest-is-up').exists)
        test.start_relay('spice')
        for size in SIZES:
            test.takes(size)
            print('the agent made the guest\'s screen {}x{}, and the kiosk shows it'.format(*size), flush=True)
    except BaseException:
        machine.print_logs()
        raise
    finally:
        print('told the agent (bytes, monitors, flags, width, height):',
              (machine.folder / 'told').read_text().split('\n') if (machine.folder / 'told').exists() else None)
        test.close()


def main():
    cache, programs_folder = sys.argv[1:3]
    programs.set_folder(programs_folder)
    why_not = programs.missing('lucarne-relay', 'lucarne-kiosk', 'qemu-system-x86_64', 'convert', 'xsetroot')
    if not why_not and not XORG.exists():
        why_not = f'no {XORG}'
    if not why_not and subprocess.run([HERE / 'prepare.sh', cache], check=False).returncode == 77:
        why_not = 'no kernel for the virtual machine'
    agent = None if why_not else clipboard.agent_of(cache)
    if not why_not and not agent:
        why_not = 'neither installed nor to be downloaded: spice-vdagent'
    if why_not:
        print(why_not)
        return 77
    return displays.play(lambda folder: Machine(cache, folder, agent), run)


if __name__ == '__main__':
    sys.exit(main())
