# SPDX-License-Identifier: Apache-2.0
# The vocabulary in which every folder's CMakeLists.txt is written.

# lucarne_library(NAME SOURCES file… [DEPS target…])
# One folder, one library. Sources are relative to the folder; includes are written from the root.
function(lucarne_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(lucarne_${name} STATIC ${ARG_SOURCES})
  add_library(lucarne::${name} ALIAS lucarne_${name})
  target_include_directories(lucarne_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(lucarne_${name} PUBLIC ${ARG_DEPS})
endfunction()

# Every program and no test: what `./lucarne demo` builds.
add_custom_target(programs)

# lucarne_program(NAME SOURCES file… DEPS target…): build/<preset>/bin/NAME, installed to bin/.
function(lucarne_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  add_dependencies(programs ${name})
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# lucarne_late_module(NAME SOURCES file… DEPS target…): build/<preset>/lib/lucarne/NAME.so, which a
# program loads when it is wanted (base/late_module.h). It carries its own copy of DEPS.
function(lucarne_late_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(lucarne_late_${name} MODULE ${ARG_SOURCES})
  target_link_libraries(lucarne_late_${name} PRIVATE ${ARG_DEPS})
  set_target_properties(lucarne_late_${name} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/lucarne)
  install(TARGETS lucarne_late_${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/lucarne)
endfunction()

# lucarne_row(LIBRARY TABLE SYMBOL file… [NEEDS target…] [LATE module…])
# Adds one row to a registry: compiles the files into the library and lists SYMBOL in TABLE. When a
# target in NEEDS or a module in LATE does not exist, the row is left out and configure says so.
function(lucarne_row library table symbol)
  cmake_parse_arguments(ARG "" "" "NEEDS;LATE" ${ARGN})
  foreach(module ${ARG_LATE})
    if(NOT TARGET lucarne_late_${module})
      message(STATUS "lucarne: ${table}: ${symbol} left out (no module ${module})")
      return()
    endif()
    add_dependencies(lucarne_${library} lucarne_late_${module})
  endforeach()
  foreach(need ${ARG_NEEDS})
    if(NOT TARGET ${need})
      message(STATUS "lucarne: ${table}: ${symbol} left out (no ${need})")
      return()
    endif()
  endforeach()
  target_sources(lucarne_${library} PRIVATE ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(lucarne_${library} PUBLIC ${ARG_NEEDS})
  set_property(TARGET lucarne_${library} APPEND PROPERTY LUCARNE_ROWS_${table} ${symbol})
endfunction()

# lucarne_table(LIBRARY TABLE HEADER header TYPE type FUNCTION name NAMESPACE namespace)
# Writes the registry: `std::span<const type* const> name()` over all rows added so far. HEADER
# declares the row type and that function; each row's file defines `extern const type symbol`.
function(lucarne_table library table)
  cmake_parse_arguments(ARG "" "HEADER;TYPE;FUNCTION;NAMESPACE" "" ${ARGN})
  get_target_property(rows lucarne_${library} LUCARNE_ROWS_${table})
  if(NOT rows)
    set(rows "")
  endif()
  list(LENGTH rows count)
  set(externs "")
  set(entries "")
  foreach(row ${rows})
    string(APPEND externs "extern const ${ARG_TYPE} ${row};\n")
    string(APPEND entries "    &${row},\n")
  endforeach()
  set(file ${CMAKE_CURRENT_BINARY_DIR}/${table}_table.cc)
  file(CONFIGURE OUTPUT ${file} CONTENT
"#include \"@ARG_HEADER@\"\n\n#include <array>\n\nnamespace @ARG_NAMESPACE@ {\n\n@externs@
namespace {\nconstexpr std::array<const @ARG_TYPE@*, @count@> kRows = {\n@entries@};\n}  // namespace\n
std::span<const @ARG_TYPE@* const> @ARG_FUNCTION@() { return kRows; }\n
}  // namespace @ARG_NAMESPACE@\n" @ONLY)
  target_sources(lucarne_${library} PRIVATE ${file})
endfunction()

# lucarne_module(TARGET PKGCONFIG-NAME): an imported target for a pkg-config library; silently
# absent where the library is, so that rows which need it are left out.
function(lucarne_module target package)
  pkg_check_modules(${target} QUIET IMPORTED_TARGET GLOBAL ${package})
  if(TARGET PkgConfig::${target} AND NOT TARGET ${target})
    add_library(${target} ALIAS PkgConfig::${target})
  endif()
endfunction()

# lucarne_test(NAME SOURCES file… DEPS target… [TIMEOUT seconds] [LABELS label…])
# A GoogleTest program and one ctest entry. Labels: unit (default), integration, slow, vm, xen.
# Under sanitizers the test's own file is neither optimised nor checked for undefined behaviour: what
# it tests is, and GoogleTest's macros would take three times as long to compile.
function(lucarne_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  if(LUCARNE_SANITIZE MATCHES "undefined")
    target_compile_options(${name} PRIVATE -O0 -fno-sanitize=undefined)
  endif()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()

# lucarne_fuzzer(NAME SOURCES file… DEPS target…)
# tests/fuzz/NAME_fuzz.cc with a seed corpus in tests/fuzz/corpus/NAME/. In the fuzz preset a
# libFuzzer program; everywhere else a program that runs the corpus once, as a test.
function(lucarne_fuzzer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  set(program ${name}_fuzz)
  add_executable(${program} ${ARG_SOURCES})
  target_link_libraries(${program} PRIVATE ${ARG_DEPS})
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  if(LUCARNE_LIBFUZZER)
    target_link_options(${program} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${program} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus_main.cc)
    add_test(NAME corpus.${name}
             COMMAND ${program} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(corpus.${name} PROPERTIES TIMEOUT 120 LABELS "unit;fuzz")
  endif()
endfunction()
