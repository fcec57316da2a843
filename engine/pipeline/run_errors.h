// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/result.h"

namespace kinora::pipeline {

/// Makes an error of the exception that is being handled; call it in a catch block only. tensor::Stopped is Cancelled,
/// what allocators throw is OutOfMemory, RunFailed its own error, the rest Internal.
core::Error currentError();

}  // namespace kinora::pipeline
