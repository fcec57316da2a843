// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/run_errors.h"

#include "engine/pipeline/run_context.h"
#include "engine/tensor/pch.h"
#include "engine/tensor/stop_check.h"

namespace kinora::pipeline {

core::Error currentError() {
  try {
    throw;
  } catch (const RunFailed& failed) {
    return failed.error;
  } catch (const tensor::Stopped&) {
    return {core::ErrorCode::Cancelled, "cancelled", {}};
  } catch (const std::bad_alloc&) {
    return {core::ErrorCode::OutOfMemory, "not enough memory; try a smaller size or fewer frames", {}};
  } catch (const c10::OutOfMemoryError& e) {
    return {core::ErrorCode::OutOfMemory, "not enough memory; try a smaller size or fewer frames",
            e.what_without_backtrace()};
  } catch (const c10::Error& e) {
    const std::string what = e.what_without_backtrace();
    // torch's CPU allocator throws a plain Error.
    const bool memory =
        what.find("not enough memory") != std::string::npos || what.find("can't allocate memory") != std::string::npos;
    return {memory ? core::ErrorCode::OutOfMemory : core::ErrorCode::Internal, what, "inference"};
  } catch (const std::exception& e) {
    return {core::ErrorCode::Internal, e.what(), "inference"};
  }
}

}  // namespace kinora::pipeline
