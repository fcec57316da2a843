// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/token_share.h"

#include <vector>

#include "engine/tensor/ops.h"

namespace kinora::wan {
namespace {

/// Zeros behind x along dim, up to length.
at::Tensor filledUp(const at::Tensor& x, std::int64_t dim, std::int64_t length) {
  const std::int64_t missing = length - x.size(dim);
  if (missing <= 0) return x;
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape[static_cast<std::size_t>(dim)] = missing;
  return at::cat({x, at::zeros(shape, x.options())}, dim);
}

}  // namespace

at::Tensor TokenShare::own(const at::Tensor& all, std::int64_t dim) const {
  if (!rank) return all;
  return filledUp(all, dim, count() * rank->size()).narrow(dim, rank->index() * count(), count());
}

at::Tensor TokenShare::whole(const at::Tensor& part, std::int64_t dim) const {
  return rank ? rank->gather(part, dim).narrow(dim, 0, total) : part;
}

at::Tensor TokenShare::attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                 const tensor::StopCheck& stop) const {
  if (!rank) return tensor::attention(q, k, v, stop);
  // [3,B,H,count,D] -> [3,B,H/ranks,total,D]
  const at::Tensor all = rank->exchange(at::stack({q, k, v}), 2, 3).narrow(3, 0, total);
  const at::Tensor found = tensor::attention(all[0], all[1], all[2], stop);
  return rank->exchange(filledUp(found, 2, count() * rank->size()), 2, 1);
}

}  // namespace kinora::wan
