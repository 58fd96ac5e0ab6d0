# Naru. `make` lists what can be done; every target sets up what it needs.
# Variables: ARGS (passed to naru), FUZZTIME, BENCHCOUNT, DRILLS, ENTRIES.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Build tools are pinned in tools/go.mod; nothing is installed to run them.
TOOL := go tool -modfile=tools/go.mod

# One bundle for each page that needs a script, one for each style sheet.
# A module that another one imports is not named here.
ENTRIES := $(wildcard ui/src/wait.js ui/src/flow.js ui/src/draw.js ui/src/staff.js ui/src/clinic.js ui/src/worker.js ui/src/certificate.js ui/src/certificate_worker.js ui/src/*.css)
# What needs packages of npm is bundled where they are (script/setup demo); without them
# its page says so. OUT=IN names the bundle.
NPM     := $(if $(wildcard ui/node_modules/qr/index.js),wallet=ui/src/wallet/main.js wallet-worker=ui/src/wallet/worker.js)
DIST    := internal/web/assets/dist
ESBUILD := $(TOOL) esbuild --bundle --minify --format=esm --target=es2020,chrome80,firefox78,safari14.1 \
           --charset=utf8 --log-level=warning --outdir=$(DIST)

# The scanner is made of npm's readers of QR codes and of our own core in WebAssembly.
# Without npm it is left out, and its page says so.
ifneq ($(wildcard ui/node_modules/qr),)
ENTRIES += ui/src/scan.js ui/src/scan-worker.js ui/src/hard.js
ESBUILD += --alias:wasm_exec=$(shell go env GOROOT)/lib/wasm/wasm_exec.js
PACKED  := $(DIST)/core.wasm.br $(DIST)/hard.wasm.br
endif
CORE := $(addprefix internal/,bundle caldate certlogic cose credential entry fault incident pass rule)
PACK := go -C tools run ./pack

FUZZTIME   ?= 20s
BENCHCOUNT ?= 6
DRILLS     ?= opening-rush back-doors
FAULTS     ?= 20
REPORT     ?=
ARGS       ?=

.PHONY: help build assets demo dev test e2e race peers fuzz bench drills faults generate lint check clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: assets ## bundle the pages' scripts and styles, then build bin/naru
	go build -trimpath -o bin/naru ./cmd/naru

assets: $(PACKED)
	@mkdir -p $(DIST)
	@cp ui/src/*.png $(DIST)
	$(if $(strip $(ENTRIES)),$(ESBUILD) $(ENTRIES) $(NPM),@echo "assets: nothing to bundle yet")

$(DIST)/core.wasm.br: go.mod $(wildcard cmd/scanwasm/*.go $(addsuffix /*.go,$(CORE)))
	@mkdir -p bin
	GOOS=js GOARCH=wasm go build -trimpath -ldflags "-s -w" -o bin/core.wasm ./cmd/scanwasm
	$(PACK) ../bin/core.wasm ../$(DIST)/core.wasm

$(DIST)/hard.wasm.br: ui/package-lock.json
	$(PACK) ../ui/node_modules/zxing-wasm/dist/reader/zxing_reader.wasm ../$(DIST)/hard.wasm

demo: ## run the whole service here with made-up people: make demo ARGS="--crowd 5000"
	@script/setup demo
	@$(MAKE) --no-print-directory build
	bin/naru demo $(ARGS)

dev: assets ## the demo, straight from the sources
	go run ./cmd/naru demo $(ARGS)

test: ## set up, build, run every test: Go, JavaScript, browsers
	@script/setup test
	@$(MAKE) --no-print-directory build
	go test -shuffle=on -timeout 15m ./...
	NARU_MANY_NODES=1 go test -count=1 -timeout 5m -run TestManyNodes ./internal/drill
	NARU_FAULTS=$(FAULTS) go test -count=1 -timeout 20m ./test/faults
	@script/test-ui
	@script/test-e2e

e2e: ## only the browser tests (they start the real server)
	@script/setup test
	@$(MAKE) --no-print-directory build
	@script/test-e2e

peers: ## certificates against npm's @pathcheck/dcc-sdk and shc-sdk, both ways
	cd tools/peers && npm ci --silent --ignore-scripts
	NARU_PEERS=1 go test -count=1 -v ./test/peers

race: ## the packages under internal/ with the race detector
	go test -race -timeout 15m ./internal/...

fuzz: ## every fuzz target for FUZZTIME (20s)
	@script/fuzz $(FUZZTIME)

bench: build ## throughput beside yardsticks (naru bench), then Go benchmarks, BENCHCOUNT (6) runs
	@mkdir -p bin
	@for name in gate book join verify issue; do bin/naru bench $$name $(ARGS); done
	go test -run '^$$' -bench . -benchmem -count $(BENCHCOUNT) ./... | tee bin/bench.txt
	$(TOOL) benchstat bin/bench.txt

drills: build ## replay the incidents (DRILLS) against a real server
	@for drill in $(DRILLS); do echo "== drill $$drill"; bin/naru drill $$drill --json $(ARGS); done

faults: ## kill, freeze and cut off real processes while a crowd books (FAULTS=20 kills)
	@script/setup test
	NARU_FAULTS=$(FAULTS) NARU_FAULTS_REPORT=$(REPORT) go test -count=1 -v -timeout 90m ./test/faults

generate: ## rewrite what is made from other files: templ pages, schema.sql
	@if [ -d internal/web ]; then $(TOOL) templ generate -path internal/web/view; fi
	go generate ./...

lint: ## format, vet, staticcheck, known vulnerabilities, architecture, documents
	@script/lint

check: generate ## all that CI runs, the race detector, and nothing left to commit
	.ci/run
	@$(MAKE) --no-print-directory race
	git diff --exit-code

clean: ## remove what make built (never the data)
	rm -rf bin ui/node_modules
	find $(DIST) -mindepth 1 ! -name .keep -delete 2>/dev/null || true
