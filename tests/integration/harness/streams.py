# SPDX-License-Identifier: Apache-2.0
"""Connections that carry random bytes both ways and know what they should have received."""
import hashlib
import os
import random
import selectors
import socket
import time

BLOCK = 1 << 20
CHUNK = 1 << 16


class Half:
    """What one side of a connection sends, made from a seed, and what it has received."""

    def __init__(self, seed, until):
        self.block = memoryview(random.Random(seed).randbytes(BLOCK))
        self.until = until  # time.monotonic() at which it says that this was all
        self.at = 0
        self.sent, self.received = hashlib.blake2b(), hashlib.blake2b()
        self.sent_bytes = self.received_bytes = 0
        self.closed = self.ended = False

    def write(self, connection):
        if time.monotonic() >= self.until:
            connection.shutdown(socket.SHUT_WR)
            self.closed = True
            return
        chunk = self.block[self.at:self.at + CHUNK]
        try:
            count = connection.send(chunk)
        except BlockingIOError:
            return
        self.sent.update(chunk[:count])
        self.sent_bytes += count
        self.at = (self.at + count) % BLOCK

    def read(self, connection):
        try:
            got = connection.recv(CHUNK)
        except BlockingIOError:
            return
        self.ended = not got
        self.received.update(got)
        self.received_bytes += len(got)

    def interest(self):
        return (0 if self.ended else selectors.EVENT_READ) | \
            (0 if self.closed else selectors.EVENT_WRITE)


def exchange(listener, connect, count, seconds, patience=120):
    """`count` connections through connect(), accepted at `listener`; both sides of each send random
    bytes for so long. (client's Half, server's Half) of each, all ended, and the bytes a second."""
    begin = time.monotonic()
    selector = selectors.DefaultSelector()
    clients, servers = [], []

    def add(connection, halves):
        connection.setblocking(False)
        half = Half(os.urandom(8), begin + seconds)
        halves.append(half)
        selector.register(connection, half.interest(), half)
        return half

    for number in range(count):
        connection = connect()
        client = add(connection, clients)
        connection.setblocking(True)
        connection.sendall(bytes([number]))  # accepted in any order: the first byte says which
        connection.setblocking(False)
        del client
    listener.settimeout(patience)
    order = {}
    for _ in range(count):
        connection, _ = listener.accept()
        connection.settimeout(patience)
        number = connection.recv(1)[0]
        order[number] = add(connection, servers)
    deadline = begin + seconds + patience
    while selector.get_map():
        assert time.monotonic() < deadline, 'not every stream came to its end'
        for key, events in selector.select(1):
            half = key.data
            if events & selectors.EVENT_WRITE:
                half.write(key.fileobj)
            if events & selectors.EVENT_READ:
                half.read(key.fileobj)
            if half.interest():
                selector.modify(key.fileobj, half.interest(), half)
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()
    total = sum(half.received_bytes for half in clients + servers)
    pairs = [(clients[number], order[number]) for number in range(count)]
    return pairs, total / (time.monotonic() - begin)
