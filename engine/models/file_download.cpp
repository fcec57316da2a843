// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/file_download.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <tuple>

#include "engine/models/http_transfers.h"
#include "engine/models/part_file.h"

namespace kinora::models {
namespace {

using core::Error;
using core::ErrorCode;
using std::chrono::milliseconds;

constexpr milliseconds kPoll{250};
constexpr milliseconds kFirstPause{1000};
constexpr milliseconds kLongestPause{60'000};
/// How far a size may be from the published, rounded one.
constexpr double kRoundingTolerance = 0.1;

milliseconds steadyNow() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

void steadyWait(milliseconds pause, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  condition.wait_for(lock, stop, pause, [] { return false; });
}

/// A server that has the file, and how it has behaved.
struct Source {
  std::string url;
  bool probed = false;
  bool ranges = false;
  std::string etag;
  bool givenUp = false;
  int failures = 0;    ///< in a row
  int mismatches = 0;  ///< whole files of other bytes
  int epoch = 0;       ///< counts failures, so that one outage that ends four transfers counts once
  milliseconds readyAt{0};
};

struct Running {
  std::size_t source;
  int epoch;
  bool probe;
  std::size_t piece;     ///< next one to complete
  std::size_t endPiece;  ///< one past the last
  std::uint64_t from;    ///< offset of its first byte
  std::uint64_t at;      ///< offset of the next byte
};

class FileDownload {
 public:
  FileDownload(const RemoteFile& file, const std::string& target, const DownloadOptions& options,
               const std::function<void(const FileProgress&)>& progress)
      : m_file(file),
        m_target(target),
        m_options(options),
        m_progress(progress),
        m_transfers({options.proxy, options.stallAfter}) {
    if (!m_options.now) m_options.now = steadyNow;
    if (!m_options.wait) m_options.wait = steadyWait;
    for (const std::string& url : file.urls) m_sources.emplace_back().url = url;
  }

  core::Result<HashedFile> run(std::stop_token stop) {
    const std::stop_callback wake(stop, [this] { m_transfers.wake(); });
    while (true) {
      while (!m_part || !m_part->isComplete()) {
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "cancelled", m_target};
        if (auto stepped = step(stop); !stepped) return stepped.error();
      }
      auto checked = check(stop);
      if (checked || checked.error().code != ErrorCode::Corrupt || !tryOthers()) return checked;
    }
  }

 private:
  core::Result<void> step(const std::stop_token& stop) {
    startTransfers();
    if (m_transfers.active() == 0) {
      const Source* next = nextSource();
      if (!next) return m_lastError;
      m_options.wait(std::max(milliseconds(1), next->readyAt - m_options.now()), stop);
      return {};
    }
    for (const HttpTransfers::Ended& ended : m_transfers.work(kPoll)) finish(ended);
    if (m_fatal) return *m_fatal;
    report(false);
    return {};
  }

  /// The best server there is, whether or not its pause is over: ready first, with ranges first, in the list's order.
  Source* nextSource() {
    const auto rank = [&](const Source& source) {
      const milliseconds wait = std::max(milliseconds(0), source.readyAt - m_options.now());
      return std::tuple(wait, source.probed && !source.ranges);
    };
    Source* best = nullptr;
    for (Source& source : m_sources) {
      if (source.givenUp) continue;
      if (m_alone && best) break;
      if (!best || rank(source) < rank(*best)) best = &source;
    }
    return best;
  }

  void startTransfers() {
    while (static_cast<int>(m_running.size()) < m_options.connections) {
      Source* source = nextSource();
      if (!source || source->readyAt > m_options.now()) return;
      if (!source->probed) {
        if (m_running.empty()) start(*source, true, 0, 0);
        return;
      }
      if (!source->ranges) {
        if (m_running.empty()) start(*source, false, 0, m_part->pieces());
        return;
      }
      const auto piece = freePiece();
      if (!piece) return;
      start(*source, false, *piece, *piece + 1);
    }
  }

  std::optional<std::size_t> freePiece() const {
    for (std::size_t piece = 0; piece < m_part->pieces(); ++piece) {
      const auto holds = [&](const auto& entry) {
        return piece >= entry.second.piece && piece < entry.second.endPiece;
      };
      if (!m_part->isDone(piece) && std::none_of(m_running.begin(), m_running.end(), holds)) return piece;
    }
    return {};
  }

  void start(Source& source, bool probe, std::size_t piece, std::size_t endPiece) {
    const int id = ++m_lastId;
    const auto index = static_cast<std::size_t>(&source - m_sources.data());
    const std::uint64_t from = probe ? 0 : m_part->begin(piece);
    m_running[id] = {index, source.epoch, probe, piece, endPiece, from, from};
    std::optional<ByteRange> range;
    if (probe) {
      range = ByteRange{0, 0};
    } else if (source.ranges) {
      range = ByteRange{from, m_part->begin(endPiece) - 1};
    }
    m_transfers.start(id, source.url, range, [this, id](const HttpHead& head, const char* data, std::size_t size) {
      return take(id, head, data, size);
    });
  }

  /// Bytes of a transfer. False: they are not what was asked for, or cannot be written.
  bool take(int id, const HttpHead& head, const char* data, std::size_t size) {
    Running& running = m_running.at(id);
    // The head of a probe says all; its one byte is let through, so that the connection can be used again.
    if (running.probe) return head.status == 206 && (running.at += size) == 1;
    const Source& source = m_sources[running.source];
    const bool asAsked = source.ranges
                             ? head.status == 206 && head.contentRange && head.contentRange->first == running.from &&
                                   head.completeSize == m_part->bytes()
                             : head.status == 200;
    const bool sameVersion = !m_file.sha256.empty() || head.etag == source.etag;
    if (!asAsked || !sameVersion || running.at + size > m_part->begin(running.endPiece)) return false;
    if (auto written = m_part->write(running.at, data, size); !written) return fail(written.error());
    running.at += size;
    while (running.piece < running.endPiece && running.at >= m_part->begin(running.piece + 1)) {
      if (auto marked = m_part->markDone(running.piece); !marked) return fail(marked.error());
      ++running.piece;
    }
    return true;
  }

  bool fail(const Error& error) {
    m_fatal = error;
    return false;
  }

  void finish(const HttpTransfers::Ended& ended) {
    const Running running = m_running.at(ended.id);
    m_running.erase(ended.id);
    if (m_fatal) return;
    Source& source = m_sources[running.source];
    if (running.probe) {
      finishProbe(source, ended);
    } else if (running.piece == running.endPiece) {
      source.failures = 0;
      m_used.insert(running.source);
    } else if (running.epoch == source.epoch) {
      punish(source, ended);
    }
  }

  void finishProbe(Source& source, const HttpTransfers::Ended& ended) {
    const HttpHead& head = ended.head;
    const bool emptyFile = head.status == 416 && head.completeSize == 0;
    const bool ranged = head.status == 206 && head.contentRange && head.completeSize;
    const bool whole = head.status == 200 && head.contentLength;
    if (!ranged && !emptyFile && !whole) return punish(source, ended);
    const std::uint64_t bytes = ranged ? *head.completeSize : emptyFile ? 0 : *head.contentLength;
    if (!sizeFits(bytes)) {
      return giveUp(source,
                    {ErrorCode::Corrupt,
                     "the server offers " + std::to_string(bytes) + " bytes; expected " + expectedSize(), source.url});
    }
    source.probed = true;
    source.ranges = ranged;
    source.etag = head.etag;
    if (m_part && m_tag == tagOf(source)) return;
    m_tag = tagOf(source);
    auto opened = PartFile::open(m_target, bytes, m_options.pieceBytes, m_tag);
    if (opened) {
      m_part = std::move(opened).value();
    } else {
      m_fatal = opened.error();
    }
  }

  /// Names the content. Where no hash tells whether two servers have the same, pieces of one are not kept for another.
  std::string tagOf(const Source& source) const {
    if (!m_file.sha256.empty()) return m_file.sha256;
    return source.etag.empty() ? source.url : source.etag;
  }

  bool sizeFits(std::uint64_t bytes) const {
    if (m_part && m_part->bytes() != bytes) return false;
    if (m_file.bytes > 0) return m_file.bytes == bytes;
    const auto about = static_cast<double>(m_file.aboutBytes);
    return m_file.aboutBytes == 0 || std::abs(static_cast<double>(bytes) - about) <= kRoundingTolerance * about;
  }

  std::string expectedSize() const {
    if (m_part) return std::to_string(m_part->bytes());
    return m_file.bytes > 0 ? std::to_string(m_file.bytes) : "about " + std::to_string(m_file.aboutBytes);
  }

  /// A pause that doubles with each failure in a row; gone for good where trying again cannot help.
  void punish(Source& source, const HttpTransfers::Ended& ended) {
    const long status = ended.head.status;
    const std::string what = !ended.failure.empty() ? ended.failure
                             : status / 100 == 2    ? "the server's answer does not fit what was asked for"
                                                    : "the server answered " + std::to_string(status);
    const bool gone = status == 404 || status == 410;
    const bool forbidden = status == 401 || status == 403;
    ++source.epoch;
    ++source.failures;
    source.probed = false;  // the next attempt asks anew what the server has
    if (gone) return giveUp(source, {ErrorCode::NotFound, "the server does not have this file", source.url});
    if (forbidden) return giveUp(source, {ErrorCode::Unreadable, "the server asks for a permission", source.url});
    if (source.failures >= m_options.attempts) return giveUp(source, {ErrorCode::Unreadable, what, source.url});
    milliseconds pause = kFirstPause * (1 << std::min(source.failures - 1, 6));
    pause = std::min(std::max(pause, std::chrono::duration_cast<milliseconds>(ended.head.retryAfter)), kLongestPause);
    source.readyAt = m_options.now() + pause;
    m_lastError = {ErrorCode::Unreadable, what, source.url};
  }

  void giveUp(Source& source, Error error) {
    source.givenUp = true;
    m_lastError = std::move(error);
  }

  core::Result<HashedFile> check(const std::stop_token& stop) {
    std::uint64_t done = 0;
    auto hashed = hashFile(m_part->partPath(), [&](std::uint64_t bytes) {
      done += bytes;
      if (m_progress) m_progress({done, m_part->bytes(), true});
      return !stop.stop_requested();
    });
    if (!hashed) return hashed.error();
    if (!m_file.sha256.empty() && hashed->sha256 != m_file.sha256) {
      return Error{
          ErrorCode::Corrupt,
          "the downloaded file is not the published one; expected SHA-256 " + m_file.sha256 + ", got " + hashed->sha256,
          m_target};
    }
    if (auto renamed = m_part->rename(); !renamed) return renamed.error();
    return hashed;
  }

  /// After wrong bytes: again from the start, from one server at a time; who sent them twice, alone, is given up.
  bool tryOthers() {
    m_part->discard();
    m_part.reset();
    if (m_used.size() == 1) {
      Source& source = m_sources[*m_used.begin()];
      if (++source.mismatches == 2) source.givenUp = true;
    }
    m_alone = true;
    m_used.clear();
    for (Source& source : m_sources) source.probed = false;
    return nextSource() != nullptr;
  }

  void report(bool checking) const {
    if (!m_progress || !m_part) return;
    std::uint64_t done = m_part->doneBytes();
    for (const auto& [id, running] : m_running) {
      if (!running.probe) done += running.at - m_part->begin(running.piece);
    }
    m_progress({std::min(done, m_part->bytes()), m_part->bytes(), checking});
  }

  const RemoteFile& m_file;
  const std::string m_target;
  DownloadOptions m_options;
  const std::function<void(const FileProgress&)>& m_progress;
  std::vector<Source> m_sources;
  std::optional<PartFile> m_part;
  std::map<int, Running> m_running;
  std::set<std::size_t> m_used;          ///< sources that gave pieces
  bool m_alone = m_file.sha256.empty();  ///< one server at a time: bytes are not mixed, and wrong ones can be blamed
  std::string m_tag;                     ///< of m_part
  int m_lastId = 0;
  Error m_lastError{ErrorCode::NotFound, "the manifest names no server for this file", m_target};
  std::optional<Error> m_fatal;
  HttpTransfers m_transfers;  ///< last: its sinks use all of the above
};

}  // namespace

core::Result<HashedFile> downloadFile(const RemoteFile& file, const std::string& target, const DownloadOptions& options,
                                      const std::function<void(const FileProgress&)>& progress, std::stop_token stop) {
  return FileDownload(file, target, options, progress).run(std::move(stop));
}

}  // namespace kinora::models
