// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "engine/core/model_info.h"
#include "engine/core/result.h"
#include "engine/models/model_catalogue.h"

namespace kinora::models {

/// A model to be added that lies anywhere and stays there.
struct AddRequest {
  /// The folder of a whole model (diffusers or original layout), or files and folders of its parts: a transformer or
  /// two experts, and as many of VAE, text encoder, tokenizer and image encoder as shall not be looked for.
  std::vector<std::string> paths;
  std::string id;    ///< empty: made from the first path's name
  std::string name;  ///< empty: as the model calls itself
};

struct Assembly {
  std::string folder;              ///< of a whole model in the diffusers layout; else empty
  core::ModelInfo info;            ///< parts say where each lies
  std::vector<std::string> notes;  ///< for the user: what was recognised, and where what was not given was found
};

/// Recognises what the paths are, by the headers of the files alone, and puts a model together. A part that is not
/// among them is looked for beside the transformer (its folder, the folders of ComfyUI, of diffusers and of the
/// original layout around it) and in the installed models; it must fit the transformer, and of several that fit in one
/// place the largest is taken. Which of two experts takes the noisy steps cannot be told from weights: "high" and "low"
/// in the names decide, else the order of the paths. Writes nothing; reads headers only, so any path may be on a slow
/// drive.
///
/// Errors: NotFound, Unsupported, Corrupt (a path, with why); ModelMismatch (all parts that are missing, with what is
/// expected and where it was looked for; a part that does not fit the transformer; experts that are no halves of one
/// model; a file that is no part); InvalidInput (more transformers than one model has).
core::Result<Assembly> assemble(const AddRequest& request, const ModelCatalogue& installed);

/// assemble, and writes root/<id>/kinora.json. InvalidInput too if the id is taken or no id; NotWritable, DiskFull.
core::Result<Assembly> addModel(const AddRequest& request, const ModelCatalogue& installed, const std::string& root);

}  // namespace kinora::models
