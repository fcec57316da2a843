// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/engine/models/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <stdexcept>

namespace kinora::test {
namespace {

/// Reads to the blank line that ends a request's head; empty when the client has gone.
std::string readHead(int socket) {
  std::string head;
  char byte = 0;
  while (head.size() < 65536 && ::recv(socket, &byte, 1, 0) == 1) {
    head += byte;
    if (head.size() >= 4 && head.compare(head.size() - 4, 4, "\r\n\r\n") == 0) return head;
  }
  return {};
}

HttpRequest parse(const std::string& head) {
  HttpRequest request;
  std::size_t at = 0;
  for (std::size_t end; (end = head.find("\r\n", at)) != std::string::npos && end > at; at = end + 2) {
    const std::string line = head.substr(at, end - at);
    if (at == 0) {
      const std::size_t first = line.find(' ');
      request.target = line.substr(first + 1, line.rfind(' ') - first - 1);
      continue;
    }
    const std::size_t colon = line.find(':');
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    const std::size_t value = line.find_first_not_of(' ', colon + 1);
    request.headers[name] = value == std::string::npos ? "" : line.substr(value);
  }
  return request;
}

}  // namespace

std::optional<std::pair<std::uint64_t, std::uint64_t>> HttpRequest::range() const {
  const auto it = headers.find("range");
  unsigned long long first = 0;
  unsigned long long last = 0;
  if (it == headers.end() || std::sscanf(it->second.c_str(), "bytes=%llu-%llu", &first, &last) != 2) return {};
  return std::pair<std::uint64_t, std::uint64_t>{first, last};
}

bool HttpConnection::send(const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::send(m_socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

void HttpConnection::drop() {
  ::shutdown(m_socket, SHUT_RDWR);
}

LoopbackServer::LoopbackServer(Handler handler) : m_handler(std::move(handler)) {
  m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(m_listener, generic, length) != 0 || ::listen(m_listener, 64) != 0 ||
      ::getsockname(m_listener, generic, &length) != 0) {
    throw std::runtime_error("no port on 127.0.0.1");
  }
  m_port = ntohs(address.sin_port);
  m_acceptor = std::thread([this] { accept(); });
}

LoopbackServer::~LoopbackServer() {
  stop();
}

std::string LoopbackServer::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(m_port) + "/" + path;
}

std::vector<HttpRequest> LoopbackServer::requests() const {
  const std::lock_guard lock(m_mutex);
  return m_requests;
}

void LoopbackServer::stop() {
  {
    const std::lock_guard lock(m_mutex);
    if (m_stopping) return;
    m_stopping = true;
    ::shutdown(m_listener, SHUT_RDWR);
    for (const int socket : m_sockets) ::shutdown(socket, SHUT_RDWR);
  }
  m_acceptor.join();
  for (std::thread& thread : m_threads) thread.join();
  for (const int socket : m_sockets) ::close(socket);
  ::close(m_listener);
}

void LoopbackServer::accept() {
  while (true) {
    const int socket = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(m_mutex);
    if (socket < 0) return;
    m_sockets.push_back(socket);
    if (m_stopping) {
      ::shutdown(socket, SHUT_RDWR);
      return;
    }
    m_threads.emplace_back([this, socket] { serve(socket); });
  }
}

void LoopbackServer::serve(int socket) {
  HttpConnection connection(socket);
  while (true) {
    const std::string head = readHead(socket);
    if (head.empty()) return;
    const HttpRequest request = parse(head);
    {
      const std::lock_guard lock(m_mutex);
      m_requests.push_back(request);
    }
    m_handler(request, connection);
  }
}

void Gate::open() {
  const std::lock_guard lock(m_mutex);
  m_open = true;
  m_changed.notify_all();
}

void Gate::wait() {
  std::unique_lock lock(m_mutex);
  ++m_arrived;
  m_changed.notify_all();
  m_changed.wait(lock, [this] { return m_open; });
}

void Gate::awaitArrival() {
  std::unique_lock lock(m_mutex);
  m_changed.wait(lock, [this] { return m_arrived > 0; });
}

void serveBytes(const std::string& content, const HttpRequest& request, HttpConnection& connection,
                const Misbehaviour& how) {
  std::string bytes = content;
  if (how.wrongByte) bytes[*how.wrongByte] = static_cast<char>(bytes[*how.wrongByte] ^ 1);
  const auto size = static_cast<std::int64_t>(bytes.size());
  const auto stated = [&](std::int64_t length) { return std::to_string(length + how.lengthLie); };
  std::string head = "ETag: " + how.etag + "\r\n";
  const auto range = how.ignoresRanges ? std::nullopt : request.range();
  if (range && range->first >= bytes.size()) {
    serveStatus(416, connection, "Content-Range: bytes */" + std::to_string(size) + "\r\n");
    return;
  }
  if (range) {
    const std::uint64_t last = std::min<std::uint64_t>(range->second, bytes.size() - 1);
    bytes = bytes.substr(range->first, last - range->first + 1);
    head = "HTTP/1.1 206 Partial Content\r\n" + head + "Content-Range: bytes " +
           std::to_string(range->first + how.startLie) + "-" + std::to_string(last + how.startLie) + "/" +
           stated(size) + "\r\nContent-Length: " + std::to_string(bytes.size()) + "\r\n\r\n";
  } else {
    head = "HTTP/1.1 200 OK\r\n" + head + "Content-Length: " + stated(size) + "\r\n\r\n";
  }
  if (how.dropsAfter && *how.dropsAfter < bytes.size()) {
    connection.send(head + bytes.substr(0, *how.dropsAfter));
    connection.drop();
    return;
  }
  connection.send(head + bytes);
  if (how.lengthLie != 0 && !range) connection.drop();
}

void serveStatus(int status, HttpConnection& connection, const std::string& headers) {
  connection.send("HTTP/1.1 " + std::to_string(status) + " Status\r\n" + headers + "Content-Length: 0\r\n\r\n");
}

std::string noiseBytes(std::size_t n) {
  std::string bytes(n, '\0');
  std::uint32_t state = 12345;
  for (char& byte : bytes) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

}  // namespace kinora::test
