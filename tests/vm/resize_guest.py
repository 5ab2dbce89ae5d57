# SPDX-License-Identifier: Apache-2.0
"""In the guest of resize.py: an X server on the machine's own card and the agent behind SPICE's port. Each
MONITORS_CONFIG on its way to the agent is a line in $SHARED/told: bytes, monitors, flags, width, height.

spice-gtk 0.42 always adds the monitors' physical sizes (flag 2) to that message, which spice-vdagentd up to
0.22.1 refuses as of a wrong size, and Debian 12 has these two. So there is somebody between the port and the
agent here who takes the physical sizes out; all else passes as it is.
"""
import os
import pathlib
import socket
import struct
import subprocess
import sys
import threading
import time

SHARED = pathlib.Path(os.environ['SHARED'])
AGENT = pathlib.Path(sys.argv[1])  # where the agent's packages are unpacked; / when they are installed
PORT = '/dev/virtio-ports/com.redhat.spice.0'
SOCKET = '/run/agent.sock'
TO_AGENT = '/run/port.sock'  # in place of the port
# vd_agent.h: VDIChunkHeader {port, size}; VDAgentMessage {protocol, type, opaque (64 bits), size}; then, of a
# MONITORS_CONFIG, {monitors, flags}, 20 bytes a monitor {height, width, depth, x, y}, 4 bytes a physical size.
CHUNK, MESSAGE, MONITORS = struct.Struct('<II'), struct.Struct('<IIQI'), struct.Struct('<II')
MONITORS_CONFIG, PHYSICAL_SIZE, MONITOR_BYTES = 2, 2, 20
# No devices for input: only the picture matters.
CONFIGURATION = '''Section "ServerFlags"
 Option "AutoAddDevices" "false"
EndSection
Section "Device"
 Identifier "card"
 Driver "modesetting"
 Option "ShadowFB" "false"
EndSection
'''

environment = {**os.environ, 'LC_ALL': 'C.UTF-8', 'NO_AT_BRIDGE': '1', 'HOME': '/tmp', 'DISPLAY': ':1'}
if AGENT != pathlib.Path('/'):
    environment['LD_LIBRARY_PATH'] = f'{AGENT}/usr/lib/x86_64-linux-gnu:{AGENT}/lib/x86_64-linux-gnu'


def start(name, *command, env=None):
    log = open(SHARED / f'{name}.log', 'ab')
    return subprocess.Popen(command, stdout=log, stderr=log, env=env or environment)


def until(condition):
    while not condition():
        time.sleep(0.1)


def exactly(port, count):
    data = b''
    while len(data) < count:
        try:
            data += os.read(port, count - len(data))
        except BlockingIOError:
            time.sleep(0.05)
    return data


def without_physical_sizes(message):
    """A whole MONITORS_CONFIG, noted and shortened; any other message as it is."""
    protocol, kind, opaque, _ = MESSAGE.unpack_from(message)
    if kind != MONITORS_CONFIG:
        return message
    body = message[MESSAGE.size:]
    count, flags = MONITORS.unpack_from(body)
    height, width = struct.unpack_from('<II', body, MONITORS.size)
    with open(SHARED / 'told', 'a') as told:
        print(len(body), count, flags, width, height, file=told)
    body = MONITORS.pack(count, flags & ~PHYSICAL_SIZE) + body[MONITORS.size:MONITORS.size + count * MONITOR_BYTES]
    return MESSAGE.pack(protocol, kind, opaque, len(body)) + body


def to_agent(port, agent):
    left = 0  # of a message that goes on in the next chunk
    while True:
        number, size = CHUNK.unpack(exactly(port, CHUNK.size))
        data = exactly(port, size)
        if not left and len(data) >= MESSAGE.size:
            left = MESSAGE.size + MESSAGE.unpack_from(data)[3]
            if left == len(data):
                data = without_physical_sizes(data)
        left = max(left - size, 0)
        agent.sendall(CHUNK.pack(number, len(data)) + data)


def from_agent(port, agent):
    while data := agent.recv(4096):
        while data:
            try:
                data = data[os.write(port, data):]
            except BlockingIOError:
                time.sleep(0.05)


def stand_between():
    """The agent's port for one agent."""
    port = os.open(PORT, os.O_RDWR)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(TO_AGENT)
    listener.listen()

    def pass_on():
        agent, _ = listener.accept()
        threading.Thread(target=from_agent, args=(port, agent), daemon=True).start()
        to_agent(port, agent)

    threading.Thread(target=pass_on, daemon=True).start()


pathlib.Path('/tmp/xorg.conf').write_text(CONFIGURATION)
server = start('x', '/usr/lib/xorg/Xorg', ':1', '-config', '/tmp/xorg.conf', '-nolisten', 'tcp', '-noreset',
               '-novtswitch', '-logfile', str(SHARED / 'xorg.log'), env=dict(os.environ))
until(lambda: os.path.exists('/tmp/.X11-unix/X1') or server.poll() is not None)
os.makedirs('/run/spice-vdagentd', exist_ok=True)
stand_between()
start('daemon', AGENT / 'usr/sbin/spice-vdagentd', '-x', '-d', '-d', '-X', '-s', TO_AGENT, '-S', SOCKET)
until(lambda: os.path.exists(SOCKET))
start('agent', AGENT / 'usr/bin/spice-vdagent', '-x', '-d', '-d', '-s', TO_AGENT, '-S', SOCKET)
until(lambda: b'received version' in (SHARED / 'agent.log').read_bytes())
# Something that is not black, to compare.
start('root', '/usr/bin/xsetroot', '-mod', '7', '9', '-fg', '#20c080', '-bg', '#803010')
(SHARED / 'guest-is-up').touch()
until((SHARED / 'stop').exists)
