# SPDX-License-Identifier: GPL-3.0-or-later
# The commands people type. Each sets up what is missing first and is quick when nothing is.
PRESET ?= release
PREFIX ?= /usr/local
BUILD := build/$(PRESET)
JOBS ?= 2
CONFIGURE := $(if $(KINORA_TORCH_DIR),-DKINORA_TORCH_DIR=$(KINORA_TORCH_DIR))

.PHONY: run test test-slow setup setup-cuda build bench check format goldens install clean

setup:
	@packaging/setup/setup

setup-cuda:
	@packaging/setup/setup cuda

build: setup
	@cmake --preset $(PRESET) $(CONFIGURE) --log-level=WARNING
	@cmake --build $(BUILD) -j $(JOBS)

run: build
	@packaging/dev/run $(BUILD)

test: build
	@ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS) $(if $(LABEL),-L $(LABEL),-LE slow)

test-slow: build
	@ctest --test-dir $(BUILD) --verbose -L slow

bench: build
	@$(BUILD)/bin/kinora-bench
	@$(BUILD)/bin/kinora-bench-studio

check: build
	@packaging/dev/check

format:
	@git ls-files '*.h' '*.cpp' | xargs clang-format-14 -i

goldens: build
	@packaging/dev/goldens

install: build
	@cmake --install $(BUILD) --prefix $(PREFIX)

clean:
	@rm -rf $(BUILD)
