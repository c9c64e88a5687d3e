# Everything runs with Go alone; `make help` lists the targets.

NAME      := signed-promote
PLATFORMS := linux/386 linux/amd64 linux/arm linux/arm64 linux/ppc64 linux/ppc64le linux/s390x \
             darwin/amd64 darwin/arm64 windows/amd64
# Which of them `make cross` builds.
CROSS     ?= $(PLATFORMS)
EXE       := $(shell go env GOEXE)
TOOLS     := $(CURDIR)/.tools/bin
E2E_TOOLS := conformance cosign-v2 cosign-v3 crane notation oras regctl
LIVE_TOOLS := cosign-v2 cosign-v3 crane notation oras regctl
PEERS     := cosign-v3 crane oras regctl
DOC_TOOLS := actionlint cosign-v3 crane misspell notation oras regctl

# A hung test must not hang the machine. The slowest packages take some minutes with the race detector.
TIMEOUT   := 10m

# Random combinations of settings: a failure prints the seed that repeats it alone, with COUNT=1.
SEED      ?= $(shell date +%s)
COUNT     ?= 2000

# Every so-manieth request at which repair and prune are killed, and answered with a fault.
STRIDE    ?= 1

# How long each fuzz target runs.
FUZZTIME  ?= 10s

# The race detector needs cgo, and with that a C compiler.
CC_FOUND := $(shell command -v $(firstword $(shell go env CC)) 2>/dev/null)

# For pipefail.
SHELL := bash

.DEFAULT_GOAL := help
.PHONY: help build test race lint vet fmt cover demo bench performance plot profiles figures size many layouts sweep faults variants mutants inventory browser \
        fuzz e2e conformance docs spell picture live live-double contract-page cross install-local clean tools hostile registry-check release reproducible licences licences-page vuln

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the plugin into bin/, as the plugin registry does
	CGO_ENABLED=0 go build -o bin/$(NAME)$(EXE) .

test: ## Run all hermetic tests, as the plugin registry does
	go vet ./...
	go test -timeout $(TIMEOUT) ./...

# With the race detector everything takes several times as long: a few tests that try very many states try fewer (-short). Without a C
# compiler it cannot run, which OUTCOME, a file, is told.
race: ## Run the hermetic tests with the race detector, or fail if there is no C compiler
ifneq ($(CC_FOUND),)
	CGO_ENABLED=1 go test -race -short -timeout 20m ./...
else
	@echo 'not checked: the race detector needs a C compiler'; $(if $(OUTCOME),echo 'not checked: no C compiler' >$(OUTCOME);) exit 1
endif

lint: tools-golangci-lint ## Run the linters and check the formatting
	$(TOOLS)/golangci-lint run

vet: ## Run go vet
	go vet ./...

fmt: tools-golangci-lint ## Format the code
	$(TOOLS)/golangci-lint fmt

cover: ## Measure the test coverage of the plugin's own packages, into coverage.html
	go test -timeout $(TIMEOUT) -coverpkg=.,./commands/...,./utils/... -coverprofile=coverage.out ./...
	go tool cover -html=coverage.out -o coverage.html
	@go tool cover -func=coverage.out | tail -n 1

demo: tools-cosign-v3 ## Watch a signature get lost, and then kept, against the Artifactory double
	@PATH="$(TOOLS):$$PATH" go run ./tests/demo

# How often each tool does each case.
ROUNDS    ?= 3

bench: $(PEERS:%=tools-%) ## Measure each scenario on the double beside its budget, and beside the tools that copy images
	@go run ./tests/bench
	@go run ./tests/performance -rounds $(ROUNDS)
	@cd tests/plot && go vet . && go test .

performance: ROUNDS = 5
performance: $(PEERS:%=tools-%) ## Measure the plugin beside the other tools, and write docs/performance.json, its tables and its picture
	@go run ./tests/performance -rounds $(ROUNDS) -write docs
	@$(MAKE) --no-print-directory plot

plot: ## Write the tables and the picture of docs/performance.md again, from docs/performance.json
	@go run ./tests/performance page
	@cd tests/plot && go run . ../../docs/performance.json ../../docs/performance.svg

profiles: ## Profile promotions, a copy of 1,000 images and an audit; the files for go tool pprof stay in bin/profiles
	@go run ./tests/profile bin/profiles

figures: ## Print how the code is shaped: sizes, imports, ties between files, one promotion followed call by call; and the goals
	@go run ./tests/figures

size: ## Print what each dependency adds to the binary
	@go run ./tests/performance size

many: ## Copy 10 to 10,000 images, with 1 to 32 threads and at crowded servers: requests, time and memory; ARGS measures others
	@go run ./tests/many $(ARGS)

layouts: ## Promote every layout with every kind of server
	@go test -timeout 30m -skip '^TestCrashSweep$$|^TestFaultMatrix$$|^TestHalfDone$$|EveryGap$$|^TestTwoAtOnce$$' ./tests/layouts -layouts.all

# Sweep and faults try each so-manieth request: 1 is every one.
EVERY     ?= 1

# What the sweeps print of themselves; the rest is one line for each of their many tests.
COUNTS := grep -E '^(ok|FAIL|panic)|sweep:|matrix:|killed the|^ *--- FAIL|_test.go:'

sweep: ## Kill promotions at every request, before and after the server acted, and count them
	@set -o pipefail; go test -v -count=1 -timeout 30m -run '^TestCrashSweep$$' ./tests/layouts -layouts.all -layouts.every $(EVERY) | $(COUNTS)
	@set -o pipefail; go test -v -count=1 -timeout 30m -run '^TestKilled$$' ./tests/scenario -scenario.all | $(COUNTS)

faults: ## Let every kind of fault strike every request of promotions, and others write in every gap, and count them
	@set -o pipefail; go test -v -count=1 -timeout 60m -parallel 6 -run '^TestFaultMatrix$$|^TestHalfDone$$|EveryGap$$|^TestTwoAtOnce$$' ./tests/layouts -layouts.all -layouts.every $(EVERY) | $(COUNTS)

# The directory is entered so that the counts are shown although the tests pass.
variants: ## Promote every layout at every setting of the double, alone and in COUNT random combinations from SEED on
	@cd tests/layouts && go test -count=1 -timeout 20m -run '^TestVariants' -variants.all -variants.seed $(SEED) -variants.count $(COUNT)

mutants: ## Break the plugin on purpose, in one place after another, and see the tests notice
	@go run ./tests/mutants

inventory: ## Audit 2,000 random images of every layout and compare with a slow judge; prune 10,000 random ones; kill both, and let each request fail, at every request
	@go test -timeout 30m ./tests/inventory -run Judge -inventory.tags=2000 -parallel 2
	@go test -timeout 30m ./tests/inventory -run 'Resumed|Quarantine|Fault' -inventory.stride=$(STRIDE)
	@go test -timeout 10m ./utils/prune -run 'Orphan|Parts' -rapid.checks=10000

browser: ## Open the page of an audit in headless Chromium, filter, and compare the numbers; skipped, and said so, without one
	@go test -count=1 ./tests/inventory -run Browser -inventory.browser -v

fuzz: ## Fuzz every parser for FUZZTIME each (10s)
	@tests/fuzz.sh $(FUZZTIME)

e2e: $(E2E_TOOLS:%=tools-%) ## Run real cosign, oras, regctl, crane, notation and the conformance suite against the double
	@tests/e2e/run.sh

conformance: tools-conformance ## Run only the OCI distribution specification's conformance suite against the double
	@tests/e2e/run.sh -run Conformance

live: build $(LIVE_TOOLS:%=tools-%) ## Ask a real Artifactory whether all that is assumed of it is true (docs/live.md); OPTIONS="--run copy" and others
	@mkdir -p dist/live
	@go build -o dist/live/ ./tests/live
	@PATH="$(TOOLS):$$PATH" dist/live/live$(EXE) --plugin bin/$(NAME)$(EXE) --json dist/live/report.json --markdown dist/live/report.md $(OPTIONS)

contract-page: ## Write docs/artifactory.md again, from the statements that make live asks
	@go test -count=1 ./tests/live/internal/contract -run '^TestPage$$' -contract.page

live-double: build $(LIVE_TOOLS:%=tools-%) ## Do the same with the double in place of the Artifactory, where all of it has to be true
	@mkdir -p dist/live
	@go build -o dist/live/ ./tests/live ./tests/live/forgetful ./tests/artifactory/cmd/artifactory-double
	@go test ./tests/live/...
	@PATH="$(TOOLS):$$PATH" tests/live/double.sh dist/live bin/$(NAME)$(EXE)

docs: $(DOC_TOOLS:%=tools-%) spell ## Run every command line of the docs, those of cosign and other tools too; links, pipelines, spelling
	@cd tests/docs && go test -count=1 -timeout 10m . -docs.tools -v | grep -vE '^=== |^ *--- PASS|^(PASS|ok)'; exit $${PIPESTATUS[0]}

spell: tools-misspell ## Look for misspelt words in the docs; lint does so in the code
	@$(TOOLS)/misspell -error *.md $$(find docs -type f -not -name '*.svg')

picture: tools-cosign-v3 ## Run the demo and draw the picture in the README from what it prints
	@PATH="$(TOOLS):$$PATH" go run ./tests/picture

# Two at a time: a linker keeps one core alone.
cross: ## Build all ten platforms of the plugin registry into dist/ and print the sizes, and what they are made of; CROSS="linux/386 …" chooses some
	@$(MAKE) --no-print-directory -j2 $(CROSS:%=cross/%)
	@$(MAKE) --no-print-directory size

cross/%:
	@set -e; os=$(*D); arch=$(*F); out=dist/$$os-$$arch/$(NAME); \
	if [ $$os = windows ]; then out=$$out.exe; fi; \
	CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch go build -o $$out .; \
	printf '%-16s %6.1f MB\n' $* $$(wc -c <$$out | awk '{ print $$1 / 1000000 }')

# Which platforms are built twice to be compared; all ten take a quarter of an hour.
REPRODUCE ?= linux/amd64

release: ## Build all ten platforms into dist/release, with checksums, bills of materials and licences
	@go run ./tests/release -platforms "$(PLATFORMS)"

reproducible: ## Build the committed source twice, in different surroundings, and compare; REPRODUCE="linux/arm64 …" chooses platforms
	@tests/release/reproducible.sh $(REPRODUCE)

licences: ## Check that the licence of everything that is compiled in is known, allowed and listed
	@go run ./tests/licences -platforms "$(PLATFORMS)"

licences-page: ## Write the list of licences anew
	@go run ./tests/licences -platforms "$(PLATFORMS)" -write

# OUTCOME names a file for the words of an ending that is neither success nor failure.
vuln: tools-govulncheck tools-indexdb ## Look for known vulnerabilities that can be reached; without the database it says so and is not passed
	@go build -o .tools/bin/vuln ./tests/vuln
	@$(TOOLS)/vuln $(if $(OUTCOME),-outcome $(OUTCOME))

hostile: ## Let every command meet every hostile answer of a server
	@go test -count=1 -timeout 20m -run '^TestHostile' ./tests/scenario -scenario.all

registry-check: ## Do what the plugin registry does with a pull request, on a clone of HEAD and without a network
	@tests/registry/check.sh

# Without plugins.yml the next run of jf would take the folder for an old layout and report an error.
install-local: build ## Install the plugin for your own jf, into $JFROG_CLI_HOME_DIR or ~/.jfrog
	@set -e; plugins="$${JFROG_CLI_HOME_DIR:-$$HOME/.jfrog}/plugins"; \
	mkdir -p "$$plugins/$(NAME)/bin"; \
	cp bin/$(NAME)$(EXE) "$$plugins/$(NAME)/bin/"; \
	[ -s "$$plugins/plugins.yml" ] || printf '{"version":1}' >"$$plugins/plugins.yml"; \
	echo "installed: $$plugins/$(NAME)/bin/$(NAME)$(EXE)"

tools: ## Build every pinned tool into .tools/bin
	@tests/tools/install.sh

tools-%:
	@tests/tools/install.sh $*

clean: ## Remove everything built, except the tools
	rm -rf bin dist coverage.out coverage.html
