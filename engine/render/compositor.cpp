// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/compositor.h"

#include <algorithm>
#include <cstring>
#include <list>
#include <new>
#include <set>

#include "engine/image/resample.h"
#include "engine/media/clip_reader.h"
#include "engine/media/picture.h"

namespace kinora::render {
namespace {

using core::Error;
using core::ErrorCode;
using core::Frame;
using core::Result;
using core::Size;

constexpr std::size_t kOpenReaders = 4;
constexpr std::size_t kPictures = 4;

/// The source frame on screen when n timeline frames have passed: floor(n · source rate / timeline rate).
std::int64_t sourceFrame(std::int64_t n, const core::Rational& source, const core::Rational& timeline) {
  if (!source.isPositive() || !timeline.isPositive()) return 0;
  const __int128 num = static_cast<__int128>(n) * source.num() * timeline.den();
  const __int128 den = static_cast<__int128>(source.den()) * timeline.num();
  return static_cast<std::int64_t>(std::min<__int128>(num / den, INT64_MAX));
}

Frame blackFrame(Size size) {
  const std::size_t bytes = static_cast<std::size_t>(size.width) * 3 * static_cast<std::size_t>(size.height);
  std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[bytes]);
  std::memset(pixels.get(), 0, bytes);
  return {size.width, size.height, std::move(pixels)};
}

}  // namespace

struct Compositor::Impl {
  struct Reader {
    std::string path;
    std::unique_ptr<media::ClipReader> reader;
    std::int64_t lastIndex = -1;
    Size lastSize;
    Frame last;  ///< a slow clip shows one frame several times
  };
  struct Picture {
    std::string path;
    Size size;
    Frame frame;
  };

  project::Project project;
  std::list<Reader> readers;    ///< last used first
  std::list<Picture> pictures;  ///< fitted; last used first
  std::set<std::string> gone;   ///< paths that could not be found
  Frame black;

  Frame blackOf(Size size) {
    if (black.size() != size) black = blackFrame(size);
    return black;
  }
  Result<Reader*> reader(const std::string& path);
  Result<Frame> videoFrame(const core::ClipInfo& info, std::int64_t n, Size size);
  Result<Frame> picture(const core::ClipInfo& info, Size size);
  const project::Clip* clipAt(std::int64_t frame) const;
  Result<Frame> compose(std::int64_t frame, Size size);
};

Result<Compositor::Impl::Reader*> Compositor::Impl::reader(const std::string& path) {
  const auto it = std::find_if(readers.begin(), readers.end(), [&](const Reader& r) { return r.path == path; });
  if (it != readers.end()) {
    readers.splice(readers.begin(), readers, it);
    return &readers.front();
  }
  Result<std::unique_ptr<media::ClipReader>> opened = media::ClipReader::open(path);
  if (!opened) return opened.error();
  readers.push_front({path, std::move(opened).value(), -1, {}, {}});
  if (readers.size() > kOpenReaders) readers.pop_back();
  return &readers.front();
}

Result<Frame> Compositor::Impl::videoFrame(const core::ClipInfo& info, std::int64_t n, Size size) {
  Result<Reader*> found = reader(info.path);
  if (!found) return found.error();
  Reader& r = **found;
  const core::ClipInfo& actual = r.reader->info();
  const std::int64_t index = std::min(sourceFrame(n, actual.fps, project.fps), actual.frames - 1);
  if (r.lastIndex == index && r.lastSize == size) return r.last;
  Result<Frame> frame = r.reader->frame(index, image::fitSize(actual.size, size));
  if (!frame) return frame;
  r.last = image::padTo(*frame, size);
  r.lastIndex = index;
  r.lastSize = size;
  return r.last;
}

Result<Frame> Compositor::Impl::picture(const core::ClipInfo& info, Size size) {
  const auto it = std::find_if(pictures.begin(), pictures.end(),
                               [&](const Picture& p) { return p.path == info.path && p.size == size; });
  if (it != pictures.end()) {
    pictures.splice(pictures.begin(), pictures, it);
    return pictures.front().frame;
  }
  Result<Frame> loaded = media::loadPicture(info.path);
  if (!loaded) return loaded;
  pictures.push_front({info.path, size, image::fitPad(*loaded, size)});
  if (pictures.size() > kPictures) pictures.pop_back();
  return pictures.front().frame;
}

const project::Clip* Compositor::Impl::clipAt(std::int64_t frame) const {
  const auto& tracks = project.timeline.tracks;
  for (auto track = tracks.rbegin(); track != tracks.rend(); ++track) {
    if (track->kind != project::TrackKind::Video || track->hidden) continue;
    const auto after = std::upper_bound(track->clips.begin(), track->clips.end(), frame,
                                        [](std::int64_t f, const project::Clip& c) { return f < c.start; });
    if (after != track->clips.begin() && frame < std::prev(after)->end()) return &*std::prev(after);
  }
  return nullptr;
}

Result<Frame> Compositor::Impl::compose(std::int64_t frame, Size size) {
  const project::Clip* clip = clipAt(frame);
  const project::Asset* asset = clip ? project.asset(clip->asset) : nullptr;
  if (!asset || asset->offline || asset->info.kind == core::MediaKind::Audio || gone.contains(asset->info.path)) {
    return blackOf(size);
  }
  Result<Frame> result = asset->info.kind == core::MediaKind::Picture
                             ? picture(asset->info, size)
                             : videoFrame(asset->info, frame - clip->start + clip->in, size);
  // A file that went away since the project was loaded is offline too; not asked again at every frame.
  if (!result && result.error().code == ErrorCode::NotFound) {
    gone.insert(asset->info.path);
    return blackOf(size);
  }
  return result;
}

Compositor::Compositor(project::Project project) : m_impl(std::make_unique<Impl>()) {
  m_impl->project = std::move(project);
}
Compositor::~Compositor() = default;

void Compositor::setProject(project::Project project) {
  Impl& d = *m_impl;
  const auto unchanged = [&](const std::string& path) {
    const auto find = [&](const project::Project& p) {
      const auto it =
          std::find_if(p.assets.begin(), p.assets.end(), [&](const project::Asset& a) { return a.info.path == path; });
      return it == p.assets.end() ? nullptr : &it->info;
    };
    const core::ClipInfo *before = find(d.project), *now = find(project);
    return before && now && *before == *now;
  };
  d.readers.remove_if([&](const Impl::Reader& r) { return !unchanged(r.path); });
  d.pictures.remove_if([&](const Impl::Picture& p) { return !unchanged(p.path); });
  d.gone.clear();
  d.project = std::move(project);
}

const project::Project& Compositor::project() const {
  return m_impl->project;
}

Result<Frame> Compositor::frameAt(std::int64_t frame, Size size) {
  if (size == Size{}) size = m_impl->project.size;
  if (frame < 0 || size.isEmpty()) {
    return Error{ErrorCode::InvalidInput,
                 "no such frame; expected frame >= 0 of a size above 0, got " + std::to_string(frame) + " at " +
                     std::to_string(size.width) + "x" + std::to_string(size.height),
                 "timeline"};
  }
  try {
    return m_impl->compose(frame, size);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::OutOfMemory, "no memory for a frame of the timeline", "timeline"};
  }
}

}  // namespace kinora::render
