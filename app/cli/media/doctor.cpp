// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/media/media_commands.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/cli/store_access.h"
#include "app/runtime/inference_host.h"
#include "engine/jobs/job_folders.h"
#include "engine/media/clip_writer.h"
#include "engine/models/model_catalogue.h"

namespace kinora::cli {
namespace {

/// Collects findings; one line each, and whether any is bad.
class Findings {
 public:
  explicit Findings(Report& report) : m_report(report) {}
  void add(bool good, const std::string& what, const std::string& text) {
    m_bad += good ? 0 : 1;
    m_report.event({{"check", what}, {"ok", good}, {"text", text}});
    m_report.line((good ? "ok    " : "fault ") + what + ": " + text);
  }
  int bad() const { return m_bad; }

 private:
  Report& m_report;
  int m_bad = 0;
};

void checkFolders(Findings& findings, const runtime::Paths& paths) {
  const auto accounts = openAccounts(paths);
  findings.add(accounts.ok(), "data folder", accounts ? paths.data : accounts.error().text());
  std::error_code error;
  const auto space = std::filesystem::space(paths.data, error);
  if (!error) findings.add(space.available > 1ull << 30, "disk", byteText(space.available) + " free");
  if (accounts) {
    const auto balance = accounts->store->balance();
    findings.add(balance.ok(), "credits",
                 balance ? std::to_string(balance->available) + " available" : balance.error().text());
  }
}

/// Bytes of all files below a folder; 0 where there is none.
std::uint64_t bytesBelow(const std::string& folder) {
  std::uint64_t bytes = 0;
  std::error_code ignored;  // a file that vanishes while we look counts nothing
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder, ignored)) {
    const auto size = file.is_regular_file(ignored) ? file.file_size(ignored) : 0;
    bytes += ignored ? 0 : size;
  }
  return bytes;
}

/// What is kept on disk beside models and clips.
void checkKept(Findings& findings, const runtime::Paths& paths) {
  findings.add(true, "cache", byteText(bytesBelow(paths.cache())) + " of encoded prompts and measurements");
  const jobs::JobFolders folders(paths.jobs());
  int resumable = 0;
  std::error_code ignored;
  for (const auto& folder : std::filesystem::directory_iterator(paths.jobs(), ignored)) {
    resumable += folders.canResume(folder.path().filename().string()) ? 1 : 0;
  }
  findings.add(true, "unfinished jobs",
               std::to_string(resumable) + " to resume, " + byteText(bytesBelow(paths.jobs())) + " kept for them");
}

void checkModels(Findings& findings, const runtime::Paths& paths) {
  const auto catalogue = models::ModelCatalogue::scan(paths.modelRoots());
  for (const core::ModelInfo& model : catalogue.models()) {
    findings.add(model.problem.empty(), "model " + model.id, model.problem.empty() ? model.directory : model.problem);
  }
  if (catalogue.models().empty())
    findings.add(false, "models", "none found; the one that ships should be in " + paths.resources + "/models");
}

/// Writes a second of grey: encoder, muxer and folder in one go.
void checkCodec(Findings& findings) {
  const std::string path = (std::filesystem::temp_directory_path() / "kinora-doctor.mp4").string();
  media::ClipWriterOptions options;
  options.size = {64, 64};
  options.fps = core::Rational(24);
  auto writer = media::ClipWriter::create(path, options);
  if (!writer) return findings.add(false, "H.264 encoder", writer.error().text());
  const std::shared_ptr<std::uint8_t[]> grey(new std::uint8_t[64 * 64 * 3]());
  core::Result<void> pushed = (*writer)->push(core::Frame(64, 64, grey));
  const auto clip = (*writer)->finish();
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  findings.add(pushed.ok() && clip.ok(), "H.264 encoder", clip ? "writes MP4" : clip.error().text());
}

void checkDevices(Findings& findings) {
  runtime::InferenceHost host;
  const auto engine = host.engine();
  if (!engine) return findings.add(false, "inference", engine.error().text());
  for (const pipeline::DeviceInfo& device : (*engine)->devices()) {
    const std::string text =
        device.name + " · " + byteText(device.memoryBytes) + (device.note.empty() ? "" : " · " + device.note);
    // A GPU that cannot be used is worth a line, but the CPU still works.
    findings.add(device.usable || device.id != "cpu", "device " + device.id, text);
  }
}

}  // namespace

int doctor(Report& report) {
  const runtime::Paths paths = runtime::findPaths();
  Findings findings(report);
  findings.add(std::filesystem::exists(paths.editions()), "resources", paths.resources);
  checkFolders(findings, paths);
  checkKept(findings, paths);
  checkModels(findings, paths);
  checkCodec(findings);
  checkDevices(findings);
  report.line(findings.bad() == 0 ? "all is well" : std::to_string(findings.bad()) + " faults");
  return findings.bad() == 0 ? kDone : kFailed;
}

}  // namespace kinora::cli
