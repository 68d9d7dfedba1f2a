# `make` alone lists the targets.
.DEFAULT_GOAL := help
.PHONY: help setup run demo test lint openapi clients fmt bench bench-night

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Get the PostgreSQL programs when they are missing
	@scripts/step.sh 'setup' scripts/get-postgres.sh

run: setup ## Build and serve on http://127.0.0.1:8080, with a private database in .data
	@echo "Building (a few minutes the first time) ..."
	@cargo run --bin insula -- serve

demo: ## Play the demo on the running service
	@cargo run --quiet --bin insula -- demo

test: setup lint ## Everything CI runs, on a throw-away database
	scripts/step.sh 'build' cargo build --workspace --all-targets
	scripts/step.sh 'unit tests' cargo test --workspace --lib --bins
	scripts/step.sh 'doc tests' cargo test --workspace --doc
	scripts/step.sh 'integration tests' cargo test --workspace --test '*'

lint: ## Formatting, lints, the direction of dependencies
	scripts/step.sh 'fmt' cargo fmt --check
	scripts/step.sh 'clippy' cargo clippy --workspace --all-targets -- -D warnings
	@scripts/step.sh 'layers' scripts/check-layers.sh

openapi: ## Regenerate openapi.yaml and docs/problems.md from the code
	cargo run --quiet --bin insula -- openapi > openapi.yaml
	scripts/write-problems.sh

clients: setup ## Generate clients from openapi.yaml, compile them, let them play, pack them (needs Python, Node.js, Java)
	scripts/clients.sh

fmt: ## Format the code
	cargo fmt

bench: setup ## Compare Insula with pgbench on this machine (needs wrk and pgbench)
	cargo build --release --bin insula --bin bench
	cargo run --release --bin bench

bench-night: setup ## Compare a night of a million arrivals with one SQL statement (some minutes)
	cargo run --release --bin bench-night
