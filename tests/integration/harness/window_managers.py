# SPDX-License-Identifier: Apache-2.0
"""A window manager that shows a window only when it is told to."""
import ctypes

MAP_REQUEST = 20              # X.h
REDIRECT = 1 << 20            # SubstructureRedirectMask


class MapRequestEvent(ctypes.Structure):
    """XMapRequestEvent of Xlib.h."""
    _fields_ = [('type', ctypes.c_int), ('serial', ctypes.c_ulong), ('send_event', ctypes.c_int),
                ('display', ctypes.c_void_p), ('parent', ctypes.c_ulong), ('window', ctypes.c_ulong)]


class AnyEvent(ctypes.Union):
    """XEvent: as large as the largest."""
    _fields_ = [('type', ctypes.c_int), ('map_request', MapRequestEvent), ('pad', ctypes.c_long * 24)]


class ReluctantManager:
    """Use as a context manager. Windows that ask to be shown wait until show()."""

    def __init__(self, display):
        self.xlib = ctypes.CDLL('libX11.so.6')
        self.xlib.XOpenDisplay.restype = ctypes.c_void_p
        self.xlib.XDefaultRootWindow.restype = ctypes.c_ulong
        self.connection = ctypes.c_void_p(self.xlib.XOpenDisplay(display.encode()))
        assert self.connection, f'no X server at {display}'
        root = ctypes.c_ulong(self.xlib.XDefaultRootWindow(self.connection))
        self.xlib.XSelectInput(self.connection, root, ctypes.c_long(REDIRECT))
        self.xlib.XSync(self.connection, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.xlib.XCloseDisplay(self.connection)

    def asked(self):
        """The window that has asked to be shown since the last call; None if none has."""
        event = AnyEvent()
        while self.xlib.XPending(self.connection):
            self.xlib.XNextEvent(self.connection, ctypes.byref(event))
            if event.type == MAP_REQUEST:
                return event.map_request.window
        return None

    def show(self, window):
        self.xlib.XMapWindow(self.connection, ctypes.c_ulong(window))
        self.xlib.XSync(self.connection, 0)
