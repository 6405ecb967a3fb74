# Parley. `make` alone lists what there is to do.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

STAMPS := .parley/build
WORKSPACES := widget dashboard

# Sources of a front end: everything below its folder that is not made.
sources = $(shell find $(1) -type f -not -path '*/node_modules/*' -not -path '*/dist/*')

.PHONY: help
help: ## List these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | while IFS=$$'\t' read -r name text; do printf '  \033[1m%-10s\033[0m %s\n' "$$name" "$$text"; done

.PHONY: run
run: versions ## Run everything on this machine: database, Temporal, Parley, demo page
	@scripts/deps.sh database
	@$(MAKE) build
	@exec bin/parley up

.PHONY: test
test: versions ## Run every test: Go with the race detector, front ends, browser
	@scripts/test.sh

.PHONY: verify
verify: versions $(STAMPS)/npm ## Check that generated files and go.mod are up to date
	@scripts/verify.sh

.PHONY: lint
lint: versions $(STAMPS)/npm ## Run the linters and the type checkers
	@scripts/lint.sh

.PHONY: gen
gen: versions $(STAMPS)/npm ## Make the generated files again
	@scripts/gen.sh

.PHONY: bench
bench: versions build ## Measure this machine against the figures that Parley aims for
	@go build -o bin/bench ./bench && bin/bench $(BENCH)

.PHONY: bench-docs
bench-docs: ## Measure, and write docs/benchmarks.md
	@$(MAKE) bench BENCH='-write docs/benchmarks.md'

.PHONY: chaos
chaos: versions build ## Kill and freeze one process after the other under load, and judge every turn
	@go build -o bin/chaos ./chaos && bin/chaos $(CHAOS)

.PHONY: build
build: bin/parley-temporal web ## Build the binary with its front ends, and Temporal
	@go build -o bin/parley ./cmd/parley

.PHONY: deps
deps: ## Install what is missing of the system: Postgres, pgvector, Chromium
	@scripts/deps.sh compiler database browser

.PHONY: clean
clean: ## Remove everything built; the data in .parley stays
	@rm -rf bin node_modules widget/node_modules dashboard/node_modules widget/react/dist $(STAMPS)
	@find widget/dist dashboard/dist -mindepth 1 -not -name .gitkeep -delete

.PHONY: versions
versions:
	@scripts/versions.sh

.PHONY: bin/parley-temporal
bin/parley-temporal:
	@scripts/temporal.sh

.PHONY: web
web: $(WORKSPACES:%=$(STAMPS)/%)

$(STAMPS)/npm: package-lock.json $(wildcard package.json widget/package.json widget/react/package.json dashboard/package.json e2e/package.json)
	@scripts/npm.sh
	@mkdir -p $(@D) && touch $@

$(STAMPS)/widget: $(STAMPS)/npm $(call sources,widget)
	@echo "==> Building the widget"
	@npm run --silent build -w @parley/widget
	@touch $@

$(STAMPS)/dashboard: $(STAMPS)/npm $(call sources,dashboard) api/openapi.yaml
	@echo "==> Building the dashboard"
	@npm run --silent build -w @parley/dashboard
	@touch $@
