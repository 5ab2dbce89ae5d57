# SPDX-License-Identifier: Apache-2.0
"""In the guest of clipboard.py: an X server and the agent for each port; copies what it is given and says
what would be pasted.

$SHARED/copy-NAME: text to copy there; $SHARED/paste-NAME: what is on that clipboard now.
"""
import os
import pathlib
import subprocess
import sys
import time

SHARED = pathlib.Path(os.environ['SHARED'])
AGENT = pathlib.Path(sys.argv[1])  # where the agent's packages are unpacked; / when they are installed
DESKTOPS = {'dbus': (1, '/dev/virtio-ports/lucarne.qemu'),
            'spice': (2, '/dev/virtio-ports/com.redhat.spice.0')}
PATIENCE = 20  # seconds for a program that asks another one for its text

environment = {**os.environ, 'LC_ALL': 'C.UTF-8', 'NO_AT_BRIDGE': '1', 'HOME': '/tmp'}
if AGENT != pathlib.Path('/'):
    environment['LD_LIBRARY_PATH'] = f'{AGENT}/usr/lib/x86_64-linux-gnu:{AGENT}/lib/x86_64-linux-gnu'


def start(name, *command, display=None):
    log = open(SHARED / f'{name}.log', 'ab')
    extra = {'DISPLAY': f':{display}'} if display else {}
    return subprocess.Popen(command, stdout=log, stderr=log, env={**environment, **extra})


def xclip(display, *options, text=None):
    """xclip's output; None where it has none. One that copies stays until something else is copied."""
    try:
        done = subprocess.run(
            [AGENT / 'usr/bin/xclip', '-selection', 'clipboard', *options], input=text,
            stdout=subprocess.DEVNULL if text else subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**environment, 'DISPLAY': f':{display}'}, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None


os.makedirs('/run/spice-vdagentd', exist_ok=True)
for name, (display, port) in DESKTOPS.items():
    subprocess.Popen(['/usr/bin/Xvfb', f':{display}', '-screen', '0', '640x480x24', '-nolisten', 'tcp',
                      '-noreset'], env=dict(os.environ), stderr=open(SHARED / f'x-{name}.log', 'ab'))
    while not os.path.exists(f'/tmp/.X11-unix/X{display}'):
        time.sleep(0.1)
    socket = f'/run/agent-{name}.sock'
    start(f'daemon-{name}', AGENT / 'usr/sbin/spice-vdagentd', '-x', '-d', '-X', '-s', port, '-S', socket)
    while not os.path.exists(socket):
        time.sleep(0.1)
    start(f'agent-{name}', AGENT / 'usr/bin/spice-vdagent', '-x', '-d', '-s', port, '-S', socket,
          '--display', f':{display}', display=display)
# Only what is copied from then on does an agent hear of.
for name in DESKTOPS:
    while b'received version' not in (SHARED / f'agent-{name}.log').read_bytes():
        time.sleep(0.3)
(SHARED / 'guest-is-up').touch()
while not (SHARED / 'stop').exists():
    for name, (display, _) in DESKTOPS.items():
        order = SHARED / f'copy-{name}'
        if order.exists():
            xclip(display, '-i', text=order.read_bytes())
            order.unlink()
        pasted = xclip(display, '-o', '-t', 'UTF8_STRING')
        if pasted is not None:
            (SHARED / 'paste.new').write_bytes(pasted)
            os.replace(SHARED / 'paste.new', SHARED / f'paste-{name}')
    time.sleep(0.3)
