#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The include checker must find each kind of breach: a rule that cannot fail guards nothing."""
import unittest

from check_includes import breaches_in


class CheckIncludes(unittest.TestCase):
    def breach(self, path, include):
        return breaches_in(path, f"// a comment\n#include {include}\n")

    def test_engine_contains_no_qt(self):
        self.assertTrue(self.breach("engine/core/frame.h", "<QImage>"))
        self.assertTrue(self.breach("engine/media/picture.cpp", "<QtGui/QImage>"))

    def test_ui_contains_no_torch_ffmpeg_or_opencv(self):
        for include in ("<ATen/ATen.h>", "<libavcodec/avcodec.h>", "<opencv2/core.hpp>"):
            self.assertTrue(self.breach("ui/preview/monitor_panel.cpp", include))

    def test_torch_and_media_never_meet(self):
        self.assertTrue(self.breach("engine/pipeline/delivery.cpp", "<opencv2/core.hpp>"))
        self.assertTrue(self.breach("engine/pipeline/delivery.cpp", '"engine/media/clip_writer.h"'))
        self.assertTrue(self.breach("engine/media/clip_writer.cpp", "<ATen/ATen.h>"))

    def test_panels_never_include_each_other(self):
        self.assertTrue(self.breach("ui/create/create_panel.cpp", '"ui/timeline/timeline_panel.h"'))
        self.assertFalse(self.breach("ui/window/main_window.cpp", '"ui/timeline/timeline_panel.h"'))

    def test_heavy_headers_stay_in_sources(self):
        self.assertTrue(self.breach("engine/media/clip_writer.h", "<libavcodec/avcodec.h>"))
        self.assertFalse(self.breach("engine/media/clip_writer.cpp", "<libavcodec/avcodec.h>"))
        self.assertTrue(self.breach("engine/tensor/ops.h", "<torch/torch.h>"))

    def test_includes_are_root_relative(self):
        self.assertTrue(self.breach("engine/core/job.cpp", '"job.h"'))

    def test_unknown_folders_are_reported(self):
        self.assertTrue(self.breach("engine/new/thing.h", "<vector>"))


if __name__ == "__main__":
    unittest.main()
