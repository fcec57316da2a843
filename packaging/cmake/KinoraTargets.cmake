# SPDX-License-Identifier: GPL-3.0-or-later
# Settings every target shares, and the three ways to declare one: kinora_library, kinora_program, kinora_test.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/archive")

find_program(KINORA_CCACHE ccache)
if(KINORA_CCACHE)
  # A precompiled header is cached only with these sloppiness flags (ccache manual, "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${KINORA_CCACHE}")
endif()

find_package(Threads REQUIRED)

add_library(kinora_settings INTERFACE)
target_include_directories(kinora_settings INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(kinora_settings INTERFACE -Wall -Wextra -Wshadow -fpch-preprocess)
target_compile_definitions(kinora_settings INTERFACE "KINORA_VERSION=\"${PROJECT_VERSION}\"")
target_link_libraries(kinora_settings INTERFACE Threads::Threads)
if(KINORA_WERROR)
  target_compile_options(kinora_settings INTERFACE -Werror)
endif()
if(KINORA_SANITIZE)
  target_compile_options(kinora_settings INTERFACE "-fsanitize=${KINORA_SANITIZE}" -fno-omit-frame-pointer)
  target_link_options(kinora_settings INTERFACE "-fsanitize=${KINORA_SANITIZE}")
endif()

# kinora_library(name SOURCES a.cpp … [PUBLIC libs…] [PRIVATE libs…]): one static library a folder.
function(kinora_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC kinora_settings ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# kinora_aten(target): the one precompiled ATen header, shared by all targets that include ATen.
# GCC takes a precompiled header only under the flags it was made with: programs must be compiled -fPIC like the libraries,
# not -fPIE.
function(kinora_aten name)
  target_link_libraries(${name} PUBLIC kinora::torch)
  get_target_property(type ${name} TYPE)
  if(type STREQUAL "EXECUTABLE")
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${name} PRIVATE -fPIC)
  endif()
  if(NOT name STREQUAL "kinora_tensor")
    target_precompile_headers(${name} REUSE_FROM kinora_tensor)
  endif()
endfunction()

# kinora_test(engine/tensor/tst_safetensors LABELS unit LIBS kinora_tensor [ATEN]): one program and one ctest case a file.
# Engine tests use doctest, so that they build where there is no Qt; ui and app tests use Qt Test (name starts with ui/, app/ or cli/).
function(kinora_test path)
  cmake_parse_arguments(ARG "ATEN" "TIMEOUT" "LABELS;LIBS;SOURCES" ${ARGN})
  string(REPLACE "/" "_" name "${path}")
  add_executable(${name} "${CMAKE_SOURCE_DIR}/tests/${path}.cpp" ${ARG_SOURCES})
  # Qt's project setup turns moc on for every later target; engine tests have nothing for it to read.
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests" AUTOMOC OFF AUTOUIC OFF AUTORCC OFF)
  target_link_libraries(${name} PRIVATE kinora_settings ${ARG_LIBS})
  target_compile_definitions(${name} PRIVATE "KINORA_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\"" "KINORA_BINARY_DIR=\"${CMAKE_BINARY_DIR}\"")
  if(ARG_ATEN)
    kinora_aten(${name})
  endif()
  if(path MATCHES "^(ui|app|cli)/")
    find_package(Qt6 REQUIRED COMPONENTS Test)
    set_target_properties(${name} PROPERTIES AUTOMOC ON)
    target_link_libraries(${name} PRIVATE Qt6::Test)
    target_compile_definitions(${name} PRIVATE QT_NO_KEYWORDS)
  endif()
  string(REGEX REPLACE "/tst_" "/" case "${path}")
  add_test(NAME "${case}" COMMAND ${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties("${case}" PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "QT_QPA_PLATFORM=offscreen;OMP_NUM_THREADS=2")
endfunction()
