/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that does nothing but repaint its whole screen, RATE frames a second, each with its number
   in a stamp (surface/stamp.h) at (0, 0) and in one at the end of the picture.
 *
 * Any PC display with the Bochs VBE registers will do (QEMU: std, qxl-vga, virtio-vga), as described
 * in QEMU's docs/specs/standard-vga. Freestanding, 32 bits; WIDTH, HEIGHT and RATE are given when it
 * is compiled. */
#include <stdint.h>

enum { kCell = 8, kColumns = 48, kStampRows = 2 };
enum { kPciAddress = 0xcf8, kPciData = 0xcfc, kPciDisplay = 0x03, kPciBar0 = 0x10, kPciClass = 0x08 };
enum { kVbeIndex = 0x1ce, kVbeData = 0x1cf };
enum { kVbeWidth = 1, kVbeHeight = 2, kVbeDepth = 3, kVbeEnable = 4, kVbeOnWithFramebuffer = 0x41 };
enum { kTimerHz = 1193182, kTimerVector = 0x20, kCodeSegment = 0x10 };

void paintForever(void);
void onTimer(void);

static inline void out8(uint16_t port, uint8_t v) { __asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port)); }
static inline void out16(uint16_t port, uint16_t v) { __asm__ volatile("outw %0, %1" ::"a"(v), "Nd"(port)); }
static inline void out32(uint16_t port, uint32_t v) { __asm__ volatile("outl %0, %1" ::"a"(v), "Nd"(port)); }
static inline uint32_t in32(uint16_t port) {
  uint32_t v;
  __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
  return v;
}

static uint32_t readPci(uint32_t slot, uint32_t offset) {
  out32(kPciAddress, 0x80000000u | slot << 11 | offset);
  return in32(kPciData);
}

static volatile uint32_t* findFramebuffer(void) {
  for (uint32_t slot = 0; slot < 32; ++slot) {
    if (readPci(slot, kPciClass) >> 24 == kPciDisplay) {
      return (volatile uint32_t*)(uintptr_t)(readPci(slot, kPciBar0) & ~0xfu);
    }
  }
  return 0;
}

static void setVbe(uint16_t index, uint16_t value) {
  out16(kVbeIndex, index);
  out16(kVbeData, value);
}

static void setMode(void) {
  setVbe(kVbeEnable, 0);
  setVbe(kVbeWidth, WIDTH);
  setVbe(kVbeHeight, HEIGHT);
  setVbe(kVbeDepth, 32);
  setVbe(kVbeEnable, kVbeOnWithFramebuffer);
}

/* Segments of our own: the loader's need not stay valid. Interrupt 0x20 is the timer's. */
static uint64_t segments[3] = {0, 0x00cf92000000ffffull, 0x00cf9a000000ffffull};
static uint64_t gates[kTimerVector + 1];

struct __attribute__((packed)) TableAddress {
  uint16_t limit;
  uint32_t base;
};

static void startTimer(void) {
  const struct TableAddress gdt = {sizeof segments - 1, (uint32_t)(uintptr_t)segments};
  const struct TableAddress idt = {sizeof gates - 1, (uint32_t)(uintptr_t)gates};
  const uint32_t handler = (uint32_t)(uintptr_t)onTimer;
  gates[kTimerVector] = (uint64_t)(handler & 0xffff0000u) << 32 | (uint64_t)0x8e00 << 32 |
                        (uint32_t)kCodeSegment << 16 | (handler & 0xffffu);
  __asm__ volatile(
      "lgdt %0\n\tlidt %1\n\tljmp %2, $1f\n1:\tmovw %w3, %%ds\n\tmovw %w3, %%es\n\tmovw %w3, %%ss" ::"m"(gdt),
      "m"(idt), "i"(kCodeSegment), "r"(8));
  /* 8259A: cascade, vectors from 0x20, only the timer is heard. 8254: square wave. */
  out8(0x20, 0x11);
  out8(0x21, kTimerVector);
  out8(0x21, 4);
  out8(0x21, 1);
  out8(0x21, 0xfe);
  out8(0x43, 0x36);
  out8(0x40, (kTimerHz / RATE) & 0xff);
  out8(0x40, (kTimerHz / RATE) >> 8);
}

/* CRC-16/CCITT over the counter and a time of zero, as in surface/stamp.cc. */
static uint16_t checksum(uint32_t counter) {
  uint16_t crc = 0xffff;
  for (int i = 9; i >= 0; --i) {
    crc ^= (uint16_t)((i >= 6 ? counter >> (8 * (i - 6)) & 0xff : 0) << 8);
    for (int bit = 0; bit < 8; ++bit) crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
  }
  return crc;
}

static void drawStamp(volatile uint32_t* pixels, int left, int top, uint32_t counter) {
  const uint16_t crc = checksum(counter);
  for (int y = 0; y < kStampRows * kCell; ++y) {
    for (int column = 0; column < kColumns; ++column) {
      const uint32_t one = y >= kCell     ? 0
                           : column < 32 ? counter >> (31 - column) & 1
                                         : (uint32_t)crc >> (47 - column) & 1;
      volatile uint32_t* to = pixels + (top + y) * WIDTH + left + column * kCell;
      for (int x = 0; x < kCell; ++x) to[x] = one ? 0xffffff : 0;
    }
  }
}

/* Diagonal stripes that move and change their colour: every pixel is another one. */
static void paint(volatile uint32_t* pixels, uint32_t counter) {
  for (uint32_t y = 0; y < HEIGHT; ++y) {
    uint32_t colour = (y + counter * 4) * 0x010203u + counter * 0x050301u;
    for (uint32_t x = 0; x < WIDTH; ++x, colour += 0x000401u) pixels[y * WIDTH + x] = colour & 0xffffffu;
  }
}

void paintForever(void) {
  volatile uint32_t* pixels = findFramebuffer();
  if (!pixels) return;
  setMode();
  startTimer();
  for (uint32_t counter = 1;; ++counter) {
    __asm__ volatile("sti\n\thlt\n\tcli");
    paint(pixels, counter);
    drawStamp(pixels, 0, 0, counter);
    drawStamp(pixels, WIDTH - kColumns * kCell, HEIGHT - kStampRows * kCell, counter);
  }
}
