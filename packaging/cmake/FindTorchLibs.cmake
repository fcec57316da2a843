# SPDX-License-Identifier: GPL-3.0-or-later
# kinora::torch from an unpacked wheel or an installed Python torch (KINORA_TORCH_DIR). Only torch_cpu and c10 are linked:
# torch_cuda is opened at run time where it is present, so that one binary serves machines with and without a GPU.

if(NOT EXISTS "${KINORA_TORCH_DIR}/include/ATen/ATen.h")
  message(FATAL_ERROR "No libtorch in ${KINORA_TORCH_DIR}. Run `make setup`, or give -DKINORA_TORCH_DIR=<site-packages>/torch.")
endif()
add_library(kinora_torch INTERFACE)
add_library(kinora::torch ALIAS kinora_torch)
target_include_directories(kinora_torch SYSTEM INTERFACE "${KINORA_TORCH_DIR}/include")
# Without this link option the linker also wants libcudart and libcupti, which torch's own RPATH finds at run time.
target_link_options(kinora_torch INTERFACE "LINKER:--allow-shlib-undefined")
target_link_libraries(kinora_torch INTERFACE "${KINORA_TORCH_DIR}/lib/libtorch_cpu.so" "${KINORA_TORCH_DIR}/lib/libc10.so")
