// SPDX-License-Identifier: Apache-2.0
// Lets Xen's own XenStore daemons (Debian's 4.17, C and OCaml) run in a plain process: preloaded, it
// answers for the hypervisor. What would be shared memory and interrupts are files and datagrams in
// $XENSTORED_RUNDIR, made by fake_domain:
//
//   domN       the ring page of domain N, 4096 bytes; the domain exists as long as the file does
//   domN.gone  when there, domain N has shut down
//   domN.event datagram socket of the fake domain
//   event      datagram socket of the daemon; a datagram is one 4-byte port: kVirqPort means "look at
//              the domains again", kDomainPort + N that domain N moved its ring
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <xenctrl.h>

enum { kVirqPort = 1, kDomainPort = 100, kPageBytes = 4096, kDomains = 32 };

static int eventFd = -1;
static char token;  // libraries' handles need only be something

static const char *runFile(char *buffer, size_t size, const char *format, unsigned domain) {
  const char *folder = getenv("XENSTORED_RUNDIR");
  int length = snprintf(buffer, size, "%s/", folder ? folder : "/var/run/xenstored");
  snprintf(buffer + length, size - (size_t)length, format, domain);
  return buffer;
}

static bool exists(const char *format, unsigned domain) {
  char path[300];
  return access(runFile(path, sizeof path, format, domain), F_OK) == 0;
}

// ---- which domains there are ------------------------------------------------------------------

static bool domainThere(unsigned domain) { return domain == 0 || exists("dom%u", domain); }
static bool domainGone(unsigned domain) { return domain != 0 && exists("dom%u.gone", domain); }

xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *dom, unsigned flags) {
  (void)logger, (void)dom, (void)flags;
  return (xc_interface *)&token;
}
int xc_interface_close(xc_interface *xch) { return (void)xch, 0; }

int xc_domain_getinfo(xc_interface *xch, uint32_t first, unsigned max, xc_dominfo_t *out) {
  unsigned found = 0;
  (void)xch;
  for (uint32_t domain = first; domain < kDomains && found < max; ++domain) {
    if (!domainThere(domain)) continue;
    memset(&out[found], 0, sizeof *out);
    out[found].domid = domain;
    out[found].shutdown = domainGone(domain);
    out[found].running = !out[found].shutdown;
    ++found;
  }
  return (int)found;
}

int xc_domain_getinfolist(xc_interface *xch, uint32_t first, unsigned max, xc_domaininfo_t *out) {
  unsigned found = 0;
  (void)xch;
  for (uint32_t domain = first; domain < kDomains && found < max; ++domain) {
    if (!domainThere(domain)) continue;
    memset(&out[found], 0, sizeof *out);
    out[found].domain = domain;
    out[found].flags = domainGone(domain) ? XEN_DOMINF_shutdown : XEN_DOMINF_running;
    ++found;
  }
  return (int)found;
}

// ---- ring pages --------------------------------------------------------------------------------

static void *mapPage(uint32_t domain) {
  char path[300];
  int fd = open(runFile(path, sizeof path, "dom%u", domain), O_RDWR | O_CLOEXEC);
  if (fd < 0) return NULL;
  void *page = mmap(NULL, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return page == MAP_FAILED ? NULL : page;
}

void *xc_map_foreign_range(xc_interface *xch, uint32_t domain, int size, int prot,
                           unsigned long frame) {
  (void)xch, (void)size, (void)prot, (void)frame;
  return mapPage(domain);
}
void *xengnttab_open(void *logger, unsigned flags) { return (void)logger, (void)flags, &token; }
int xengnttab_close(void *handle) { return (void)handle, 0; }
int xengnttab_set_max_grants(void *handle, uint32_t count) { return (void)handle, (void)count, 0; }
void *xengnttab_map_grant_ref(void *handle, uint32_t domain, uint32_t reference, int prot) {
  (void)handle, (void)reference, (void)prot;
  return mapPage(domain);
}
int xengnttab_unmap(void *handle, void *page, uint32_t count) {
  (void)handle, (void)count;
  return munmap(page, kPageBytes);
}

// ---- event channels ----------------------------------------------------------------------------

void *xenevtchn_open(void *logger, unsigned flags) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  (void)logger, (void)flags;
  runFile(address.sun_path, sizeof address.sun_path, "event", 0);
  unlink(address.sun_path);
  eventFd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (eventFd < 0 || bind(eventFd, (struct sockaddr *)&address, sizeof address) != 0) return NULL;
  return &token;
}
void *xenevtchn_fdopen(void *logger, int fd, unsigned flags) {
  (void)logger, (void)flags;
  eventFd = fd;
  return &token;
}
int xenevtchn_close(void *handle) { return (void)handle, close(eventFd); }
int xenevtchn_fd(void *handle) { return (void)handle, eventFd; }
int xenevtchn_bind_virq(void *handle, unsigned virq) { return (void)handle, (void)virq, kVirqPort; }
int xenevtchn_bind_interdomain(void *handle, uint32_t domain, uint32_t port) {
  (void)handle, (void)port;
  return kDomainPort + (int)domain;
}
int xenevtchn_unbind(void *handle, uint32_t port) { return (void)handle, (void)port, 0; }
int xenevtchn_unmask(void *handle, uint32_t port) { return (void)handle, (void)port, 0; }
int xenevtchn_pending(void *handle) {
  uint32_t port = 0;
  (void)handle;
  return recv(eventFd, &port, sizeof port, 0) == (ssize_t)sizeof port ? (int)port : -1;
}
int xenevtchn_notify(void *handle, uint32_t port) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  (void)handle;
  if (port < kDomainPort) return 0;
  runFile(address.sun_path, sizeof address.sun_path, "dom%u.event", port - kDomainPort);
  sendto(eventFd, &port, sizeof port, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address,
         sizeof address);
  return 0;
}

// ---- files -------------------------------------------------------------------------------------
// The OCaml daemon has /var/run/xenstored compiled in; /proc/xen is not there. xsd_kva is where the
// kernel would hand over dom0's ring page, xsd_port its event channel.

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static const char *moved(const char *path, char *buffer, size_t size) {
  static const char kFixed[] = "/var/run/xenstored";
  const char *folder = getenv("XENSTORED_RUNDIR");
  if (!path || !folder || strncmp(path, kFixed, sizeof kFixed - 1) != 0) return path;
  snprintf(buffer, size, "%s%s", folder, path + sizeof kFixed - 1);
  return buffer;
}

static int openMoved(const char *path, int flags, mode_t mode) {
  char buffer[300];
  if (strcmp(path, "/proc/xen/xsd_port") == 0) {
    int fd = memfd_create("xsd_port", 0);
    return write(fd, "100", 3) == 3 && lseek(fd, 0, SEEK_SET) == 0 ? fd : -1;
  }
  if (strcmp(path, "/proc/xen/xsd_kva") == 0) {
    int fd = memfd_create("xsd_kva", 0);
    return ftruncate(fd, kPageBytes) == 0 ? fd : -1;
  }
  int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
  return real(moved(path, buffer, sizeof buffer), flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return openMoved(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return openMoved(path, flags, mode);
}
int unlink(const char *path) {
  char buffer[300];
  return REAL(unlink)(moved(path, buffer, sizeof buffer));
}
int mkdir(const char *path, mode_t mode) {
  char buffer[300];
  return REAL(mkdir)(moved(path, buffer, sizeof buffer), mode);
}
int chmod(const char *path, mode_t mode) {
  char buffer[300];
  return REAL(chmod)(moved(path, buffer, sizeof buffer), mode);
}
int rename(const char *from, const char *to) {
  char first[300], second[300];
  return REAL(rename)(moved(from, first, sizeof first), moved(to, second, sizeof second));
}
int bind(int fd, const struct sockaddr *address, socklen_t length) {
  char buffer[300];
  const struct sockaddr_un *name = (const struct sockaddr_un *)address;
  if (address->sa_family == AF_UNIX && length > sizeof(sa_family_t)) {
    const char *path = moved(name->sun_path, buffer, sizeof buffer);
    if (path != name->sun_path) {
      struct sockaddr_un other = {.sun_family = AF_UNIX};
      snprintf(other.sun_path, sizeof other.sun_path, "%s", path);
      return REAL(bind)(fd, (const struct sockaddr *)&other, sizeof other);
    }
  }
  return REAL(bind)(fd, address, length);
}

// The daemons raise their limits and end where that is forbidden, as it is in containers.
int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit) {
  return (void)resource, (void)limit, 0;
}
int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limit) {
  return (void)resource, (void)limit, 0;
}
