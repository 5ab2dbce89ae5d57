#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tunnel_rate.py --bin FOLDER [--rate 5M] [--seconds 60] [--rounds 1] [--out FILE]

What sixteen streams of random bytes carry both ways through a tunnel over a PTY line with bit errors,
against what the same line carries bare and without errors: per round bare, tunnel, bare. Every byte of the
streams is compared. Not a test: it needs the machine for itself. Prints JSON; --out adds it to a file.
"""
import argparse
import json
import os
import pathlib
import random
import selectors
import shutil
import sys
import tempfile
import time
import tty

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness import programs  # noqa: E402  (the path comes first)

ERRORS = '2e-8'
STREAMS = 16


def bare(rate, seconds):
    """Bytes a second, both ways together, that a line carries raw."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix='lucarne-bare-'))
    line = programs.Program(folder, 'lucarne-line', folder / 'a', folder / 'b', '--rate', rate,
                            '--latency', '1', label='line')
    try:
        while not all((folder / end).is_symlink() for end in 'ab'):
            time.sleep(0.01)
        ends = [os.open(folder / end, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK) for end in 'ab']
        for end in ends:
            tty.setraw(end)
        block = random.Random(1).randbytes(1 << 16)
        selector = selectors.DefaultSelector()
        for end in ends:
            selector.register(end, selectors.EVENT_READ | selectors.EVENT_WRITE)
        received, warm, begin = 0, False, time.monotonic()
        while time.monotonic() < begin + seconds:
            if not warm and time.monotonic() > begin + 0.5:
                warm, received, begin = True, 0, time.monotonic()
            for key, events in selector.select(0.1):
                if events & selectors.EVENT_READ:
                    received += len(os.read(key.fd, 1 << 16))
                if events & selectors.EVENT_WRITE:
                    os.write(key.fd, block)
        elapsed = time.monotonic() - begin
        for end in ends:
            os.close(end)
        return received / elapsed
    finally:
        line.kill()
        shutil.rmtree(folder, ignore_errors=True)


def tunnel(rate, seconds):
    """The same through sixteen streams with wrong bits, and the CPU shares of the two ends and the line."""
    from tunnel_test import Cable
    from harness.streams import exchange
    with Cable('--rate', rate, '--errors', ERRORS, '--latency', '1') as cable:
        begin = time.monotonic()
        parts = {'near': cable.near, 'far': cable.far, 'line': cable.line}
        before = {name: part.cpu_seconds() for name, part in parts.items()}
        pairs, carried = exchange(cable.server, cable.connect, STREAMS, seconds)
        elapsed = time.monotonic() - begin
        cpu = {name: round((part.cpu_seconds() - before[name]) / elapsed, 3)
               for name, part in parts.items()}
        right = all(client.sent.digest() == server.received.digest() and
                    server.sent.digest() == client.received.digest() for client, server in pairs)
        return carried, right, cpu


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--bin', required=True)
    parser.add_argument('--rate', default='5M')
    parser.add_argument('--seconds', type=float, default=60)
    parser.add_argument('--bare-seconds', type=float, default=10)
    parser.add_argument('--rounds', type=int, default=1)
    parser.add_argument('--out')
    options = parser.parse_args()
    programs.set_folder(options.bin)
    for _ in range(options.rounds):
        first = bare(options.rate, options.bare_seconds)
        carried, right, cpu = tunnel(options.rate, options.seconds)
        second = bare(options.rate, options.bare_seconds)
        reference = (first + second) / 2
        result = {
            'command': f'tests/integration/tunnel_rate.py --rate {options.rate} --seconds '
                       f'{options.seconds:g}',
            'rate': options.rate, 'seconds': options.seconds, 'bit_errors': float(ERRORS),
            'streams': STREAMS, 'bare_mb_s': [round(first / 1e6, 3), round(second / 1e6, 3)],
            'tunnel_mb_s': round(carried / 1e6, 3), 'share': round(carried / reference, 3),
            'every_byte_right': right, 'cpu': cpu}
        print(json.dumps(result), flush=True)
        if options.out:
            with open(options.out, 'a') as out:
                print(json.dumps(result), file=out)


if __name__ == '__main__':
    main()
