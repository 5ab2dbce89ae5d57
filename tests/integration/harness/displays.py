# SPDX-License-Identifier: Apache-2.0
"""X servers: Xvfb for the panel, Xvnc for the guest; and what X knows about its keyboard."""
import ctypes
import os
import random
import subprocess

from harness.programs import Program
from harness.waiting import eventually


class XServer:
    """An X server on a display number that nobody uses."""

    def __init__(self, folder, name, *arguments, label=None):
        reading, writing = os.pipe()
        # Numbers are drawn: servers that all look for the first free one run into one another. A
        # server that starts anew when its last client goes refuses the next one at that moment.
        number = next(n for n in iter(lambda: random.randrange(100, 30000), None)
                      if not os.path.exists(f'/tmp/.X11-unix/X{n}')
                      and not os.path.exists(f'/tmp/.X{n}-lock'))
        self.program = Program(folder, name, f':{number}', '-displayfd', writing, '-nolisten', 'tcp',
                               '-noreset', *arguments, label=label, pass_fds=(writing,))
        os.close(writing)
        os.set_blocking(reading, False)
        answer = b''

        def told():
            nonlocal answer
            try:
                answer += os.read(reading, 32)
            except BlockingIOError:
                assert self.program.running(), f'{name} ended:\n{self.program.log()}'
            return answer.endswith(b'\n')

        try:
            eventually(told, f'{name} is ready')
        finally:
            os.close(reading)
        self.display = f':{int(answer)}'

    def run(self, *command):
        """Runs an X client to its end; its output."""
        return subprocess.run([str(c) for c in command], env={**os.environ, 'DISPLAY': self.display},
                              check=True, stdout=subprocess.PIPE, timeout=60, text=True).stdout

    def keys_down(self):
        """The X key codes that are held."""
        return keys_down(self.display)

    def buttons_down(self):
        """The mask of the pointer's buttons that are held."""
        return buttons_down(self.display)

    def stop(self):
        if self.program.running():
            self.program.stop()


def xvfb(folder, width, height, label='xvfb'):
    return XServer(folder, 'Xvfb', '-screen', '0', f'{width}x{height}x24', label=label)


def xvnc(folder, socket, width=1280, height=800, label='xvnc'):
    """TigerVNC's server on a unix socket, without a TCP port and a password."""
    return XServer(folder, 'Xvnc', '-geometry', f'{width}x{height}', '-depth', '24',
                   '-SecurityTypes', 'None', '-rfbunixpath', socket, '-rfbport', '-1',
                   '-AlwaysShared', label=label)


def buttons_down(display):
    """The mask of the pointer's buttons that are held, left is 1."""
    xlib = ctypes.CDLL('libX11.so.6')
    xlib.XOpenDisplay.restype = ctypes.c_void_p
    xlib.XDefaultRootWindow.restype = ctypes.c_ulong
    connection = xlib.XOpenDisplay(display.encode())
    assert connection, f'no X server at {display}'
    root = ctypes.c_ulong(xlib.XDefaultRootWindow(ctypes.c_void_p(connection)))
    windows, places, mask = (ctypes.c_ulong * 2)(), (ctypes.c_int * 4)(), ctypes.c_uint()

    def at(array, index):
        return ctypes.byref(array, index * ctypes.sizeof(array._type_))

    xlib.XQueryPointer(ctypes.c_void_p(connection), root, at(windows, 0), at(windows, 1), at(places, 0),
                       at(places, 1), at(places, 2), at(places, 3), ctypes.byref(mask))
    xlib.XCloseDisplay(ctypes.c_void_p(connection))
    return mask.value >> 8 & 0x1f


def focused_window(display):
    """The window that has the keyboard; 0 or 1: none."""
    xlib = ctypes.CDLL('libX11.so.6')
    xlib.XOpenDisplay.restype = ctypes.c_void_p
    connection = xlib.XOpenDisplay(display.encode())
    assert connection, f'no X server at {display}'
    window, revert = ctypes.c_ulong(), ctypes.c_int()
    xlib.XGetInputFocus(ctypes.c_void_p(connection), ctypes.byref(window), ctypes.byref(revert))
    xlib.XCloseDisplay(ctypes.c_void_p(connection))
    return window.value


def keys_down(display):
    xlib = ctypes.CDLL('libX11.so.6')
    xlib.XOpenDisplay.restype = ctypes.c_void_p
    connection = xlib.XOpenDisplay(display.encode())
    assert connection, f'no X server at {display}'
    keys = ctypes.create_string_buffer(32)
    xlib.XQueryKeymap(ctypes.c_void_p(connection), keys)
    xlib.XCloseDisplay(ctypes.c_void_p(connection))
    return [8 * i + bit for i, byte in enumerate(keys.raw) for bit in range(8) if byte >> bit & 1]
