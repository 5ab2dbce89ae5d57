# SPDX-License-Identifier: Apache-2.0
"""A VNC server whose picture is noise: a video that no codec makes small."""
import os
import socket
import struct
import threading

WIDTH, HEIGHT = 640, 480
FORMAT = struct.pack('>BBBBHHHBBBxxx', 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)


class NoiseGuest:
    """Serves one client at `path`, a whole new picture at every request, until close()."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(4)
        self.thread = threading.Thread(target=self.serve, name='noise guest', daemon=True)
        self.thread.start()

    def close(self):
        self.listener.close()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                with client, client.makefile('rwb') as stream:
                    self.talk(stream)
            except (OSError, struct.error):
                pass  # it left

    def talk(self, stream):
        def read(count):
            got = stream.read(count)
            if len(got) < count:
                raise OSError('the client left')
            return got

        def write(data):
            stream.write(data)
            stream.flush()

        write(b'RFB 003.008\n')
        read(12)
        write(b'\1\1')
        read(1)
        write(bytes(4))
        read(1)
        write(struct.pack('>HH', WIDTH, HEIGHT) + FORMAT + struct.pack('>I', 5) + b'noise')
        lengths = {0: 19, 3: 9, 4: 7, 5: 5}
        while True:
            kind = read(1)[0]
            if kind == 2:
                count, = struct.unpack('>xH', read(3))
                read(4 * count)
                continue
            read(lengths[kind])
            if kind == 3:
                write(struct.pack('>BxH4Hi', 0, 1, 0, 0, WIDTH, HEIGHT, 0) +
                      os.urandom(4 * WIDTH * HEIGHT))
