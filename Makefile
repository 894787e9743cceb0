# Two commands to start: `make quickstart` and `make test`. Both install what Debian packages are missing first (`make setup`).

PACKAGES = build-essential pkg-config libhdf5-dev libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libdeflate-dev libopenblas-dev \
  libzstd-dev liblz4-dev libblosc-dev libbz2-dev libaec-dev libturbojpeg0-dev
ORRERY = .build/release/orrery
# Where `make install` puts the program: $(PREFIX)/bin.
PREFIX ?= $(HOME)/.local

.PHONY: setup build install quickstart test soak fuzz fuzz-c interop bench bench-family data format lint clean

setup:
	@bash .ci/setup $(PACKAGES)

build: setup
	swift build -c release --product orrery

# A copy of the program on the PATH. It needs this machine's Swift runtime and the Debian packages above.
install: build
	install -D -m 755 $(ORRERY) $(DESTDIR)$(PREFIX)/bin/orrery
	@echo "installed $(DESTDIR)$(PREFIX)/bin/orrery"
	@case ":$$PATH:" in *":$(PREFIX)/bin:"*) ;; *) echo "$(PREFIX)/bin is not on the PATH; for this shell: export PATH=\"$(PREFIX)/bin:\$$PATH\"" ;; esac

quickstart: build
	$(ORRERY) quickstart --out experiments/runs/quickstart

# Everything in release mode: the numerics are tested as they are shipped.
test: setup
	swift build -c release --build-tests
	swift test -c release --skip-build

# What takes longer than a test should: kills at random moments, full-size runs.
soak: setup
	ORRERY_SOAK=1 swift test -c release --filter Soak

# Damaged files, 10,000 a parser, 527 of them through the command line: make fuzz PARSER=png FROM=4000 CASES=10000 BY=program|worker.
# What goes wrong is kept in fuzz-faults/; docs/FUZZ.md has the rest.
fuzz: setup
	swift build -c release --build-tests
	ORRERY_FUZZ=$(or $(PARSER),all):$(or $(FROM),0) ORRERY_FUZZ_CASES=$(or $(CASES),10000) ORRERY_FUZZ_BY=$(BY) \
	  swift test -c release --skip-build --filter "^FuzzTests.FuzzTests/damaged"

# The C and the decoders of bytes under libFuzzer and AddressSanitizer: make fuzz-c SECONDS_EACH=60 TARGETS="inflate column".
fuzz-c: setup
	bash Tests/FuzzBytes/run.sh $(or $(SECONDS_EACH),60) $(TARGETS)

# Python peers and oracles, in a virtual environment of their own.
interop: build
	bash Tests/Interop/run.sh
	bash Tests/Interop/credentials.sh

# Both sides of every speed claim, in turns, on this machine: about twenty minutes. BENCH takes flags of Tests/Interop/bench.py.
bench: build
	@bash .ci/setup $(PACKAGES) time
	@[ -n "$(PEERS)" ] || bash Tests/Interop/setup.sh
	python3 Tests/Interop/bench.py --orrery $(ORRERY) $(foreach peer,$(or $(PEERS),.venv/bin/python),--peer $(peer)) $(BENCH)

# Shapes of the Wan family beside PyTorch: about an hour. FAMILY takes flags of Tests/Interop/bench_family.py, such as --rows vae.
bench-family: build
	python3 Tests/Interop/bench_family.py --orrery $(ORRERY) --peer $(firstword $(PEERS) .venv/bin/python) $(FAMILY)

# The datasets the experiments name.
data: build
	bash datasets/make.sh $(ORRERY)

# Lays the sources out: .swift-format and .clang-format say how.
format:
	@bash .ci/setup clang-format
	swift format --in-place --recursive --parallel Sources Tests Package.swift
	clang-format -i $(wildcard Sources/C*/*.c Sources/C*/*.h Sources/C*/include/*.h)
	for f in Sources/CKernels/*.inc; do clang-format --assume-filename=x.c < $$f > $$f.tmp && mv $$f.tmp $$f; done

lint:
	@bash .ci/lint

clean:
	rm -rf .build .venv .venv-*
