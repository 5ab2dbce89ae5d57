// SPDX-License-Identifier: Apache-2.0
// Ownership of a handle from a C library: CHandle<libevdev, libevdev_free>.
#pragma once

#include <memory>

namespace lucarne::base {

template <auto destroy>
struct CDeleter {
  template <typename T>
  void operator()(T* handle) const {
    destroy(handle);
  }
};

/// A unique_ptr that frees with the C library's own function.
template <typename T, auto destroy>
using CHandle = std::unique_ptr<T, CDeleter<destroy>>;

}  // namespace lucarne::base
