// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/media_service.h"

#include <filesystem>
#include <list>
#include <mutex>
#include <new>

#include "engine/media/clip_reader.h"
#include "engine/media/demuxer.h"
#include "engine/media/picture.h"

namespace kinora::media {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;

constexpr std::size_t kOpenReaders = 6;

/// Tells one version of a file from the next written under its name.
struct FileStamp {
  std::filesystem::file_time_type time;
  std::uintmax_t size = 0;
  bool operator==(const FileStamp&) const = default;
};

FileStamp stampOf(const std::string& path) {
  std::error_code ignored;
  return {std::filesystem::last_write_time(path, ignored), std::filesystem::file_size(path, ignored)};
}

struct OpenReader {
  std::string path;
  FileStamp stamp;
  std::unique_ptr<ClipReader> reader;
};

/// Readers not in use, the last used first. take() and give() may come from any thread; a taken reader belongs to one.
class ReaderCache {
 public:
  Result<OpenReader> take(const std::string& path) {
    const FileStamp stamp = stampOf(path);
    {
      const std::scoped_lock lock(m_mutex);
      for (auto it = m_readers.begin(); it != m_readers.end(); ++it) {
        if (it->path != path || !(it->stamp == stamp)) continue;
        OpenReader found = std::move(*it);
        m_readers.erase(it);
        return found;
      }
    }
    Result<std::unique_ptr<ClipReader>> reader = ClipReader::open(path);
    if (!reader) return reader.error();
    return OpenReader{path, stamp, std::move(reader).value()};
  }

  void give(OpenReader reader) {
    std::list<OpenReader> closed;  // destroyed outside the lock
    const std::scoped_lock lock(m_mutex);
    m_readers.push_front(std::move(reader));
    while (m_readers.size() > kOpenReaders) closed.splice(closed.begin(), m_readers, std::prev(m_readers.end()));
  }

 private:
  std::mutex m_mutex;
  std::list<OpenReader> m_readers;
};

class Service : public core::MediaService {
 public:
  Result<core::ClipInfo> probe(const std::string& path) override {
    if (isPicture(path)) return probePicture(path);
    return guarded<core::ClipInfo>(path, [&]() -> Result<core::ClipInfo> {
      Result<InputPtr> input = openInput(path);
      if (!input) return input.error();
      if (!videoStream(**input)) {
        core::ClipInfo info = describe(**input, path);
        if (!info.hasAudio) return noVideo(**input, path);
        return info;
      }
      Result<OpenReader> reader = m_readers.take(path);
      if (!reader) return reader.error();
      const core::ClipInfo info = reader->reader->info();
      m_readers.give(std::move(reader).value());
      return info;
    });
  }

  Result<core::Frame> picture(const std::string& path, int maxSide) override { return loadPicture(path, maxSide); }

  Result<core::Frame> frameAt(const std::string& path, std::int64_t index, int maxSide) override {
    if (isPicture(path)) {
      if (index != 0)
        return Error{ErrorCode::InvalidInput, "a picture has one frame; expected 0, got " + std::to_string(index),
                     path};
      return loadPicture(path, maxSide);
    }
    return guarded<core::Frame>(path, [&]() -> Result<core::Frame> {
      Result<OpenReader> reader = m_readers.take(path);
      if (!reader) return reader.error();
      const core::Size size = limitedSize(reader->reader->info().size, maxSide);
      Result<core::Frame> frame = reader->reader->frame(index, size);
      m_readers.give(std::move(reader).value());
      return frame;
    });
  }

  Result<void> writePng(const std::string& path, const core::Frame& frame) override {
    return media::writePng(path, frame);
  }

 private:
  template <class T, class Work>
  static Result<T> guarded(const std::string& path, Work work) {
    try {
      return work();
    } catch (const std::bad_alloc&) {
      return Error{ErrorCode::OutOfMemory, "the file does not fit into memory", path};
    }
  }

  ReaderCache m_readers;
};

}  // namespace

std::unique_ptr<core::MediaService> createMediaService() {
  return std::make_unique<Service>();
}

}  // namespace kinora::media
