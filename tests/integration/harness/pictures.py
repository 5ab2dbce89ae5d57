# SPDX-License-Identifier: Apache-2.0
"""Pictures of X screens, exact to the pixel."""
import array
import struct
import subprocess


class Picture:
    """width x height pixels of 0xRRGGBB, row by row."""

    def __init__(self, width, height, pixels):
        self.width, self.height, self.pixels = width, height, pixels

    def turned(self, degrees):
        """Clockwise."""
        w, h, p = self.width, self.height, self.pixels
        if degrees == 0:
            return self
        if degrees == 180:
            return Picture(w, h, p[::-1])
        turned = array.array('I')
        if degrees == 90:  # a column, read upwards, becomes a row
            for x in range(w):
                turned += p[(h - 1) * w + x::-w]
        else:
            for x in reversed(range(w)):
                turned += p[x::w]
        return Picture(h, w, turned)

    def without(self, x, y, width, height):
        """The same with a rectangle blackened."""
        left, right = max(0, x), min(self.width, x + width)
        pixels = array.array('I', self.pixels)
        for row in range(max(0, y), min(self.height, y + height)):
            at = row * self.width
            pixels[at + left:at + right] = array.array('I', bytes(4 * max(0, right - left)))
        return Picture(self.width, self.height, pixels)

    def middle(self, width, height):
        """The part of this size in its middle."""
        left, top = (self.width - width) // 2, (self.height - height) // 2
        pixels = array.array('I')
        for row in range(top, top + height):
            at = row * self.width + left
            pixels += self.pixels[at:at + width]
        return Picture(width, height, pixels)

    def differing(self, other):
        """How many pixels differ, and the first of them."""
        if (self.width, self.height) != (other.width, other.height):
            return self.width * self.height, (-1, -1)
        if self.pixels == other.pixels:
            return 0, None
        wrong = [i for i, (a, b) in enumerate(zip(self.pixels, other.pixels)) if a != b]
        return len(wrong), (wrong[0] % self.width, wrong[0] // self.width)

    def __eq__(self, other):
        return isinstance(other, Picture) and self.pixels == other.pixels and \
            (self.width, self.height) == (other.width, other.height)


def capture(display):
    """The root window of an X display, without its pointer; None when it cannot be had."""
    dump = subprocess.run(['xwd', '-silent', '-root', '-display', display],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60).stdout
    if len(dump) < 100:
        return None
    # XWDFile.h, version 7: big-endian words; 19 is the number of colours of 12 bytes each.
    head = struct.unpack('>25I', dump[:100])
    width, height, bits, stride = head[4], head[5], head[11], head[12]
    assert bits == 32 and head[7] == 0, 'expects 32 bits a pixel, least significant byte first'
    data = memoryview(dump)[head[0] + 12 * head[19]:]
    rows = bytearray()
    for y in range(height):
        rows += data[y * stride:y * stride + 4 * width]
    rows[3::4] = bytes(width * height)  # the byte beside the colours means nothing
    pixels = array.array('I')
    pixels.frombytes(rows)
    return Picture(width, height, pixels)
