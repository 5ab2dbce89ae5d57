// SPDX-License-Identifier: Apache-2.0
// Preloaded before libumockdev-preload: what libinput asks beyond what umockdev 0.17 mocks.
//
// - libinput ignores devices that udev has not initialised; there is no udev database in the mock.
// - libinput compares an open node's st_rdev with udev's number. umockdev answers stat(), not
//   fstat(); the open node is a pty, whose mocked number is kept in the test bed as the text of a
//   link, dev/.ptymap/_dev_pts_N -> "13:66".
// - libevdev gives a device up that reports half an event, as no kernel device does; a pty hands over
//   whatever has come through.
// - For every read() and write() umockdev blocks signals and asks the process that mocks the devices,
//   several system calls and a change of process each, of any descriptor. Nobody here answers such a
//   question but with "read it yourself", so both go straight to the kernel: else most of what is
//   measured of a program would be umockdev's.
#include <asm/termbits.h>
#include <asm/ioctls.h>
#include <linux/input.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int udev_device_get_is_initialized(void *device) { return (void)device, 1; }

// umockdev replaces readlink(); this must be the real one.
static int linkText(const char *path, char *text, size_t size) {
  long length = syscall(SYS_readlinkat, -100 /* AT_FDCWD */, path, text, size - 1);
  if (length < 0) return 0;
  text[length] = '\0';
  return 1;
}

int fstat(int fd, struct stat *status) {
  const char *bed = getenv("UMOCKDEV_DIR");
  int result = (int)syscall(SYS_fstat, fd, status);
  if (result != 0 || !bed || !S_ISCHR(status->st_mode)) return result;
  char path[600], node[100], number[64];
  unsigned major, minor;
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  if (!linkText(path, node, sizeof node) || strncmp(node, "/dev/pts/", 9) != 0) return result;
  for (char *c = node; *c; ++c) {
    if (*c == '/') *c = '_';
  }
  snprintf(path, sizeof path, "%s/dev/.ptymap/%s", bed, node);
  if (linkText(path, number, sizeof number) && sscanf(number, "%u:%u", &major, &minor) == 2) {
    status->st_rdev = makedev(major, minor);
  }
  return result;
}

ssize_t read(int fd, void *buffer, size_t size) {
  const size_t kEvent = sizeof(struct input_event);
  ssize_t got = syscall(SYS_read, fd, buffer, size);
  if (got <= 0 || size % kEvent != 0 || (size_t)got % kEvent == 0) return got;
  struct termios line;
  if (syscall(SYS_ioctl, fd, TCGETS, &line) != 0) return got;
  while ((size_t)got % kEvent != 0) {
    long more = syscall(SYS_read, fd, (char *)buffer + got, kEvent - (size_t)got % kEvent);
    if (more > 0) got += more;
  }
  return got;
}

ssize_t write(int fd, const void *buffer, size_t size) {
  return syscall(SYS_write, fd, buffer, size);
}

int fstat64(int fd, struct stat64 *status) { return fstat(fd, (struct stat *)status); }
