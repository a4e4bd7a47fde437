.PHONY: help demo demo-down test e2e e2e-full bench dist

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile

demo: ## a real Kubernetes with a Redis Cluster on it, to try the plugin (needs root)
	tests/cluster/demo.sh up

demo-down: ## remove what `make demo` made
	tests/cluster/demo.sh down

test: ## all tests: cargo test, then the end-to-end tests
	cargo test
	$(MAKE) e2e

e2e: ## the end-to-end tests, on a real Kubernetes (needs root); ARGS go to the test binary
	tests/cluster/e2e.sh $(ARGS)

e2e-full: ## the same with the cases that take long
	E2E_FULL=1 tests/cluster/e2e.sh $(ARGS)

bench: ## speed beside what people use today, as ratios (needs root); ARGS: slots, rollout, check
	tests/cluster/bench.sh $(ARGS)

dist: ## the archives of a release, their sums and the krew manifest, in dist/; TARGETS for other platforms than this
	krew/dist.sh
