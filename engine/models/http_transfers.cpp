// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/http_transfers.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <mutex>
#include <string_view>

namespace kinora::models {
namespace {

constexpr long kMaxRedirects = 8;
constexpr long kConnectSeconds = 30;
constexpr const char* kAgent = "Kinora/" KINORA_VERSION;

struct Transfer {
  int id = 0;
  CURL* handle = nullptr;
  HttpHead head;
  HttpTransfers::Sink sink;
  bool refused = false;
  char message[CURL_ERROR_SIZE] = {};
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

/// The value of the header that line holds if it is called name, in any case.
std::optional<std::string_view> valueOf(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return {};
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  if (!std::equal(name.begin(), name.end(), line.begin(), [&](char n, char l) { return same(l, n); })) return {};
  return trimmed(line.substr(name.size() + 1));
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || at != text.data() + text.size()) return {};
  return value;
}

/// "bytes 0-99/1234", "bytes */1234", "bytes 0-99/*" (RFC 9110, 14.4)
void readContentRange(std::string_view value, HttpHead& head) {
  constexpr std::string_view kUnit = "bytes ";
  if (value.substr(0, kUnit.size()) != kUnit) return;
  value.remove_prefix(kUnit.size());
  const std::size_t slash = value.find('/');
  if (slash == std::string_view::npos) return;
  head.completeSize = number(value.substr(slash + 1));
  const std::string_view range = value.substr(0, slash);
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return;
  const auto first = number(range.substr(0, dash));
  const auto last = number(range.substr(dash + 1));
  if (first && last && *first <= *last) head.contentRange = ByteRange{*first, *last};
}

std::size_t onHeader(char* data, std::size_t, std::size_t size, void* user) {
  HttpHead& head = static_cast<Transfer*>(user)->head;
  const std::string_view line = trimmed({data, size});
  // Each answer of a chain of redirects begins anew.
  if (line.substr(0, 5) == "HTTP/") head = {};
  if (const auto value = valueOf(line, "content-range")) readContentRange(*value, head);
  if (const auto value = valueOf(line, "content-length")) head.contentLength = number(*value);
  if (const auto value = valueOf(line, "etag")) head.etag = *value;
  return size;
}

std::size_t onBody(char* data, std::size_t, std::size_t size, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  curl_easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &transfer->head.status);
  if (transfer->sink(transfer->head, data, size)) return size;
  transfer->refused = true;
  return size + 1;  // any other number than size ends the transfer
}

void initialiseCurl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

struct HttpTransfers::Impl {
  HttpOptions options;
  CURLM* multi = nullptr;
  std::vector<std::unique_ptr<Transfer>> transfers;

  void drop(Transfer* transfer) {
    curl_multi_remove_handle(multi, transfer->handle);
    curl_easy_cleanup(transfer->handle);
    std::erase_if(transfers, [&](const auto& one) { return one.get() == transfer; });
  }
};

HttpTransfers::HttpTransfers(HttpOptions options) : m_impl(std::make_unique<Impl>()) {
  initialiseCurl();
  m_impl->options = std::move(options);
  m_impl->multi = curl_multi_init();
}

HttpTransfers::~HttpTransfers() {
  cancelAll();
  curl_multi_cleanup(m_impl->multi);
}

void HttpTransfers::cancelAll() {
  while (!m_impl->transfers.empty()) m_impl->drop(m_impl->transfers.back().get());
}

std::size_t HttpTransfers::active() const {
  return m_impl->transfers.size();
}

void HttpTransfers::wake() {
  curl_multi_wakeup(m_impl->multi);
}

void HttpTransfers::start(int id, const std::string& url, std::optional<ByteRange> range, Sink sink) {
  auto transfer = std::make_unique<Transfer>();
  transfer->id = id;
  transfer->sink = std::move(sink);
  CURL* handle = transfer->handle = curl_easy_init();
  const bool secure = url.rfind("https:", 0) == 0;
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, kMaxRedirects);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(m_impl->options.stallAfter.count()));
  curl_easy_setopt(handle, CURLOPT_USERAGENT, kAgent);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer->message);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, onHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, transfer.get());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, onBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, transfer.get());
  curl_easy_setopt(handle, CURLOPT_PRIVATE, transfer.get());
  if (!m_impl->options.proxy.empty()) curl_easy_setopt(handle, CURLOPT_PROXY, m_impl->options.proxy.c_str());
  if (range) {
    const std::string text = std::to_string(range->first) + "-" + std::to_string(range->last);
    curl_easy_setopt(handle, CURLOPT_RANGE, text.c_str());
  }
  curl_multi_add_handle(m_impl->multi, handle);
  m_impl->transfers.push_back(std::move(transfer));
}

std::vector<HttpTransfers::Ended> HttpTransfers::work(std::chrono::milliseconds wait) {
  int running = 0;
  curl_multi_perform(m_impl->multi, &running);
  if (running == static_cast<int>(m_impl->transfers.size())) {
    curl_multi_poll(m_impl->multi, nullptr, 0, static_cast<int>(wait.count()), nullptr);
    curl_multi_perform(m_impl->multi, &running);
  }
  std::vector<Ended> ended;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(m_impl->multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    Transfer* transfer = nullptr;
    const CURLcode code = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &transfer->head.status);
    curl_off_t seconds = 0;
    curl_easy_getinfo(message->easy_handle, CURLINFO_RETRY_AFTER, &seconds);
    transfer->head.retryAfter = std::chrono::seconds(seconds);
    Ended one{transfer->id, transfer->head, transfer->refused, {}};
    if (code != CURLE_OK && !transfer->refused)
      one.failure = transfer->message[0] ? transfer->message : curl_easy_strerror(code);
    ended.push_back(std::move(one));
    m_impl->drop(transfer);
  }
  return ended;
}

}  // namespace kinora::models
