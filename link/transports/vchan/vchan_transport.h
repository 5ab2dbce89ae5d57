// SPDX-License-Identifier: Apache-2.0
// vchan:DOMAIN/NAME and vchan-listen:DOMAIN/NAME[,ring=BYTES]: between two domains of one Xen,
// where a pv channel's ring of 2 KiB is too little.
//
// DOMAIN is the other domain's number or name; a name is looked up anew for each connection, as a
// domain that restarts gets another number. A side that waits notices that too.
//
// For raw protocols beware: the library knows no handshake, so a client that is replaced within
// milliseconds may meet the rings of the one before; it then refuses them (xen_domains.cc) and
// tries again.
#pragma once

#include <memory>
#include <string_view>

#include "link/transport.h"
#include "link/transports/vchan/vchan.h"

namespace lucarne::link {

/// What the registry's rows make, on Domains of the caller's. Throw UsageError.
std::unique_ptr<Transport> createVchan(std::string_view rest, std::unique_ptr<Domains> domains,
                                       const base::Context& context);
std::unique_ptr<Transport> createVchanListen(std::string_view rest,
                                             std::unique_ptr<Domains> domains,
                                             const base::Context& context);

}  // namespace lucarne::link
