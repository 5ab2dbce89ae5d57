# SPDX-License-Identifier: Apache-2.0
"""The dashboard in a real browser. LUCARNE_SCREENSHOTS=FOLDER keeps pictures of it."""
import http.server
import os
import pathlib
import re
import threading
import unittest

from bench import Child, Sensors, SensorsTest, free_port, needs
from browser import Browser, settle
from harness.programs import path_of
from harness.waiting import eventually


def text(browser, selector):
    return browser.run(f'document.querySelector({selector!r})?.textContent')


# Contrast of every visible text with what is behind it, by WCAG's formula; the worst first.
CONTRAST = '''(() => {
  const rgb = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255;
    return v <= .03928 ? v / 12.92 : Math.pow((v + .055) / 1.055, 2.4); });
    return .2126 * r + .7152 * g + .0722 * b; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const found = [];
  for (const e of document.querySelectorAll('p, h1, h2, h3, dt, dd, button, label, text')) {
    if (!e.textContent.trim() || !e.getClientRects().length) continue;
    const style = getComputedStyle(e);
    const color = e.tagName === 'text' ? style.fill : style.color;
    const a = light(rgb(color)), b = light(ground(e));
    found.push([(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.textContent.slice(0, 20)]);
  }
  return found.sort((a, b) => a[0] - b[0])[0];
})()'''


@needs('chromium')
class Dashboard(SensorsTest):
    def test_values_change_without_a_reload(self):
        sensors = Sensors(self, self.folder).start()
        browser = Browser(self)
        browser.open(sensors.url('/'))
        eventually(lambda: text(browser, '#percent') == '80%', lambda: browser.complaints())
        self.assertEqual(text(browser, '#link'), 'live')
        self.assertEqual(text(browser, '#mains .big'), 'Unplugged')

        self.tablet.put('class/power_supply/AC/online', 1)
        self.tablet.put('class/power_supply/BAT0/capacity', 55)
        eventually(lambda: text(browser, '#mains .big') == 'Plugged in', 'mains')
        eventually(lambda: text(browser, '#percent') == '55%', 'charge')
        self.tablet.light(-4)
        eventually(lambda: text(browser, '#light .big') == 'Unknown', 'light')
        self.assertEqual(text(browser, '#light .small'), '-4 lx is less than darkness')

        self.assertEqual(browser.loads(), 1)
        self.assertEqual(browser.complaints(), [])

    def test_shows_and_recovers_from_a_lost_connection(self):
        sensors = Sensors(self, self.folder).start()
        browser = Browser(self)
        browser.open(sensors.url('/'))
        eventually(lambda: text(browser, '#link') == 'live', browser.complaints)

        sensors.child.kill()
        eventually(lambda: text(browser, '#link') == 'no connection', 'lost')
        self.assertIn('Connection lost', text(browser, '#lost'))
        self.tablet.put('class/power_supply/BAT0/capacity', 12)
        sensors.start()
        eventually(lambda: text(browser, '#link') == 'live', 'found again')
        eventually(lambda: text(browser, '#percent') == '12%', 'and up to date')
        self.assertTrue(browser.run('document.querySelector("#lost").hidden'))
        self.assertEqual(browser.loads(), 1)

    def test_notices_a_program_that_is_only_stopped(self):
        sensors = Sensors(self, self.folder).start()
        browser = Browser(self)
        browser.open(sensors.url('/'))
        eventually(lambda: text(browser, '#link') == 'live', browser.complaints)
        sensors.child.process.send_signal(19)  # SIGSTOP: the line stays open and silent
        eventually(lambda: text(browser, '#link') == 'no connection', 'lost', within=40)
        sensors.child.process.send_signal(18)
        eventually(lambda: text(browser, '#link') == 'live', 'found again')

    def test_a_page_of_another_origin_reads_nothing(self):
        sensors = Sensors(self, self.folder).start()

        class Evil(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header('Content-Type', 'text/html')
                self.end_headers()
                self.wfile.write(b'<!doctype html><title>evil</title>')

            def log_message(self, *_):
                pass
        server = http.server.HTTPServer(('127.0.0.1', 0), Evil)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        browser = Browser(self)
        browser.open(f'http://localhost:{server.server_port}/')
        eventually(lambda: browser.run('document.title') == 'evil', 'the other page')

        for options in ('{}', '{mode: "no-cors"}', '{credentials: "include"}'):
            got = browser.run(f'''fetch("{sensors.url('/api/v1/state')}", {options})
                .then((r) => r.text().then((t) => r.type + t)).catch((e) => "refused")''')
            self.assertIn(got, ('refused', 'opaque'), options)
        got = browser.run(f'''new Promise((done) => {{
            const s = new EventSource("{sensors.url('/api/v1/events')}");
            s.addEventListener("state", () => done("read"));
            s.onerror = () => done("refused"); }})''')
        self.assertEqual(got, 'refused')
        got = browser.run(f'''fetch("{sensors.url('/api/v1/rotation')}", {{method: "POST", mode: "no-cors",
            body: '{{"locked": true}}'}}).then(() => "sent").catch(() => "refused")''')
        self.assertFalse(sensors.get('/api/v1/state')['controls']['rotation_locked'])


@needs('chromium')
class DemoPage(unittest.TestCase):
    """A week of simulated past; pictures for the documentation."""

    def setUp(self):
        self.port = free_port()
        self.child = Child(self, path_of('lucarne-sensors'), 'demo', '--listen',
                           f'127.0.0.1:{self.port}', '--xenstore', 'off')
        eventually(lambda: 'dashboard http' in self.child.output(), self.child.output)
        self.browser = Browser(self)

    def test_charts_draw_in_every_size_and_light(self):
        browser = self.browser
        keep = os.environ.get('LUCARNE_SCREENSHOTS')
        for theme in ('light', 'dark'):
            for width, height in ((1280, 800), (800, 1280)):
                browser.theme(theme)
                browser.size(width, height)
                browser.open(f'http://127.0.0.1:{self.port}/')
                eventually(lambda: browser.run('document.body && document.body.dataset.charts') == '6 1',
                           browser.complaints)
                for hours in (24, 168):
                    browser.run(f'document.querySelector("[data-hours=\\"{hours}\\"]").click()')
                    eventually(lambda: browser.run('document.body.dataset.charts') == f'6 {hours}',
                               browser.complaints)
                    drawn = browser.run('''[...document.querySelectorAll("canvas")].map((c) => {
                        const copy = new OffscreenCanvas(c.width, c.height).getContext("2d", {willReadFrequently: true});
                        copy.drawImage(c, 0, 0);
                        const d = copy.getImageData(0, 0, c.width, c.height).data;
                        let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; })''')
                    self.assertEqual(len(drawn), 6)
                    self.assertGreater(min(drawn), 1000)
                self.assertLessEqual(browser.run('document.documentElement.scrollWidth'), width)
                ratio, words = browser.run(CONTRAST)
                self.assertGreaterEqual(ratio, 7, words)
                if keep:
                    browser.run('document.querySelector("[data-hours=\\"24\\"]").click()')
                    settle(1.5)
                    browser.screenshot(pathlib.Path(keep) / f'dashboard-{theme}-{width}x{height}.png')
        self.assertEqual(browser.complaints(), [])

    def test_needs_nothing_from_outside(self):
        browser = self.browser
        browser.open(f'http://127.0.0.1:{self.port}/')
        eventually(lambda: browser.run('document.body && document.body.dataset.charts'),
                   browser.complaints)
        asked = [e['params']['request']['url'] for e in browser.events
                 if e.get('method') == 'Network.requestWillBeSent']
        self.assertGreater(len(asked), 4)
        for url in asked:
            self.assertTrue(re.match(rf'http://127\.0\.0\.1:{self.port}/', url), url)


if __name__ == '__main__':
    unittest.main()
