# SPDX-License-Identifier: Apache-2.0
"""Connections through a serial line: many at once, with wrong bits, with either end killed, beside a
screen.

LUCARNE_STREAM_SECONDS (6; 60 is the whole run) and LUCARNE_LINE_RATE (5M) set how much;
LUCARNE_RECOVERY_LIMIT (seconds, 10) and LUCARNE_ECHO_LIMIT (milliseconds, 1000) what is still accepted: a quiet
machine and a release build stay within 1 s and 50 ms.
"""
import os
import pathlib
import shutil
import socket
import tempfile
import time
import unittest

from harness.noise_guest import NoiseGuest
from harness.programs import Program, missing
from harness.stage import Stage, rounds
from harness.streams import exchange
from harness.waiting import PATIENCE, eventually

WHY_NOT = missing('lucarne-relay', 'lucarne-line')
RATE = os.environ.get('LUCARNE_LINE_RATE', '5M')
LIMIT = float(os.environ.get('LUCARNE_RECOVERY_LIMIT', 10))
ECHO_LIMIT = float(os.environ.get('LUCARNE_ECHO_LIMIT', 1000)) / 1000


class Cable:
    """A line between two tunnel ends: near listens, far connects to `server`."""

    def __init__(self, *line_options, far_end=None, options=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='lucarne-tunnel-'))
        self.options = options
        self.server_path, self.near_path = self.folder / 'server', self.folder / 'near'
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(self.server_path))
        self.server.listen(64)
        self.far_end = far_end or f'unix:{self.server_path}'
        self.line = Program(self.folder, 'lucarne-line', self.folder / 'a', self.folder / 'b',
                            *line_options, label='line')
        eventually(lambda: all((self.folder / end).is_symlink() for end in 'ab'), 'the line is there')
        self.start_near()
        self.start_far()

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        for program in (self.near, self.far, self.line):
            program.kill()
        self.server.close()
        if failure:
            for log in sorted(self.folder.glob('*.log')):
                print(f'--- {log.name}', *log.read_text().splitlines()[-12:], sep='\n    ')
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_near(self):
        self.near = Program(self.folder, 'lucarne-relay', 'tunnel', f'unix-listen:{self.near_path}',
                            f'link+serial:{self.folder}/a', *self.options, label='near')

    def start_far(self):
        self.far = Program(self.folder, 'lucarne-relay', 'tunnel', f'link+serial:{self.folder}/b',
                           self.far_end, *self.options, label='far')

    def connect(self):
        def attempt():
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(PATIENCE)
            try:
                connection.connect(str(self.near_path))
            except OSError:
                connection.close()
                return None
            return connection
        return eventually(attempt, 'the near end listens')

    def accept(self):
        self.server.settimeout(PATIENCE)
        connection, _ = self.server.accept()
        connection.settimeout(PATIENCE)
        return connection

    def pair(self):
        """A connection through the tunnel, both of its ends."""
        near = self.connect()
        return near, self.accept()


def private_file(path, text):
    path.touch(0o600)
    path.write_text(text)
    return path


def receive_until(connection, text):
    got = b''
    while text not in got:
        more = connection.recv(4096)
        assert more, f'ended after {got!r}'
        got += more
    return got


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Tunnel(unittest.TestCase):

    def test_sixteen_streams_of_random_bytes_survive_wrong_bits(self):
        seconds = rounds('STREAM_SECONDS', 6)
        with Cable('--rate', RATE, '--errors', '2e-8', '--latency', '1') as cable:
            pairs, rate = exchange(cable.server, cable.connect, 16, seconds)

            for client, server in pairs:
                self.assertGreater(client.sent_bytes, 0)
                self.assertGreater(server.sent_bytes, 0)
                self.assertEqual(client.sent_bytes, server.received_bytes)
                self.assertEqual(server.sent_bytes, client.received_bytes)
            # The first byte of a client was sent outside of its digest.
            self.assertEqual([client.sent.digest() for client, _ in pairs],
                             [server.received.digest() for _, server in pairs])
            self.assertEqual([server.sent.digest() for _, server in pairs],
                             [client.received.digest() for client, _ in pairs])
            carried = sum(a.received_bytes + b.received_bytes for a, b in pairs)
            print(f'{carried / 1e6:.1f} MB both ways, every byte right; {rate / 1e6:.2f} MB/s of a '
                  f'line of {RATE}/s each way', flush=True)

    def test_a_connection_may_end_one_way_first(self):
        with Cable() as cable:
            near, far = cable.pair()
            near.sendall(b'question')
            near.shutdown(socket.SHUT_WR)
            self.assertEqual(receive_until(far, b'question'), b'question')
            self.assertEqual(far.recv(1), b'')

            far.sendall(b'answer')
            far.close()

            self.assertEqual(receive_until(near, b'answer'), b'answer')
            self.assertEqual(near.recv(1), b'')

    def test_either_end_may_be_killed_and_new_connections_work(self):
        with Cable() as cable:
            for part in ('far', 'near', 'far'):
                near, far = cable.pair()
                near.sendall(b'x')
                self.assertEqual(far.recv(1), b'x')
                getattr(cable, part).kill()
                start = time.monotonic()
                getattr(cable, f'start_{part}')()

                for survivor in (near, far):  # the one of the killed program was closed by the kernel
                    try:
                        self.assertEqual(survivor.recv(1), b'')
                    except ConnectionResetError:
                        pass
                    survivor.close()
                ended = time.monotonic() - start
                near, far = cable.pair()
                far.sendall(b'y')
                self.assertEqual(near.recv(1), b'y')
                again = time.monotonic() - start

                print(f'killed {part}: streams over after {ended:.2f} s, new ones after {again:.2f} s',
                      flush=True)
                self.assertLess(again, LIMIT)
                near.close()
                far.close()

    def test_a_reader_that_stops_holds_up_nobody_else_and_little_memory(self):
        with Cable() as cable:
            stuck, never_read = cable.pair()
            stuck.setblocking(False)
            before = cable.far.resident_bytes() + cable.near.resident_bytes()
            stuffed = 0
            deadline = time.monotonic() + 2
            while time.monotonic() < deadline:
                try:
                    stuffed += stuck.send(bytes(1 << 16))
                except BlockingIOError:
                    time.sleep(0.01)
            grown = cable.far.resident_bytes() + cable.near.resident_bytes() - before

            near, far = cable.pair()
            near.sendall(b'still here')
            self.assertEqual(receive_until(far, b'still here'), b'still here')

            self.assertLess(stuffed, 4 << 20)
            self.assertLess(grown, 32 << 20)
            never_read.close()

    def test_a_refused_connection_ends_at_once(self):
        with Cable(far_end='unix:/nonexistent/socket') as cable:
            near = cable.connect()
            self.assertEqual(near.recv(1), b'')
            eventually(lambda: 'No such file' in cable.near.log(), 'the near end says why')

    def test_a_shell_starts_only_for_who_has_the_secret(self):
        with tempfile.TemporaryDirectory() as folder:
            right = private_file(pathlib.Path(folder) / 'right', 'sixteen or more bytes, right\n')
            wrong = private_file(pathlib.Path(folder) / 'wrong', 'sixteen or more bytes, wrong\n')
            with Cable(far_end='exec-tty:exec /bin/sh', options=('--secret-file', right)) as cable:
                shell = cable.connect()
                shell.sendall(b'PS1=; tty; echo $((40+2))\n')
                got = receive_until(shell, b'42')
                self.assertIn(b'/dev/pts/', got)
                shell.sendall(b'exit\n')
                while shell.recv(4096):
                    pass

                for options in ((), ('--secret-file', wrong)):
                    cable.near.kill()
                    cable.options = options
                    cable.start_near()
                    intruder = cable.connect()
                    try:
                        intruder.sendall(b'touch /tmp/intruder\n')
                        self.assertEqual(intruder.recv(1), b'')
                    except (ConnectionResetError, BrokenPipeError):
                        pass  # it was shown the door already
                log = cable.far.log()
                self.assertEqual(log.count('begins'), 1, log)

    def test_programs_are_not_started_without_a_word_about_a_secret(self):
        with tempfile.TemporaryDirectory() as folder:
            refused = Program(folder, 'lucarne-relay', 'tunnel', f'link+unix:{folder}/x', 'exec:cat')
            self.assertEqual(refused.process.wait(PATIENCE), 2)
            self.assertIn('--secret-file', refused.log())

    def test_a_child_goes_with_its_stream(self):
        with Cable(far_end='exec:trap "" TERM; echo $$; exec sleep 1000',
                   options=('--without-secret',)) as cable:
            near = cable.connect()
            child = int(receive_until(near, b'\n'))
            self.assertTrue(pathlib.Path(f'/proc/{child}').exists())

            near.close()
            # It cannot know that nobody listens before it speaks: the other end has to go.
            cable.near.kill()
            cable.start_near()

            eventually(lambda: not pathlib.Path(f'/proc/{child}').exists(), 'the child is gone')

    def test_a_shell_answers_at_once_while_a_video_plays(self):
        with Stage() as stage:
            video = NoiseGuest(stage.vnc_socket)
            self.addCleanup(video.close)
            stage.start_line('--rate', RATE)
            near_path = stage.folder / 'shell'
            common = {'env': stage.env}
            stage.guest_relay = Program(
                stage.folder, 'lucarne-relay', f'vnc+unix:{stage.vnc_socket}',
                f'link+serial:{stage.folder}/guest-end', '--without-secret', '--tunnel',
                'shell=exec-tty:cat > /dev/null', label='guest-relay', **common)
            stage.panel_relay = Program(
                stage.folder, 'lucarne-relay', f'link+serial:{stage.folder}/panel-end', 'null:',
                '--tunnel', f'shell=unix-listen:{near_path}', '--stats', label='panel-relay', **common)

            def connected():
                shell = socket.socket(socket.AF_UNIX)
                shell.settimeout(PATIENCE)
                try:
                    shell.connect(str(near_path))
                    return shell
                except OSError:
                    return None

            shell = eventually(connected, 'the shell\'s end listens')
            shell.sendall(b'a')  # the terminal echoes it
            shell.recv(1)
            time.sleep(1)  # the video has begun
            before = stage.order_line('stats')
            begin = time.monotonic()
            echoes = []
            for number in range(rounds('KEYS', 100)):
                pressed = time.monotonic()
                shell.sendall(b'k')
                self.assertEqual(shell.recv(1), b'k')
                echoes.append(time.monotonic() - pressed)
                if number % 50 == 49:
                    shell.sendall(b'\n')  # a terminal's line has an end
                    receive_until(shell, b'\n')
                time.sleep(0.02)
            after = stage.order_line('stats')
            rate = (after['forward_bytes'] - before['forward_bytes']) / (time.monotonic() - begin)
            echoes.sort()
            p95 = echoes[len(echoes) * 95 // 100]
            print(f'key echo p50 {echoes[len(echoes) // 2] * 1000:.1f} ms, p95 {p95 * 1000:.1f} ms, max '
                  f'{echoes[-1] * 1000:.1f} ms beside a video of {rate / 1e6:.2f} MB/s', flush=True)
            self.assertGreater(rate, 100_000)
            self.assertLess(p95, ECHO_LIMIT)
