// SPDX-License-Identifier: Apache-2.0
// Keeps the leak checker of development builds to our own leaks.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace lucarne::kiosk {

/// While one lives, what this thread allocates is not reported as leaked. For calls into SDL that
/// load display and GL drivers, which keep memory for good.
class ForeignLeaks {
 public:
#if defined(__SANITIZE_ADDRESS__)
  ForeignLeaks() { __lsan_disable(); }
  ~ForeignLeaks() { __lsan_enable(); }
#else
  ForeignLeaks() {}
  ~ForeignLeaks() {}
#endif
  ForeignLeaks(const ForeignLeaks&) = delete;
  ForeignLeaks& operator=(const ForeignLeaks&) = delete;
};

}  // namespace lucarne::kiosk
