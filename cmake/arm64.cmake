# SPDX-License-Identifier: Apache-2.0
# Building for arm64 on another machine (docs/building.md):
#   cmake --preset release -B build/arm64 --toolchain cmake/arm64.cmake -D LUCARNE_SYSROOT=/path
# The sysroot is an arm64 Debian 12 with the build packages; g++-aarch64-linux-gnu compiles, and with
# qemu-user-static the tests run.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

set(LUCARNE_SYSROOT "" CACHE PATH "Root of an arm64 Debian with the build packages")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES LUCARNE_SYSROOT)
set(CMAKE_SYSROOT ${LUCARNE_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${LUCARNE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
    ${LUCARNE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${LUCARNE_SYSROOT}/usr/share/pkgconfig)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static -L ${LUCARNE_SYSROOT})
