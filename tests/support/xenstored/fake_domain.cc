// SPDX-License-Identifier: Apache-2.0
// fake_domain N: an unprivileged domain, as far as a real xenstored with hypervisor_shim can tell.
//
// Makes the ring page, the home that libxl would make, introduces the domain and serves its ring as
// the unix socket $XENSTORED_RUNDIR/domN.socket. A ring has one user: one client at a time; when it
// leaves, its watches and transactions are reset.
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

extern "C" {
#include <xen/io/xs_wire.h>
#include <xenstore.h>
}

namespace {

constexpr std::uint32_t kDomainPort = 100;  // as hypervisor_shim.c
constexpr std::uint32_t kResetRequest = 0x6c756361;  // libxenstore numbers its requests 0

[[noreturn]] void fail(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

sockaddr_un addressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path.c_str());
  return address;
}

int bindSocket(int type, const std::string& path) {
  const sockaddr_un address = addressOf(path);
  ::unlink(path.c_str());
  const int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail(path);
  return fd;
}

// Follows messages through a stream that is cut anywhere.
class MessageFollower {
 public:
  /// Takes what passes by. True when a whole message with this request's number has ended in it.
  bool follow(const char* bytes, std::size_t size, std::uint32_t request) {
    bool ended = false;
    for (std::size_t i = 0; i < size; ++i) {
      if (known_ < sizeof header_) reinterpret_cast<char*>(&header_)[known_] = bytes[i];
      if (++known_ < sizeof header_ || known_ < sizeof header_ + header_.len) continue;
      ended = ended || header_.req_id == request;
      known_ = 0;
    }
    return ended;
  }
  /// Bytes until the message that has begun is whole.
  std::size_t missing() const {
    if (known_ == 0) return 0;
    if (known_ < sizeof header_) return sizeof header_ - known_;
    return sizeof header_ + header_.len - known_;
  }

 private:
  xsd_sockmsg header_{};
  std::size_t known_ = 0;
};

class FakeDomain {
 public:
  FakeDomain(unsigned domain, const std::string& folder)
      : domain_(domain), daemon_(addressOf(folder + "/event")) {
    const std::string base = folder + "/dom" + std::to_string(domain);
    const int fd = ::open(base.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || ::ftruncate(fd, 4096) != 0) fail(base);
    void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) fail("mmap");
    ring_ = static_cast<volatile xenstore_domain_interface*>(page);
    events_ = bindSocket(SOCK_DGRAM, base + ".event");
    makeHome();
    listener_ = bindSocket(SOCK_STREAM, base + ".socket");
    ::listen(listener_, 8);
  }

  [[noreturn]] void serve() {
    for (;;) {
      const int client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) fail("accept");
      carry(client);
      ::close(client);
      reset();
    }
  }

 private:
  void makeHome() const {
    xs_handle* store = xs_open(0);
    if (!store) fail("xs_open");
    const auto make = [&](const std::string& path, std::vector<xs_permissions> permissions) {
      xs_mkdir(store, XBT_NULL, path.c_str());
      xs_set_permissions(store, XBT_NULL, path.c_str(), permissions.data(),
                         static_cast<unsigned>(permissions.size()));
    };
    const std::string home = "/local/domain/" + std::to_string(domain_);
    make(home, {{0, XS_PERM_NONE}, {domain_, XS_PERM_READ}});
    for (const char* folder : {"/data", "/drivers", "/feature", "/attr", "/error"}) {
      make(home + folder, {{domain_, XS_PERM_NONE}});
    }
    if (!xs_introduce_domain(store, domain_, 1, 1)) fail("xs_introduce_domain");
    xs_close(store);
  }

  void notify() const {
    const std::uint32_t port = kDomainPort + domain_;
    ::sendto(events_, &port, sizeof port, MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&daemon_),
             sizeof daemon_);
  }

  void waitForEvent(int milliseconds) const {
    pollfd p{events_, POLLIN, 0};
    std::uint32_t port;
    if (::poll(&p, 1, milliseconds) > 0) (void)!::recv(events_, &port, sizeof port, 0);
  }

  std::string readRing() {
    std::string out;
    std::uint32_t at = ring_->rsp_cons;
    const std::uint32_t end = ring_->rsp_prod;
    std::atomic_thread_fence(std::memory_order_seq_cst);
    while (at != end) out += ring_->rsp[MASK_XENSTORE_IDX(at++)];
    std::atomic_thread_fence(std::memory_order_seq_cst);
    ring_->rsp_cons = at;
    if (!out.empty()) notify();
    if (replies_.follow(out.data(), out.size(), kResetRequest)) isReset_ = true;
    return out;
  }

  std::size_t writeRing(const char* from, std::size_t size) {
    std::size_t done = 0;
    std::uint32_t at = ring_->req_prod;
    const std::uint32_t taken = ring_->req_cons;
    std::atomic_thread_fence(std::memory_order_seq_cst);
    while (done < size && at - taken < XENSTORE_RING_SIZE) {
      ring_->req[MASK_XENSTORE_IDX(at++)] = from[done++];
    }
    std::atomic_thread_fence(std::memory_order_seq_cst);
    ring_->req_prod = at;
    if (done > 0) notify();
    requests_.follow(from, done, kResetRequest);
    return done;
  }

  bool pass(int client) {
    for (std::string out = readRing(); !out.empty(); out = readRing()) {
      if (::send(client, out.data(), out.size(), MSG_NOSIGNAL) < 0) return false;
    }
    return true;
  }

  void carry(int client) {
    std::vector<char> buffer(8192);
    for (;;) {
      pollfd ready[2] = {{client, POLLIN, 0}, {events_, POLLIN, 0}};
      ::poll(ready, 2, 1000);
      if (ready[1].revents) waitForEvent(0);
      if (!pass(client)) return;
      if (!ready[0].revents) continue;
      const ssize_t got = ::recv(client, buffer.data(), buffer.size(), 0);
      if (got <= 0) return;
      for (std::size_t done = 0; done < static_cast<std::size_t>(got);) {
        const std::size_t put = writeRing(buffer.data() + done, static_cast<std::size_t>(got) - done);
        done += put;
        if (!pass(client)) return;
        if (put == 0) waitForEvent(20);
      }
    }
  }

  void writeWhole(const std::string& bytes) {
    for (std::size_t done = 0; done < bytes.size();) {
      const std::size_t put = writeRing(bytes.data() + done, bytes.size() - done);
      done += put;
      readRing();
      if (put == 0) waitForEvent(20);
    }
  }

  // As a domain does after a restart of its kernel. What is half sent is completed first: the daemon
  // would read the next client's bytes as the rest of it. And nobody is let in before the answer is
  // here, however long a busy daemon takes: libxenstore hangs up (EBADF) on one to another's request.
  void reset() {
    while (requests_.missing() > 0) writeWhole(std::string(requests_.missing(), '\0'));
    const xsd_sockmsg header{XS_RESET_WATCHES, kResetRequest, 0, 1};
    std::string message(sizeof header + 1, '\0');
    std::memcpy(message.data(), &header, sizeof header);
    isReset_ = false;
    writeWhole(message);
    while (!isReset_) {
      waitForEvent(20);
      readRing();
    }
  }

  unsigned domain_;
  sockaddr_un daemon_;
  volatile xenstore_domain_interface* ring_ = nullptr;
  int events_ = -1;
  int listener_ = -1;
  MessageFollower requests_;
  MessageFollower replies_;
  bool isReset_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  const char* folder = std::getenv("XENSTORED_RUNDIR");
  if (argc != 2 || !folder) {
    std::fputs("usage: XENSTORED_RUNDIR=FOLDER fake_domain N\n", stderr);
    return 2;
  }
  FakeDomain(static_cast<unsigned>(std::atoi(argv[1])), folder).serve();
}
