// SPDX-License-Identifier: Apache-2.0
// The real Domains: libxenvchan and libxenstore, loaded at the first use, so that a program that
// uses no vchan neither needs them installed nor pays for them. XenStore is asked without waiting
// for events: a question and its answer take tens of microseconds.
#include <dlfcn.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>
extern "C" {
#include <libxenvchan.h>
#include <xenstore.h>
}

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/c_handle.h"
#include "link/transports/vchan/vchan.h"

namespace lucarne::link {

namespace {

// Of the headers that this was built with: the layout of struct libxenvchan is part of it.
constexpr const char* kSoname = LUCARNE_XENVCHAN_SONAME;
constexpr const char* kEvents = "/dev/xen/evtchn";
constexpr const char* kGranting = "/dev/xen/gntalloc";
constexpr const char* kMapping = "/dev/xen/gntdev";

void freeText(void* text) { std::free(text); }
using Text = base::CHandle<char, freeText>;

// The functions by their own names; libxenstore comes with libxenvchan, which needs it.
struct Library {
  decltype(&libxenvchan_server_init) serverInit = nullptr;
  decltype(&libxenvchan_client_init) clientInit = nullptr;
  decltype(&libxenvchan_close) close = nullptr;
  decltype(&libxenvchan_read) read = nullptr;
  decltype(&libxenvchan_write) write = nullptr;
  decltype(&libxenvchan_wait) wait = nullptr;
  decltype(&libxenvchan_fd_for_select) eventFd = nullptr;
  decltype(&libxenvchan_is_open) isOpen = nullptr;
  decltype(&xs_open) storeOpen = nullptr;
  decltype(&xs_close) storeClose = nullptr;
  decltype(&xs_read) storeRead = nullptr;
  decltype(&xs_directory) storeDirectory = nullptr;
  decltype(&xs_is_domain_introduced) storeIsIntroduced = nullptr;

  static std::shared_ptr<const Library> load();
};

template <typename Function>
void resolve(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (!function) throw base::SetupError(fmt::format("{} has no {}", kSoname, name));
}

std::shared_ptr<const Library> Library::load() {
  void* library = ::dlopen(kSoname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library) {
    throw base::SetupError(fmt::format(
        "vchan needs {}: {}; install libxenmisc (Debian) or xen-libs (Alpine) of the Xen that this "
        "was built with",
        kSoname, ::dlerror()));
  }
  auto loaded = std::make_shared<Library>();
  Library& l = *loaded;
  resolve(library, "libxenvchan_server_init", l.serverInit);
  resolve(library, "libxenvchan_client_init", l.clientInit);
  resolve(library, "libxenvchan_close", l.close);
  resolve(library, "libxenvchan_read", l.read);
  resolve(library, "libxenvchan_write", l.write);
  resolve(library, "libxenvchan_wait", l.wait);
  resolve(library, "libxenvchan_fd_for_select", l.eventFd);
  resolve(library, "libxenvchan_is_open", l.isOpen);
  resolve(library, "xs_open", l.storeOpen);
  resolve(library, "xs_close", l.storeClose);
  resolve(library, "xs_read", l.storeRead);
  resolve(library, "xs_directory", l.storeDirectory);
  resolve(library, "xs_is_domain_introduced", l.storeIsIntroduced);
  return loaded;
}

// A whole number of a domain.
std::optional<unsigned> parseDomain(std::string_view text) {
  unsigned number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size() || number >= DOMID_FIRST_RESERVED) {
    return std::nullopt;
  }
  return number;
}

// A connection to XenStore for a question or two: the daemon may be restarted in between.
class Store {
 public:
  explicit Store(const Library& library) : library_(library), handle_(library.storeOpen(0)) {}
  ~Store() {
    if (handle_) library_.storeClose(handle_);
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  std::optional<std::string> read(const std::string& path) const {
    unsigned length = 0;
    const Text text(
        handle_ ? static_cast<char*>(library_.storeRead(handle_, XBT_NULL, path.c_str(), &length))
                : nullptr);
    if (!text) return std::nullopt;
    return std::string(text.get(), length);
  }
  std::optional<unsigned> ownDomain() const {
    const auto text = read("domid");
    return text ? parseDomain(*text) : std::nullopt;
  }
  bool isIntroduced(unsigned domain) const {
    return handle_ && library_.storeIsIntroduced(handle_, domain);
  }
  // Of two domains of that name, as during a restart, the later one.
  std::optional<unsigned> named(const std::string& name) const {
    unsigned count = 0;
    const base::CHandle<char*, freeText> all(
        handle_ ? library_.storeDirectory(handle_, XBT_NULL, "/local/domain", &count) : nullptr);
    std::optional<unsigned> found;
    for (unsigned i = 0; all && i < count; ++i) {
      const auto domain = parseDomain(all.get()[i]);
      if (!domain || (found && *domain < *found)) continue;
      if (read(fmt::format("/local/domain/{}/name", *domain)) == name) found = domain;
    }
    return found;
  }

 private:
  const Library& library_;
  xs_handle* const handle_;
};

class XenVchan final : public Vchan {
 public:
  XenVchan(std::shared_ptr<const Library> library, libxenvchan* control)
      : library_(std::move(library)), control_(control) {
    control_->blocking = 0;
  }
  ~XenVchan() override { library_->close(control_); }

  int eventFd() const override { return library_->eventFd(control_); }

  void clearEvent() override {
    pollfd ready{eventFd(), POLLIN, 0};
    if (::poll(&ready, 1, 0) > 0) library_->wait(control_);  // would block without an event
  }

  State state() override {
    switch (library_->isOpen(control_)) {
      case 2:
        return State::Waiting;
      case 1:
        return State::Open;
      default:
        return State::Closed;
    }
  }

  std::size_t read(std::span<std::uint8_t> room) override {
    const int got = library_->read(control_, room.data(), room.size());
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }

  std::size_t write(base::Bytes bytes) override {
    const int taken = library_->write(control_, bytes.data(), bytes.size());
    return taken > 0 ? static_cast<std::size_t>(taken) : 0;
  }

 private:
  const std::shared_ptr<const Library> library_;  // every open vchan's, and XenDomains'
  libxenvchan* const control_;
};

class XenDomains final : public Domains {
 public:
  void prepare(Side side) override {
    load();
    for (const char* device : {kEvents, side == Side::Serve ? kGranting : kMapping}) {
      if (::access(device, R_OK | W_OK) == 0) continue;
      throw base::SetupError(fmt::format(
          "vchan: {}: {}; {}", device, std::strerror(errno),
          errno == EACCES ? "run as root, or give this user the device"
                          : "in a Xen domain, modprobe xen-evtchn xen-gntalloc xen-gntdev"));
    }
  }

  std::optional<unsigned> find(const std::string& domain) override {
    load();
    const Store store(*library_);
    const auto number = parseDomain(domain);
    if (!number) return store.named(domain);
    // Only Domain 0 may ask for others.
    if (store.ownDomain() == 0u && !store.isIntroduced(*number)) return std::nullopt;
    return number;
  }

  base::Result<std::unique_ptr<Vchan>> serve(unsigned domain, const std::string& name,
                                             std::size_t ringBytes) override {
    load();
    const auto own = Store(*library_).ownDomain();
    if (!own) return base::unexpected("XenStore does not answer");
    libxenvchan* control = library_->serverInit(
        nullptr, static_cast<int>(domain), path(*own, domain, name).c_str(), ringBytes, ringBytes);
    if (!control) return base::unexpected(fmt::format("no rings: {}", std::strerror(errno)));
    return {std::make_unique<XenVchan>(library_, control)};
  }

  base::Result<std::unique_ptr<Vchan>> connect(unsigned domain, const std::string& name) override {
    load();
    const Store store(*library_);
    const auto own = store.ownDomain();
    if (!own) return base::unexpected("XenStore does not answer");
    const std::string place = path(domain, *own, name);
    // The library would say so on standard error, again and again.
    if (!store.read(place + "/event-channel")) return base::unexpected("nobody serves it yet");
    libxenvchan* control = library_->clientInit(nullptr, static_cast<int>(domain), place.c_str());
    if (!control) {
      return base::unexpected(fmt::format("cannot map its rings: {}", std::strerror(errno)));
    }
    auto vchan = std::make_unique<XenVchan>(library_, control);
    // Rings that a client wrote into before: dropping them tells the server to make them anew.
    if (control->write.shr->prod != 0) return base::unexpected("its rings are not new");
    if (vchan->state() != Vchan::State::Open) return base::unexpected("whoever served it has gone");
    return {std::move(vchan)};
  }

 private:
  void load() {
    if (!library_) library_ = Library::load();
  }

  static std::string path(unsigned server, unsigned client, const std::string& name) {
    return fmt::format("/local/domain/{}/data/vchan/{}/{}", server, client, name);
  }

  std::shared_ptr<const Library> library_;
};

}  // namespace

std::unique_ptr<Domains> xenDomains() { return std::make_unique<XenDomains>(); }

}  // namespace lucarne::link
