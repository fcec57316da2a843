// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace kinora::test {

/// One GET as it came.
struct HttpRequest {
  std::string target;                          ///< "/file", or a whole URL where the server is used as a proxy
  std::map<std::string, std::string> headers;  ///< names in lower case
  /// "bytes=first-last"
  std::optional<std::pair<std::uint64_t, std::uint64_t>> range() const;
};

/// The other end of one request.
class HttpConnection {
 public:
  explicit HttpConnection(int socket) : m_socket(socket) {}
  /// False once the client is gone.
  bool send(const std::string& bytes) const;
  /// Nothing more comes over this connection, not even the rest of a promised body.
  void drop();

 private:
  int m_socket;
};

/// How a served file deviates from what it should be.
struct Misbehaviour {
  bool ignoresRanges = false;
  std::optional<std::uint64_t> dropsAfter;  ///< bytes of a body, then the connection goes
  std::int64_t lengthLie = 0;               ///< added to every length it states
  std::uint64_t startLie = 0;               ///< added to the start of Content-Range
  std::optional<std::size_t> wrongByte;     ///< offset of a byte it alters
  std::string etag = "\"1\"";
};

/// An HTTP/1.1 server on 127.0.0.1 for tests, plain sockets and a thread a connection. The handler runs on those
/// threads. stop() cuts every connection, so a handler that waits must be let go first (see Gate).
class LoopbackServer {
 public:
  using Handler = std::function<void(const HttpRequest&, HttpConnection&)>;
  explicit LoopbackServer(Handler handler);
  ~LoopbackServer();

  /// "http://127.0.0.1:<port>/<path>"
  std::string url(const std::string& path) const;
  std::vector<HttpRequest> requests() const;
  void stop();

 private:
  void accept();
  void serve(int socket);

  Handler m_handler;
  int m_listener = -1;
  int m_port = 0;
  mutable std::mutex m_mutex;
  std::vector<HttpRequest> m_requests;
  std::vector<int> m_sockets;
  std::list<std::thread> m_threads;
  bool m_stopping = false;
  std::thread m_acceptor;
};

/// A point that threads wait at until it is opened.
class Gate {
 public:
  void open();
  /// Returns when open() has been called.
  void wait();
  /// Waits until some thread waits at the gate.
  void awaitArrival();

 private:
  std::mutex m_mutex;
  std::condition_variable m_changed;
  bool m_open = false;
  int m_arrived = 0;
};

/// Answers with content, or the range of it that is asked for.
void serveBytes(const std::string& content, const HttpRequest& request, HttpConnection& connection,
                const Misbehaviour& how = {});
/// "503 Service Unavailable"
void serveStatus(int status, HttpConnection& connection, const std::string& headers = {});

/// n bytes that look like nothing and are the same each time.
std::string noiseBytes(std::size_t n);

}  // namespace kinora::test
