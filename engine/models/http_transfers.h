// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/result.h"

namespace kinora::models {

/// Bytes first…last of a resource, both included.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// What a server said before the body, after all redirects.
struct HttpHead {
  long status = 0;
  std::optional<std::uint64_t> contentLength;
  std::optional<ByteRange> contentRange;      ///< of a 206
  std::optional<std::uint64_t> completeSize;  ///< the resource's size, from Content-Range
  std::string etag;                           ///< empty where the server names none
  std::chrono::seconds retryAfter{0};
};

struct HttpOptions {
  std::string proxy;                    ///< URL; empty: what http_proxy, https_proxy and no_proxy say
  std::chrono::seconds stallAfter{30};  ///< a transfer without any byte for so long has failed
};

/// HTTP(S) GETs side by side on one thread, over libcurl. Only http and https are spoken, and https is never left for
/// http by a redirect. wake() may be called from any thread; everything else from one.
class HttpTransfers {
 public:
  /// Takes body bytes; false ends the transfer (Ended::refused).
  using Sink = std::function<bool(const HttpHead& head, const char* data, std::size_t size)>;
  struct Ended {
    int id = 0;
    HttpHead head;
    bool refused = false;  ///< the sink said false
    std::string failure;   ///< why the transfer did not come to its end; empty: it did, whatever the status says
  };

  explicit HttpTransfers(HttpOptions options);
  ~HttpTransfers();

  /// Begins a GET; without a range of the whole resource. Ids of transfers under way differ.
  void start(int id, const std::string& url, std::optional<ByteRange> range, Sink sink);
  std::size_t active() const;
  /// Moves bytes for at most about wait, less if something ends or wake() is called; returns what ended.
  std::vector<Ended> work(std::chrono::milliseconds wait);
  void wake();
  /// Drops all transfers under way.
  void cancelAll();

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

}  // namespace kinora::models
