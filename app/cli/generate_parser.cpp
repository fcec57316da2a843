// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/generate_parser.h"

#include <CLI/CLI.hpp>

namespace kinora::cli {
namespace {

void declareSampling(CLI::App& command, GenerateOptions& o) {
  core::GenerationRequest& r = o.request;
  command.add_option("--sampler", r.sampler,
                     "unipc, euler or dpm++; for distilled models and LoRAs dmd, lightx2v or lcm, which also bring "
                     "their own steps, shift and no guidance");
  command.add_option("--steps", r.steps, "Sampling steps");
  command.add_option("--shift", r.shift, "Noise schedule shift");
  command.add_option("--guidance", r.guidance,
                     "How strictly the prompt is followed; up to 1 the negative prompt is not used");
  command.add_option("--guidance-2", r.guidance2, "Guidance of the second expert, for models that have one");
  command.add_option("--guidance-kind", r.guidanceKind, "cfg or cfg-zero (CFG-Zero*)");
  auto* nag = command.add_option("--nag", o.nagScale,
                                 "Scale of normalized attention guidance, about 11: a negative prompt for models that "
                                 "run without guidance");
  command.add_option("--nag-tau", o.nagTau, "Most that attention may grow by it; default 2.5")->needs(nag);
  command.add_option("--nag-alpha", o.nagAlpha, "Share of it in the result, 0 to 1; default 0.25")->needs(nag);
  auto* skip = command
                   .add_option("--skip-layers", r.skipLayers.blocks,
                               "Skip-layer guidance: blocks to leave out of a further pass, e.g. 9,10")
                   ->delimiter(',');
  command.add_option("--skip-scale", r.skipLayers.scale, "Its strength; default 1")->needs(skip);
  command.add_option("--skip-from", r.skipLayers.from, "First step with it as a share of all; default 0.01")
      ->needs(skip);
  command.add_option("--skip-to", r.skipLayers.to, "End of the steps with it; default 0.2")->needs(skip);
  auto* cache =
      command.add_option("--cache", r.cache, "off, teacache or firstblock: reuse network passes while little changes");
  command
      .add_option("--cache-threshold", r.cacheThreshold,
                  "Change up to which it does; higher is faster and further off; default 0.1 and 0.05")
      ->needs(cache);
}

}  // namespace

void declare(CLI::App& command, GenerateOptions& o) {
  core::GenerationRequest& r = o.request;
  command.add_option("--model", r.model, "Id of an installed model, or a folder or file that is one (see models add)");
  command.add_option("--edition", r.edition,
                     "standard or master, an older version as master@2.0; without it a free draft");
  command.add_option("--quality", r.quality, "720p or 1080p, for standard");
  command.add_option("--prompt", r.prompt, "What shall be seen, up to 2500 characters");
  command.add_option("--negative", r.negativePrompt, "What shall not be seen");
  command.add_option("--image", r.startImage, "Picture that becomes the first frame");
  command.add_option("--end-image", r.endImage, "Picture that becomes the last frame");
  command.add_option("--control", r.controlVideo, "Video that the clip follows or keeps, for VACE models");
  command.add_option("--mask", r.controlMask,
                     "Video or picture: white is made anew, black is kept of the control video");
  command.add_option("--reference", r.references,
                     "Picture of what shall appear, for VACE models; several are possible");
  command.add_option("--control-scale", r.controlScale, "How strongly the control is followed; default 1");
  command.add_option("--aspect", r.aspect, "16:9, 9:16 or 1:1; default: the picture's, else 16:9");
  command.add_option("--size", o.size, "WxH the model works at");
  auto* frames = command.add_option("--frames", r.frames, "Frames the model makes (4k+1)");
  command.add_option("--seconds", o.seconds, "Length instead of frames")->excludes(frames);
  command.add_option("--fps", o.fps, "Frame rate of a draft, e.g. 24 or 24000/1001");
  declareSampling(command, o);
  command.add_option("--lora", o.loras,
                     "FILE=WEIGHT, for one expert of two FILE=WEIGHT@high or @low; may be given several times");
  command.add_option("--seed", r.seed, "Whole number; the same seed gives the same clip");
  command.add_option("--noise", r.noiseFile, "safetensors file with the start noise");
  command.add_option("--variants", o.variants, "Takes with consecutive seeds")->check(CLI::Range(1, 16));
  command.add_flag_callback(
      "--no-detail", [&r] { r.detail = "off"; },
      "Enlarge frames plainly, without the detail that the start picture has");
  command.add_option("--device", r.device, "auto, cpu, cuda or cuda:i; several that share the work: cuda:0,cuda:1");
  command.add_option("--dtype", r.dtype, "auto, f32, bf16 or f16; int8 or fp8: weights kept in one byte each");
  command.add_option("--threads", r.threads, "CPU threads");
  command.add_option("--memory", r.memoryGiB, "Most memory the job may take, in GiB; default: what the device has");
  command.add_option("--output", o.output, "File to write; default: a fresh name in the data folder's clips");
  command.add_option("--dump", o.dump, "Folder for intermediate tensors as safetensors");
  command.add_flag("--json", o.json, "One JSON object a line on stdout");
  command.add_flag("--dry-run", o.dryRun, "Say what the job would take, and start nothing");
}

}  // namespace kinora::cli
