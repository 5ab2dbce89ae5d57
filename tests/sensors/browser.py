# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, driven over the DevTools protocol's pipe: JSON texts that end in a NUL."""
import base64
import json
import os
import subprocess
import tempfile
import time

FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
         '--disable-background-networking', '--disable-component-update', '--disable-sync',
         '--disable-dev-shm-usage', '--hide-scrollbars', '--remote-debugging-pipe', 'about:blank']


class Browser:
    def __init__(self, test):
        self.profile = tempfile.TemporaryDirectory(prefix='lucarne-chromium-', ignore_cleanup_errors=True)
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()

        def child_ends():  # the protocol's descriptors are 3 and 4
            os.dup2(to_browser, 13)
            os.dup2(from_browser, 14)
            os.dup2(13, 3)
            os.dup2(14, 4)
        self.process = subprocess.Popen(
            ['chromium', f'--user-data-dir={self.profile.name}', *FLAGS], preexec_fn=child_ends,
            pass_fds=(3, 4), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, 'HOME': self.profile.name})
        os.close(to_browser)
        os.close(from_browser)
        test.addCleanup(self.close)
        self.last, self.buffer, self.events = 0, b'', []
        self.session = None
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.call(f'{domain}.enable')

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.write_end)
        os.close(self.read_end)
        self.profile.cleanup()

    def read(self):
        while b'\0' not in self.buffer:
            more = os.read(self.read_end, 1 << 20)
            if not more:
                raise AssertionError('the browser is gone')
            self.buffer += more
        text, self.buffer = self.buffer.split(b'\0', 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.last += 1
        message = {'id': self.last, 'method': method, 'params': parameters}
        if self.session:
            message['sessionId'] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b'\0')
        while True:
            answer = self.read()
            if answer.get('id') == self.last:
                if 'error' in answer:
                    raise AssertionError(f'{method}: {answer["error"]}')
                return answer['result']
            self.events.append(answer)

    def open(self, url):
        self.call('Page.navigate', url=url)

    def run(self, script):
        """The value of an expression in the page."""
        result = self.call('Runtime.evaluate', expression=script, returnByValue=True, awaitPromise=True)
        if 'exceptionDetails' in result:
            raise AssertionError(result['exceptionDetails'])
        return result['result'].get('value')

    def size(self, width, height):
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height,
                  deviceScaleFactor=1, mobile=False)

    def theme(self, name):
        self.call('Emulation.setEmulatedMedia',
                  features=[{'name': 'prefers-color-scheme', 'value': name}])

    def screenshot(self, path):
        """Of the whole page, also of what is below the fold."""
        size = self.call('Page.getLayoutMetrics')['cssContentSize']
        data = self.call('Page.captureScreenshot', format='png', captureBeyondViewport=True,
                         clip={**size, 'scale': 1})['data']
        with open(path, 'wb') as f:
            f.write(base64.b64decode(data))

    def complaints(self):
        """Errors and warnings of the console and uncaught exceptions so far."""
        self.run('0')
        found = []
        for event in self.events:
            if event.get('method') == 'Runtime.exceptionThrown':
                found.append(str(event['params']['exceptionDetails']))
            if event.get('method') == 'Log.entryAdded' and \
                    event['params']['entry']['level'] in ('error', 'warning'):
                found.append(event['params']['entry']['text'])
            if event.get('method') == 'Runtime.consoleAPICalled' and \
                    event['params']['type'] in ('error', 'warning'):
                found.append(str(event['params']['args']))
        return found

    def forget(self):
        self.events.clear()

    def loads(self):
        """How many documents were loaded into the main frame."""
        self.run('0')
        return sum(1 for e in self.events if e.get('method') == 'Page.loadEventFired')


def settle(seconds):
    """Lets a picture settle before it is kept; nothing is decided by it."""
    time.sleep(seconds)
