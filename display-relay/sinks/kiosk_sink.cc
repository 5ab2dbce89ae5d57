// SPDX-License-Identifier: Apache-2.0
// kiosk: hands the picture to the kiosk on this machine.
#include "display-relay/endpoint.h"
#include "surface/kiosk_socket.h"
#include "surface/surface_client.h"

namespace lucarne::relay {

namespace {

class KioskSink final : public Sink {
 public:
  KioskSink(surface::Screen& screen, std::string path, std::string name,
            const base::Context& context)
      : client_(screen, std::move(path), std::move(name), context) {}

  void start() override { client_.start(); }

 private:
  surface::SurfaceClient client_;
};

std::unique_ptr<Sink> createKioskSink(const Endpoint& endpoint, const RelayOptions& options,
                                      surface::Screen& screen, const base::Context& context) {
  std::string path = endpoint.rest.empty() ? surface::kioskSocketPath() : endpoint.rest;
  return std::make_unique<KioskSink>(screen, std::move(path), options.name, context);
}

}  // namespace

extern const SinkRow kKioskSink = {
    "kiosk", "kiosk:[PATH]", "the kiosk's socket, the one in LUCARNE_RUNTIME_DIR when alone",
    createKioskSink};

}  // namespace lucarne::relay
