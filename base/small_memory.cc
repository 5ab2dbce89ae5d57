// SPDX-License-Identifier: Apache-2.0
#include "base/small_memory.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace lucarne::base {

namespace {

#ifdef __GLIBC__
constexpr int kLargeBlock = 128 * 1024;  // bytes
#endif

// Segments that are never written to are what they are in the file (nothing here is built with
// relocations in its code); what the loader relocates and then protects lies in writable ones.
int returnSegments(dl_phdr_info* object, std::size_t, void*) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) / page * page;
    const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_filesz;
    // Where the kernel refuses (its own vDSO) nothing is lost.
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void returnLargeBlocks() {
#ifdef __GLIBC__
  ::mallopt(M_MMAP_THRESHOLD, kLargeBlock);
#endif
}

void returnSetUp() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
  ::dl_iterate_phdr(returnSegments, nullptr);
}

}  // namespace lucarne::base
