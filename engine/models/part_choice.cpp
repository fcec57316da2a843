// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/part_choice.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>

#include "engine/models/part_search.h"
#include "engine/weights/same_network.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ErrorCode;
using core::ModelParts;
using core::Result;
using weights::Role;

/// A part that goes with a transformer, and the size by which it fits.
struct Slot {
  Role role;
  std::string ModelParts::*member;
  std::int64_t FoundPart::*size;
  const char* name;
  const char* what;  ///< the size is
};
constexpr Slot kVae{Role::Vae, &ModelParts::vae, &FoundPart::channels, "VAE", "latent channels"};
constexpr Slot kText{Role::TextEncoder, &ModelParts::textEncoder, &FoundPart::textDim, "UMT5 text encoder",
                     "width of its states"};
constexpr Slot kImage{Role::ImageEncoder, &ModelParts::imageEncoder, &FoundPart::imageDim, "CLIP image encoder",
                      "width of its states"};
constexpr Slot kTiny{Role::TinyDecoder, &ModelParts::tinyDecoder, &FoundPart::channels, "tiny decoder",
                     "latent channels"};

Error mismatch(const std::string& message, const std::string& path) {
  return {ErrorCode::ModelMismatch, message, path};
}

bool isPart(const FoundPart& part) {
  return part.what.role == Role::Transformer || part.what.role == Role::Vae || part.what.role == Role::TextEncoder ||
         part.what.role == Role::ImageEncoder || part.what.role == Role::TinyDecoder || part.vocabulary;
}

/// 1 for a name that says high noise, -1 for low; the folder's name counts where the file's says nothing.
int noiseOf(const std::string& path) {
  const auto says = [](std::string name) {
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    return (name.find("high") != name.npos ? 1 : 0) - (name.find("low") != name.npos ? 1 : 0);
  };
  const int own = says(fs::path(path).filename().string());
  return own != 0 ? own : says(fs::path(path).parent_path().filename().string());
}

bool sameShape(const FoundPart& a, const FoundPart& b) {
  return a.what.architecture == b.what.architecture && a.what.parameters == b.what.parameters &&
         a.what.tensors == b.what.tensors && a.channels == b.channels && a.textDim == b.textDim;
}

class Choice {
 public:
  explicit Choice(const ModelCatalogue& installed) : m_installed(installed) {}

  Result<ChosenParts> run(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      if (auto taken = take(path); !taken) return taken.error();
    }
    if (auto chosen = chooseTransformers(); !chosen) return chosen.error();
    for (const Slot& slot : {kVae, kText, kImage, kTiny}) {
      if (slot.role == Role::ImageEncoder && transformer().imageDim == 0) continue;
      if (auto chosen = choose(slot); !chosen) return chosen.error();
    }
    chooseTokenizer();
    if (!m_missing.empty()) return missing();
    return std::move(m_chosen);
  }

 private:
  const FoundPart& transformer() const { return m_transformers.front(); }

  /// Files are meant as they are, a shard as all of them; what a folder holds is an offer.
  Result<void> take(const std::string& path) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
      std::vector<FoundPart> found = partsBelow(path);
      if (std::none_of(found.begin(), found.end(), isPart))
        return Error{ErrorCode::NotFound, "no part of a model in the folder", path};
      for (FoundPart& part : found)
        (part.what.role == Role::Transformer ? m_transformers : m_offered).push_back(std::move(part));
      return {};
    }
    auto part = lookAt(wholeOf(path));
    if (!part) return part.error();
    if (!isPart(*part)) {
      return mismatch(
          "expected a transformer, VAE, text encoder, tokenizer, image encoder or tiny decoder, got " + part->title(),
          path);
    }
    std::vector<FoundPart>& list = part->what.role == Role::Transformer ? m_transformers : m_given;
    // All shards of a part may be named, and any file twice.
    const auto same = [&](const FoundPart& other) { return other.path == part->path; };
    if (std::none_of(list.begin(), list.end(), same)) list.push_back(std::move(part).value());
    return {};
  }

  Result<void> chooseTransformers() {
    if (m_transformers.empty()) {
      const bool any = !m_given.empty();
      return mismatch("the transformer is missing; expected its file too" +
                          (any ? ", got only " + m_given.front().title() : std::string()),
                      any ? m_given.front().path : std::string());
    }
    if (m_transformers.size() > 2) {
      std::string list;
      for (const FoundPart& part : m_transformers) list += "\n" + part.path + ": " + part.title();
      return Error{
          ErrorCode::InvalidInput, "transformers; expected one, or the two experts of a model, got" + list, {}};
    }
    if (transformer().what.architecture.empty()) return mismatch("a transformer of unknown kind", transformer().path);
    if (m_transformers.size() == 1 && transformer().what.architecture == "wan2.2-i2v-a14b") {
      if (auto found = findOtherExpert(); !found) return found;
    }
    if (m_transformers.size() == 2) return checkExperts();
    use(&ModelParts::transformer, "transformer", transformer(), "");
    return {};
  }

  /// The half that was not given: the only other one around whose name says so.
  Result<void> findOtherExpert() {
    const FoundPart given = transformer();
    std::vector<FoundPart> others;
    for (const FoundPart& part : around()) {
      if (part.what.role == Role::Transformer && part.path != given.path && sameShape(part, given) &&
          noiseOf(part.path) * noiseOf(given.path) == -1)
        others.push_back(part);
    }
    if (others.size() == 1) {
      m_transformers.push_back(others.front());
      return {};
    }
    return mismatch("the file is one of two experts; expected the other one too, that for high noise first" +
                        std::string(others.empty() ? "" : " (several that could be it lie beside it)"),
                    given.path);
  }

  Result<void> checkExperts() {
    if (noiseOf(m_transformers[0].path) < noiseOf(m_transformers[1].path))
      std::swap(m_transformers[0], m_transformers[1]);
    const FoundPart& high = m_transformers[0];
    const FoundPart& low = m_transformers[1];
    if (!sameShape(high, low)) {
      return mismatch(
          "the two experts are not halves of one model; expected a second " + high.title() + ", got " + low.title(),
          low.path);
    }
    const std::string& kind = high.what.architecture;
    if (kind != "wan2.1-t2v" && kind != "wan2.2-i2v-a14b")
      return mismatch("expected one " + high.title() + ", which has no second expert, got two", low.path);
    const auto a = weights::WeightSource::open(high.path);
    const auto b = weights::WeightSource::open(low.path);
    if (a && b && weights::sameNetwork(*a, *b))
      return mismatch("both experts are the same half of the model; expected that for low noise", low.path);
    use(&ModelParts::transformer, "expert for high noise", high, "");
    use(&ModelParts::transformer2, "expert for low noise", low, "");
    return {};
  }

  Result<void> choose(const Slot& slot) {
    const auto isGiven = [&](const FoundPart& part) { return part.what.role == slot.role; };
    if (const auto given = std::find_if(m_given.begin(), m_given.end(), isGiven); given != m_given.end()) {
      if (!fits(slot, *given)) {
        return mismatch(std::string("the ") + slot.name + " does not belong to the transformer: " + slot.what +
                            "; expected " + std::to_string(transformer().*slot.size) + ", got " +
                            std::to_string((*given).*slot.size) + " (" + given->title() + ")",
                        given->path);
      }
      use(slot.member, slot.name, *given, "");
      return {};
    }
    if (const auto best = bestOf(m_offered, slot)) {
      use(slot.member, slot.name, *best, "");
    } else if (const auto near = bestAround(slot)) {
      use(slot.member, slot.name, *near, " (found beside the transformer)");
    } else if (!chooseInstalled(slot) && slot.role != Role::TinyDecoder) {  // a model does without that one
      m_missing.push_back(std::string("a ") + slot.name + " (" + slot.what + " " +
                          std::to_string(transformer().*slot.size) + ")");
    }
    return {};
  }

  bool fits(const Slot& slot, const FoundPart& part) const {
    return part.what.role == slot.role && !part.what.architecture.empty() &&
           part.*slot.size == transformer().*slot.size;
  }
  /// What nobody named must also be of the same make: a published transformer takes only published parts.
  std::optional<FoundPart> bestOf(const std::vector<FoundPart>& parts, const Slot& slot) const {
    const FoundPart* best = nullptr;
    for (const FoundPart& part : parts) {
      if (!fits(slot, part) || part.published != transformer().published) continue;
      if (!best || part.what.bytes > best->what.bytes) best = &part;
    }
    return best ? std::optional(*best) : std::nullopt;
  }
  /// The best of the nearest folder that has one.
  std::optional<FoundPart> bestAround(const Slot& slot) {
    std::vector<FoundPart> here;
    std::string folder;
    for (const FoundPart& part : around()) {
      const std::string its = fs::path(part.path).parent_path().string();
      if (its != folder) {
        if (auto best = bestOf(here, slot)) return best;
        here.clear();
        folder = its;
      }
      here.push_back(part);
    }
    return bestOf(here, slot);
  }
  bool chooseInstalled(const Slot& slot) {
    for (const core::ModelInfo& model : m_installed.models()) {
      const std::string& path = model.parts.*slot.member;
      if (!model.problem.empty() || path.empty()) continue;
      const auto part = lookAt(path);
      if (!part || !bestOf({*part}, slot)) continue;
      use(slot.member, slot.name, *part, " (of the installed model " + model.id + ")");
      return true;
    }
    return false;
  }

  /// Given, in the text encoder's own file, near one of the files, or that of an installed model with this encoder.
  void chooseTokenizer() {
    const auto alone = [](const FoundPart& part) { return part.vocabulary && part.what.role == Role::Unknown; };
    const auto useOneOf = [&](const std::vector<FoundPart>& parts, const char* where) {
      const auto found = std::find_if(parts.begin(), parts.end(), alone);
      if (found == parts.end()) return false;
      use(&ModelParts::tokenizer, "tokenizer", *found, where);
      return true;
    };
    const std::string& encoder = m_chosen.parts.textEncoder;
    if (useOneOf(m_given, "")) return;
    if (const auto text = lookAt(encoder); !encoder.empty() && text && text->vocabulary) {
      use(&ModelParts::tokenizer, "tokenizer", *text, " (inside the text encoder)");
      return;
    }
    if (useOneOf(m_offered, "") || useOneOf(around(), " (found beside the transformer)")) return;
    for (const std::string& folder : encoder.empty() ? std::vector<std::string>() : foldersAround(encoder)) {
      if (useOneOf(partsIn(folder), " (found beside the text encoder)")) return;
    }
    for (const core::ModelInfo& model : m_installed.models()) {
      const bool same =
          model.parts.textEncoder == encoder || (transformer().published && model.textDim == transformer().textDim);
      if (!model.problem.empty() || !same || model.parts.tokenizer.empty()) continue;
      m_chosen.parts.tokenizer = model.parts.tokenizer;
      m_chosen.notes.push_back("tokenizer: " + model.parts.tokenizer + " (of the installed model " + model.id + ")");
      return;
    }
    m_missing.push_back("the tokenizer of the text encoder (spiece.model)");
  }

  void use(std::string ModelParts::*member, const std::string& name, const FoundPart& part, const std::string& where) {
    m_chosen.parts.*member = part.path;
    const bool plain = part.title() == name;
    m_chosen.notes.push_back(name + ": " + part.path + (plain ? "" : " · " + part.title()) + where);
  }

  /// Looked at once, and only if something is missing.
  const std::vector<FoundPart>& around() {
    if (!m_around) {
      m_around.emplace();
      m_looked = foldersAround(transformer().path);
      for (const std::string& folder : m_looked) {
        for (FoundPart& part : partsIn(folder)) m_around->push_back(std::move(part));
      }
    }
    return *m_around;
  }

  Error missing() {
    std::string message = "parts of the model are missing; expected also ";
    for (std::size_t i = 0; i < m_missing.size(); ++i) message += (i > 0 ? ", and " : "") + m_missing[i];
    message += "; give their files too. Looked in the installed models";
    for (const std::string& folder : m_looked) message += ", " + folder;
    return mismatch(message, transformer().path);
  }

  const ModelCatalogue& m_installed;
  std::vector<FoundPart> m_transformers;
  std::vector<FoundPart> m_given;    ///< other parts that were named
  std::vector<FoundPart> m_offered;  ///< other parts in folders that were named
  std::optional<std::vector<FoundPart>> m_around;
  std::vector<std::string> m_looked;
  std::vector<std::string> m_missing;
  ChosenParts m_chosen;
};

}  // namespace

Result<ChosenParts> chooseParts(const std::vector<std::string>& paths, const ModelCatalogue& installed) {
  return Choice(installed).run(paths);
}

}  // namespace kinora::models
