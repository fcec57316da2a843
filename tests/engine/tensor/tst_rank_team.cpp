// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/rank_team.h"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <stdexcept>
#include <vector>

using kinora::tensor::Rank;
using kinora::tensor::RankTeam;

TEST_CASE("an exchange turns parts of one axis into parts of another, and back") {
  const c10::InferenceMode inference;
  const at::Tensor whole = at::arange(6 * 12 * 5, at::kFloat).view({6, 12, 5});
  for (const int size : {1, 2, 3}) {
    std::vector<at::Tensor> columns(static_cast<std::size_t>(size)), rows(static_cast<std::size_t>(size));
    RankTeam(size).run([&](const Rank& rank) {
      const auto index = static_cast<std::size_t>(rank.index());
      const at::Tensor own = whole.chunk(rank.size(), 0)[index];
      columns[index] = rank.exchange(own, 1, 0);
      rows[index] = rank.exchange(columns[index], 0, 1);
    });
    CAPTURE(size);
    for (int i = 0; i < size; ++i) {
      const auto index = static_cast<std::size_t>(i);
      CHECK(at::equal(columns[index], whole.chunk(size, 1)[index]));
      CHECK(at::equal(rows[index], whole.chunk(size, 0)[index]));
    }
  }
}

TEST_CASE("gather and agree give every member the same") {
  const c10::InferenceMode inference;
  std::vector<at::Tensor> gathered(4);
  std::vector<int> words(4);
  RankTeam(4).run([&](const Rank& rank) {
    const auto index = static_cast<std::size_t>(rank.index());
    for (int round = 0; round < 50; ++round) {
      gathered[index] = rank.gather(at::full({2, 1}, rank.index() + round), 1);
      if (rank.agree(rank.index() == 0 && round % 3 == 0) == (round % 3 == 0)) ++words[index];
    }
  });
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(at::equal(gathered[i], at::arange(49, 53).to(gathered[i].scalar_type()).expand({2, 4})));
    CHECK(words[i] == 50);
  }
}

TEST_CASE("what one member throws ends the others, wherever they wait, and is thrown") {
  const c10::InferenceMode inference;
  for (const int thrower : {0, 2}) {
    CAPTURE(thrower);
    const auto body = [&](const Rank& rank) {
      rank.gather(at::zeros({1}), 0);
      if (rank.index() == thrower) throw std::runtime_error("no more");
      rank.gather(at::zeros({1}), 0);
    };
    CHECK_THROWS_WITH_AS(RankTeam(3).run(body), "no more", std::runtime_error);
  }
}

TEST_CASE("members are in the caller's inference mode and share its threads") {
  const c10::InferenceMode inference;
  const int before = at::get_num_threads();
  at::set_num_threads(4);
  std::vector<int> threads(2), modes(2);
  RankTeam(2).run([&](const Rank& rank) {
    threads[static_cast<std::size_t>(rank.index())] = at::get_num_threads();
    modes[static_cast<std::size_t>(rank.index())] = c10::InferenceMode::is_enabled() ? 1 : 0;
  });
  CHECK(threads == std::vector<int>{2, 2});
  CHECK(modes == std::vector<int>{1, 1});
  CHECK(at::get_num_threads() == 4);
  at::set_num_threads(before);
}
