# `make` alone lists the targets. VENV=folder names the environment (default .venv); nothing here waits for an answer.
SHELL := /bin/bash
VENV ?= .venv
PANIC3D := $(VENV)/bin/panic3d
PYTHON := $(VENV)/bin/python
AVATARS ?=
DEMO ?= demo
DATA ?= data
COUNT ?= 2000
SOME_MAY_FAIL := || test $$? -eq 3  # 3: finished, what failed is listed
BENCH ?=
SUITE ?= $(DATA)/animerecon-open
RESULTS ?= results
REPORT ?= report
INPUT ?= drawing
MINUTES ?= 15
SEEDS ?= 3
ABLATIONS ?= ablations
HEADS ?= $(if $(wildcard $(DATA)/synthetic/dataset.json),$(DATA)/synthetic,$(DATA)/benchmark-heads)
INVERSIONS ?= eg3d-img2stylegan eg3d-pti
SANITY ?= mean=$(HEADS) nearest=$(HEADS) relief=$(HEADS) nearest-oracle=$(HEADS) visual-hull
METHODS ?= panic3d-auto panic3d-character panic3d panic3d-unet pixelnerf pifu $(SANITY)
PAIRS ?=
LINES ?= $(if $(filter drawing,$(INPUT)),line-removal-paired)
GPUS ?= 4
RUNS ?= runs
DEVICE ?= cuda
TRAINING ?= $(DATA)/drawn
TRAIN ?=
TAGGER ?=
export VENV
.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  %-20s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## make .venv with everything, system libraries included
	@scripts/setup.sh

.PHONY: demo
demo: setup ## render, train, reconstruct, score and report: AVATARS=folder, or generated ones (15 minutes)
	@$(PYTHON) scripts/demo.py --out $(DEMO) $(if $(AVATARS),--avatars "$(AVATARS)")

.PHONY: test
test: setup lint weights ## lint, types and the fast tests
	@$(VENV)/bin/pytest -q -n 2 --dist worksteal -m "not slow and not browser"

.PHONY: weights
weights: setup ## fetch the LPIPS backbone (LPIPS tests and scores are skipped without it)
	@$(PANIC3D) weights fetch || echo "weights: could not be fetched; what needs them says so and is skipped"

.PHONY: test-slow
test-slow: setup ## tests that take minutes (installs what they compare with)
	@$(PYTHON) -m pip install -q --editable ".[dev,peers,ray]"
	@$(VENV)/bin/pytest -q -m "slow and not browser"

.PHONY: test-browser
test-browser: setup ## tests in headless Chromium (installs it where it may)
	@scripts/browser.sh
	@$(VENV)/bin/pytest -q -m browser

.PHONY: test-gpu
test-gpu: ## every trainer and method and a step of `paper` on DEVICE=cuda (or cpu), in the environment VENV as it is; without a GPU it says NOT TESTED
	@$(PYTHON) -c 'import sys, torch; sys.exit("$(DEVICE)" == "cuda" and not torch.cuda.is_available())' || echo "NOT TESTED: PyTorch finds no CUDA device on this machine (DEVICE=cpu runs the same on the CPU)" >&2
	@DEVICE=$(DEVICE) $(PYTHON) -m pytest -q -s -p no:cacheprovider -m gpu tests/gpu

.PHONY: lint
lint: setup ## ruff and mypy
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy

.PHONY: bench
bench: setup ## measure speed beside named peers: BENCH="rendering --avatars 4" for one, smaller
	@$(PYTHON) -m profiling $(BENCH)

.PHONY: dataset-synthetic
dataset-synthetic: setup ## COUNT generated characters into checked shards in DATA/synthetic, split by key
	@$(PANIC3D) synth --count $(COUNT) --seed 1 --out $(DATA)/avatars
	@$(PANIC3D) render $(DATA)/avatars --out $(DATA)/synthetic --rig ortho5 --size 256 --points $(SOME_MAY_FAIL)
	@$(PANIC3D) dataset split $(DATA)/synthetic
	@$(PANIC3D) dataset inspect $(DATA)/synthetic --sheet $(DATA)/synthetic/sheet.png --limit 40

.PHONY: dataset-drawn
dataset-drawn: setup ## COUNT generated characters, drawn and rendered at 512 with perspective views, in DATA/drawn, split by key
	@$(PANIC3D) synth --count $(COUNT) --seed 1 --out $(DATA)/drawn-avatars
	@$(PANIC3D) render $(DATA)/drawn-avatars --out $(DATA)/drawn --rig ortho5,persp8 --size 512 --illustrate $(SOME_MAY_FAIL)
	@$(PANIC3D) dataset split $(DATA)/drawn

.PHONY: dataset-vroid
dataset-vroid: setup ## VRoid Hub's models in IDS=list (or OFFICIAL=the authors' tree) into DATA/vroid; SPLITS=folder of csv lists
ifdef OFFICIAL
	@$(PANIC3D) data import-official vroid "$(OFFICIAL)" --out $(DATA)/vroid $(SOME_MAY_FAIL)
else
	@test -n "$(IDS)" || { echo "make dataset-vroid needs IDS=list-of-model-ids (docs/guides/original_data.md) or OFFICIAL=tree" >&2; exit 2; }
	@$(PANIC3D) data vroid $(IDS) --out $(DATA)/vroid-hub $(VROID) $(SOME_MAY_FAIL)
	@$(PANIC3D) render $(DATA)/vroid-hub --out $(DATA)/vroid --rig ortho5,persp8 --size 512 --checks paper $(SOME_MAY_FAIL)
	@$(PANIC3D) dataset split $(DATA)/vroid $(if $(SPLITS),$(foreach s,train val test,--ids $(s)=$(SPLITS)/rutileEB_$(s).csv))
endif
	@$(PANIC3D) dataset inspect $(DATA)/vroid --sheet $(DATA)/vroid/sheet.png --limit 40

.PHONY: dataset-vtuber
dataset-vtuber: setup ## portraits of the virtual YouTuber wiki, aligned and cut out into shards in DATA/vtuber
	@$(PANIC3D) data vtuber --out $(DATA)/vtuber-wiki $(VTUBER) $(SOME_MAY_FAIL)
	@$(PANIC3D) portraits $(DATA)/vtuber-wiki/images --out $(DATA)/vtuber $(SOME_MAY_FAIL)
	@$(PANIC3D) dataset inspect $(DATA)/vtuber

.PHONY: dataset-animerecon
dataset-animerecon: setup ## the paper's test pairs from DOWNLOADS=folder (or OFFICIAL=the authors' tree) into DATA/animerecon
ifdef OFFICIAL
	@$(PANIC3D) benchmark build animerecon --from "$(OFFICIAL)" --out $(DATA)/animerecon $(SOME_MAY_FAIL)
else
	@test -n "$(DOWNLOADS)" || { echo "make dataset-animerecon needs DOWNLOADS=folder (docs/guides/original_data.md) or OFFICIAL=tree" >&2; exit 2; }
	@$(PANIC3D) data animerecon "$(DOWNLOADS)" --out $(DATA)/animerecon-pairs $(ANIMERECON) $(SOME_MAY_FAIL)
	@$(PANIC3D) benchmark build animerecon --from $(DATA)/animerecon-pairs --out $(DATA)/animerecon $(SOME_MAY_FAIL)
endif
	@$(PANIC3D) dataset inspect $(DATA)/animerecon --sheet $(DATA)/animerecon/sheet.png

.PHONY: train-reconstructor
train-reconstructor: setup ## train the small reconstructor on DATA/synthetic
	@$(PANIC3D) train reconstructor --data $(DATA)/synthetic --preset small --out runs/reconstructor

.PHONY: train-paper
train-paper: setup weights ## train the published configuration on DATA/vroid; needs GPUS=4 and the published tagger, imported; TRAIN=further options
	@$(PANIC3D) train reconstructor --data $(DATA)/vroid --preset paper --out $(RUNS)/paper --set devices=$(GPUS) $(TRAIN)

.PHONY: train-paper-open
train-paper-open: setup weights ## the same on TRAINING=DATA/drawn (made if it is missing), with a tagger trained on it first; needs GPUS=4; TRAIN, TAGGER=further options
ifeq ($(TRAINING),$(DATA)/drawn)
	@test -e $(DATA)/drawn/dataset.json || $(MAKE) --no-print-directory dataset-drawn
endif
	@how="--preset resnet50"; if test -e $(RUNS)/tagger-resnet50/state.pt; then how=--resume; fi; \
	$(PANIC3D) train tagger --data $(TRAINING) --out $(RUNS)/tagger-resnet50 $$how $(TAGGER)
	@$(PANIC3D) train reconstructor --data $(TRAINING) --preset paper-open --out $(RUNS)/paper-open --set devices=$(GPUS) --set tagger_weights=$(RUNS)/tagger-resnet50 $(TRAIN)

.PHONY: train-pixelnerf
train-pixelnerf: setup ## train PixelNeRF, a baseline, on DATA/synthetic
	@$(PANIC3D) train pixelnerf --data $(DATA)/synthetic --preset small --out runs/pixelnerf

.PHONY: train-pifu
train-pifu: setup ## train PIFu, a baseline, on DATA/synthetic
	@$(PANIC3D) train pifu --data $(DATA)/synthetic --preset small --out runs/pifu

.PHONY: ablations
ablations: setup weights ## the paper's ideas switched off one at a time: MINUTES=15 a run, SEEDS=3 (6 hours); goes on where it was
	@test -e $(SUITE) || $(PANIC3D) benchmark build animerecon-open --out $(SUITE)
	@$(PANIC3D) benchmark ablations --data $(DATA)/synthetic --suite $(SUITE) --minutes $(MINUTES) --seeds $(SEEDS) --out $(ABLATIONS)

.PHONY: train-eg3d
train-eg3d: setup weights ## train EG3D's small generator on DATA/synthetic (40 minutes of one core)
	@$(PANIC3D) train eg3d --data $(DATA)/synthetic --preset small --out runs/eg3d

.PHONY: train-unet
train-unet: setup weights ## train the U-Net reconstructor, which `reconstruct` uses, on DATA/synthetic
	@$(PANIC3D) train reconstructor --data $(DATA)/synthetic --preset unet --out runs/unet

.PHONY: benchmark
benchmark: setup weights benchmark-heads ## METHODS on animerecon-open (built once), from drawings without lines, and a report; PAIRS=8: of its first 8
	@test -n "$(filter-out $(DATA)/animerecon-open,$(SUITE))" || $(PANIC3D) benchmark build animerecon-open --out $(SUITE)
	@$(PANIC3D) benchmark run --suite $(SUITE) $(METHODS:%=--method %) --input $(INPUT) $(if $(LINES),--line-removal $(LINES)) $(if $(PAIRS),--pairs $(PAIRS)) --out $(RESULTS)
	@$(MAKE) --no-print-directory report

.PHONY: benchmark-full
benchmark-full: setup ## METHODS and INVERSIONS, which take up to a minute a portrait
	@$(MAKE) --no-print-directory benchmark METHODS="$(METHODS) $(INVERSIONS)"

.PHONY: benchmark-heads
benchmark-heads: setup # what the sanity methods know: 96 generated heads, unless there is DATA/synthetic or HEADS=dataset
ifeq ($(HEADS),$(DATA)/benchmark-heads)
	@$(PANIC3D) synth --count 96 --seed 1 --out $(DATA)/benchmark-avatars
	@$(PANIC3D) render $(DATA)/benchmark-avatars --out $(DATA)/benchmark-heads --rig ortho4 --size 256 --samples 8 --mesh
endif

.PHONY: report
report: setup ## the leaderboard of RESULTS as Markdown, CSV and a page in REPORT
	@$(PANIC3D) benchmark report $(RESULTS) --out $(REPORT)

.PHONY: docs
docs: setup ## build the documentation into build/site (installs mkdocs-material and mkdocstrings); fails on any warning
	@$(PYTHON) scripts/cli_reference.py
	@$(PYTHON) -m pip install -q --editable ".[docs]"
	@$(PYTHON) -m mkdocs build --strict --quiet

.PHONY: clean
clean: ## remove the demo and caches, not the environment
	rm -rf $(DEMO) .pytest_cache .mypy_cache .ruff_cache
