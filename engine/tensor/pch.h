// SPDX-License-Identifier: GPL-3.0-or-later
// The one precompiled header of all targets that use torch (kinora_aten in packaging/cmake).
#pragma once

#include <ATen/ATen.h>
