#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""relay_memory.py --bin FOLDER [--runs N] [--rate RATE] [--out FILE]

The resident memory of the relay in the guest's domain (vnc+unix: to a line) and of the one beside the panel
(link+ to the kiosk) while a guest of 1280x800 changes its picture, and when it rests again: what they keep
for themselves (anon), what they map of programs and libraries (file), and the pictures that are shared
memory (shmem). Each has two pictures: the guest's end the guest's and what the panel has, which is its own
memory; the panel's end what was decoded, its own memory too, and what it shares with the kiosk. While the
kiosk still reads that, there is another to share, counted apart. JSON.
"""
import argparse
import json
import os
import pathlib
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness import programs  # noqa: E402  (the path comes first)

SIZE = (1280, 800)


def kib(program):
    """RssAnon, RssFile and RssShmem, in KiB."""
    with open(f'/proc/{program.pid}/status') as status:
        fields = dict(line.split(':', 1) for line in status)
    return {name: int(fields[f'Rss{name.title()}'].split()[0]) for name in ('anon', 'file', 'shmem')}


def run(line_options, seconds=8):
    from harness.stage import Stage
    picture = SIZE[0] * SIZE[1] * 4 // 1024
    with Stage(guest_size=SIZE) as stage:
        stage.start_everything(*line_options)
        stage.point(600, 300)
        client = stage.start_client('xlogo', '-geometry', '400x400+100+100')
        most = {'guest': {}, 'panel': {}}
        relays = {'guest': stage.guest_relay, 'panel': stage.panel_relay}
        end = time.monotonic() + seconds
        place = 0
        while time.monotonic() < end:
            place = (place + 37) % 600
            stage.guest.run('xdotool', 'search', '--sync', '--class', 'xlogo', 'windowmove', place, place // 3)
            for name, relay in relays.items():
                now = kib(relay)
                if sum(now.values()) > sum(most[name].values()):
                    most[name] = now
        client.kill()
        stage.wait_for_equality()
        result = {}
        for name, relay in relays.items():
            pictures = 1 + most[name]['shmem'] // picture
            result[f'{name}_relay'] = {
                'most_kib': most[name], 'at_rest_kib': kib(relay), 'pictures': pictures,
                'most_beside_its_pictures_kib': sum(most[name].values()) - pictures * picture,
                'most_beside_two_pictures_kib': sum(most[name].values()) - 2 * picture}
        return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--bin', required=True)
    parser.add_argument('--runs', type=int, default=1)
    parser.add_argument('--rate', help='of the line, as lucarne-line takes it')
    parser.add_argument('--out')
    options = parser.parse_args()
    programs.set_folder(options.bin)
    line = ('--rate', options.rate) if options.rate else ()
    command = f'tests/integration/relay_memory.py --runs {options.runs}' + ''.join(f' {o}' for o in line)
    result = {'command': command, 'machine': os.uname().machine, 'picture_kib': SIZE[0] * SIZE[1] * 4 // 1024,
              'runs': [run(line) for _ in range(options.runs)]}
    print(json.dumps(result))
    if options.out:
        pathlib.Path(options.out).write_text(json.dumps(result, indent=1) + '\n')


if __name__ == '__main__':
    main()
