# SPDX-License-Identifier: Apache-2.0
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set_property(GLOBAL PROPERTY USE_FOLDERS ON)

option(LUCARNE_WERROR "Warnings are errors" OFF)
option(LUCARNE_HARDEN "Compiler hardening flags" OFF)
option(LUCARNE_LIBFUZZER "Build the fuzzers with libFuzzer (clang)" OFF)
set(LUCARNE_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

include(GNUInstallDirs)
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(LUCARNE_CCACHE ccache)
if(LUCARNE_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${LUCARNE_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${LUCARNE_CCACHE})
endif()

add_compile_definitions(_GNU_SOURCE)
add_compile_options(-Wall -Wextra -Wshadow $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
                    $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual> -Wvla
                    -Wno-missing-field-initializers)
if(LUCARNE_WERROR)
  add_compile_options(-Werror)
endif()
if(LUCARNE_SANITIZE)
  add_compile_options(-fsanitize=${LUCARNE_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${LUCARNE_SANITIZE})
endif()
if(LUCARNE_LIBFUZZER)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(LUCARNE_HARDEN)
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -D_GLIBCXX_ASSERTIONS
                      -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  add_link_options(-Wl,-z,relro,-z,now -Wl,--as-needed)
endif()
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
