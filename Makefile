# smtplab: how it is built. `make help` lists what to say; this is how to read the rest.
#
#   lib/*.c               ->  $(OUT)/libsmtplab.a     the whole library, for the programs
#   a few of them         ->  $(OUT)/libclient.a      what a student's client may call, and no more
#   starter/  solution/   ->  $(OUT)/starter/client   $(OUT)/solution/client
#   tools/NAME/*.c        ->  $(OUT)/bin/smtp-NAME   (if there is a main.c)
#   tests/unit/test_*.c   ->  $(OUT)/tests/test_*
#   tests/fuzz/fuzz_*.c   ->  $(OUT)/tests/fuzz_*
#
# OUT is build/, or build/asan/ for the same with the sanitizers in it, or build/fuzz/ for that with a fuzzer.
# There is one set of rules: `make asan` and `make fuzz` call this file again with the other OUT.
#
# Yours to set:  make CC=clang   make V=1 (shows the commands)   make check LAB=2   make debug T=FILE

CC       = cc
OUT      = build
LAB      =
T        =
REPLAY   =
SERVER   =
TO       =
FILE     =
TLS      =
WHAT     =
TARGET   = server
SECONDS  = 60
CPPFLAGS =
CFLAGS   = -O1 -g
LDFLAGS  =
LDLIBS   =

STANDARD = -std=c11 -D_POSIX_C_SOURCE=200809L
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes -Wstrict-prototypes
ifneq ($(filter %/asan,$(OUT)),)
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
# The fuzzer watches which code an input reaches, so all of it is compiled for that; clang has one.
ifneq ($(filter %/fuzz,$(OUT)),)
CC       = clang
SANITIZE = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZER   = -fsanitize=fuzzer
endif

# Homebrew keeps these two out of the compiler's way; everywhere else -lssl is enough.
ifeq ($(shell uname -s),Darwin)
CPPFLAGS += $(shell pkg-config --cflags openssl jansson)
LDFLAGS  += $(shell pkg-config --libs-only-L openssl jansson)
endif

COMPILE  = $(CC) $(STANDARD) $(CPPFLAGS) -Istarter $(WARNINGS) $(CFLAGS) $(SANITIZE) -MMD -MP
LINK     = $(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^)
CRYPTO   = -lssl -lcrypto

# Several jobs at once, unless you said otherwise or something is being removed.
ifeq ($(MAKELEVEL)$(filter clean,$(MAKECMDGOALS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)
endif
MAKEFLAGS += --no-print-directory

# What we start is no make: it must not take this one's job slots, nor see its variables.
RUN = env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL CC="$(CC)"

# $(call say,VERB,FILE): a short line in place of the command that follows; V=1 shows the command itself.
ifneq ($(V),1)
say = @printf '  %-4s %s\n' '$(1)' '$(2)';
endif

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.SUFFIXES:

# ---- what there is to build ------------------------------------------------------------------

object = $(patsubst %.c,$(OUT)/obj/%.o,$(1))

# A wildcard and not a list, so that a module may be cut in two without a word here.
LIB_C    = $(sort $(wildcard lib/*.c))
# This list is visible on purpose: dot-stuffing, address checks and reply parsing are not on it, the student writes them.
CLIENT_MODULES = err buf deadline stream net tls encode recorder
CLIENT_C = $(sort $(wildcard $(CLIENT_MODULES:%=lib/%.c) $(CLIENT_MODULES:%=lib/%_*.c))) starter/foundation.c

TOOLS    = $(sort $(patsubst tools/%/,%,$(dir $(wildcard tools/*/main.c))))
PROGRAMS = $(TOOLS:%=$(OUT)/bin/smtp-%)
LIBS_step = -lreadline -pthread
LIBS_record = -pthread
LIBS_sandbox = -pthread
LIBS_jail = -lseccomp

# A client is every .c of starter/ (foundation.c is in the library), with those that solution/ has taken from there instead.
STARTER_C  = $(filter-out starter/foundation.c,$(sort $(wildcard starter/*.c)))
SOLUTION_C = $(foreach file,$(notdir $(filter-out starter/extra.c,$(STARTER_C))),$(firstword $(wildcard solution/$(file) starter/$(file))))

# What of a client is not written by students; the others are compiled by the grader itself. Where a later lab is not
# graded, starter/absent/ has its stand-in.
EXERCISES = steps session keyboard wire security mime auth guard extra
PROVIDED  = $(call object,$(filter-out $(EXERCISES:%=starter/%.c),$(STARTER_C)) $(wildcard starter/absent/*.c)) $(REPORTS) $(OUT)/libclient.a

UNIT_C    = $(sort $(wildcard tests/unit/test_*.c))
UNIT_HELP = $(filter-out $(UNIT_C),$(sort $(wildcard tests/unit/*.c)))
UNIT      = $(UNIT_C:tests/unit/%.c=$(OUT)/tests/%)

# A fuzz target is linked with the fuzzer's main(), or with one that plays files.
FUZZ_C    = $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ      = $(FUZZ_C:tests/fuzz/%.c=$(OUT)/tests/%)
FUZZ_MAIN = $(if $(FUZZER),,$(call object,tests/fuzz/replay.c))

# In a sanitizer build everything is linked with this: a report ends the program with status 99.
REPORTS   = $(if $(SANITIZE),$(if $(FUZZER),,$(call object,scripts/sanitizers.c)))

GRADE_OPTIONS = $(if $(LAB),--lab $(LAB)) $(if $(T),-T '$(T)') $(if $(filter 1,$(V)),-v)

# ---- the targets to say ----------------------------------------------------------------------
#
# `make help` shows what stands behind "##", a student's daily words, then "##+", what one says now and then; and
# "##!", work on the kit itself, where there is all of it.

# These need files that the hand-out lacks. It says so before anything is installed or built.
CHECKOUT_ONLY = handout handout-verify mutants bench interop recordings
ifeq ($(wildcard tests/handout),)
ifneq ($(filter $(CHECKOUT_ONLY),$(MAKECMDGOALS)),)
$(error this is the hand-out, and it lacks what `make $(filter $(CHECKOUT_ONLY),$(MAKECMDGOALS))` needs; `make help` lists what works here)
endif
endif

.PHONY: build asan tools clients unit fuzzed fuzz kit provided demo test step record try check again submit debug doctor
.PHONY: grade mutants bench handout handout-verify lint peers interop recordings docs slides rules help clean

step: $(OUT)/bin/smtp-step ## [REPLAY=file] [SERVER=host[:port] TLS=mode] SMTP typed by hand
	@$(RUN) $(OUT)/bin/smtp-step $(if $(REPLAY),--replay '$(REPLAY)') $(if $(SERVER),--server '$(SERVER)') $(if $(TLS),--tls '$(TLS)')

try: tools build/starter/client ## [LAB=n] [T=name] your client against a sandbox: talk, then message
	@$(RUN) scripts/try '$(LAB)' '$(T)'

check: kit ## [LAB=n] [T=name] [V=1] your marks; T=: one conversation; V=1: whole
	@$(RUN) grader/grade $(GRADE_OPTIONS) starter

again: kit ## your marks, and what became of the failures of the last time
	@$(RUN) grader/grade --again $(GRADE_OPTIONS) starter

debug: tools ## T=name your client in gdb on one conversation, all clocks stopped
	@$(MAKE) OUT=build/debug CFLAGS='-O0 -g3' build/debug/starter/client
	@$(RUN) scripts/debug '$(T)'

submit: kit ## [LAB=n] pack your files and their marks for handing in
	@$(RUN) grader/submit $(if $(LAB),--lab $(LAB)) starter

doctor: ## the state of this machine, to paste into a question
	@$(RUN) scripts/doctor

build: tools clients ##+ compile everything (this is what plain `make` does)

demo: ##+ install what is missing, build, one dialogue, first marks
	@scripts/install-deps use
	@$(MAKE) build
	@$(RUN) scripts/demo

test: ##+ install what is missing, build, run every test of the kit
	@scripts/install-deps use test
	@$(MAKE) build
	@$(MAKE) asan
	@$(RUN) scripts/run-tests

record: $(OUT)/bin/smtp-record ##+ TO=host:port FILE=x.smtp [TLS=mode] record what a real server says
	@test -n '$(TO)' -a -n '$(FILE)' || { echo 'say what and where: make record TO=host:port FILE=name.smtp'; exit 64; }
	@$(RUN) $(OUT)/bin/smtp-record --to '$(TO)' --out '$(FILE)' $(if $(TLS),--tls '$(TLS)')

grade: kit ##+ STUDENT=dir work of someone else: in a throw-away VM (no jail yet)
	@test -n '$(STUDENT)' || { echo 'say whose: make grade STUDENT=dir'; exit 64; }
	@$(RUN) grader/grade $(GRADE_OPTIONS) '$(STUDENT)'

docs: ##+ docs/ and labs/ as one site with search: build/docs/index.html
	@scripts/install-deps docs
	@scripts/docs

slides: $(OUT)/bin/smtp-draw ##+ the slides, HTML and PDF, in build/slides
	@scripts/install-deps slides
	@$(RUN) scripts/slides

clean: ##+ remove build/
	rm -rf build

help: ##+ this list
	@scripts/help

handout: ##! what students get, no answers: build/smtplab-student-VERSION.tar.gz
	@$(RUN) scripts/handout

handout-verify: ##! make it, search it for answers, use it as a student would
	@scripts/install-deps use test
	@$(RUN) "$$(scripts/find-python)" tests/handout/verify.py

mutants: build ##! [LAB=n] grade all mutants of the solution; docs/kill-matrix.md anew
	@scripts/install-deps use test
	@$(RUN) "$$(scripts/find-python)" tests/mutants/kill_matrix.py $(LAB)

lint: ##! [ONLY=check] arrows, format, warnings, static analysis, Python
	@scripts/install-deps use lint
	@$(RUN) scripts/lint $(ONLY)

peers: ##! unpack mail servers, install a fuzzer and makers of docs and slides
	@scripts/install-deps docs slides peers

fuzz: ##! [TARGET=server] [SECONDS=60] let a fuzzer look for what breaks it
	@$(RUN) scripts/fuzz '$(TARGET)' '$(SECONDS)'

bench: build ##! WHAT=sandbox|client ratios beside smtp-sink, curl (make peers first)
	@$(RUN) scripts/bench '$(WHAT)'

interop: build ##! try servers and clients of others; docs/interoperability.md anew
	@scripts/install-deps use test peers
	@$(RUN) "$$(scripts/find-python)" tests/peers/interoperability.py

recordings: build ##! what real servers say: transcripts/recorded/, docs/refusals.md
	@scripts/install-deps use test peers
	@$(RUN) "$$(scripts/find-python)" tests/peers/recordings.py
	@$(RUN) "$$(scripts/find-python)" tests/peers/refusals.py

rules: $(OUT)/bin/smtp-rulebook ##! docs/rules.md anew from the rulebook (lib/rules.c)
	@$(OUT)/bin/smtp-rulebook >$(OUT)/rules.md && mv $(OUT)/rules.md docs/rules.md && echo 'docs/rules.md is written'

tools: $(PROGRAMS)

# What the grader links a student's files with, twice; it needs no client that compiles.
kit: tools $(PROVIDED)
	@$(MAKE) OUT=build/asan provided
provided: $(PROVIDED)

# The hand-out has no solution.
clients: $(OUT)/starter/client $(if $(wildcard solution/*.c),$(OUT)/solution/client)
unit: $(UNIT)
fuzzed: $(FUZZ)

asan:
	@$(MAKE) OUT=build/asan tools clients unit fuzzed

# ---- the rules -------------------------------------------------------------------------------

$(OUT)/obj/%.o: %.c $(OUT)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(COMPILE) -c -o $@ $<

$(OUT)/libsmtplab.a: $(call object,$(LIB_C))
$(OUT)/libclient.a: $(call object,$(CLIENT_C))

$(OUT)/libsmtplab.a $(OUT)/libclient.a:
	@rm -f $@
	$(call say,AR,$@)ar rcs $@ $^

# An object is built in one place however it came to be needed: both clients share main.o.
$(OUT)/starter/client: $(call object,$(STARTER_C))
$(OUT)/solution/client: $(call object,$(SOLUTION_C))

$(OUT)/starter/client $(OUT)/solution/client: $(REPORTS) $(OUT)/libclient.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(LINK) $(CRYPTO) $(LDLIBS)

# The objects of tools/NAME/ make $(OUT)/bin/smtp-NAME.
define program
$(OUT)/bin/smtp-$(1): $(call object,$(sort $(wildcard tools/$(1)/*.c))) $(REPORTS) $(OUT)/libsmtplab.a
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)$$(LINK) -ljansson $$(CRYPTO) $(LIBS_$(1)) $$(LDLIBS)
endef
$(foreach tool,$(TOOLS),$(eval $(call program,$(tool))))

$(OUT)/tests/test_%: $(OUT)/obj/tests/unit/test_%.o $(call object,$(UNIT_HELP)) $(REPORTS) $(OUT)/libsmtplab.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(LINK) -lcmocka -ljansson $(CRYPTO) $(LDLIBS)

$(OUT)/tests/fuzz_%: $(OUT)/obj/tests/fuzz/fuzz_%.o $(FUZZ_MAIN) $(REPORTS) $(OUT)/libsmtplab.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(LINK) $(FUZZER) $(CRYPTO) $(LDLIBS)

# This file changes when the compiler or its options do, so that everything is compiled again.
$(OUT)/flags: always
	@mkdir -p $(@D)
	@echo '$(COMPILE)' | cmp -s - $@ || echo '$(COMPILE)' >$@

.PHONY: always
.SECONDARY:

-include $(patsubst %.c,$(OUT)/obj/%.d,$(wildcard lib/*.c starter/*.c starter/absent/*.c solution/*.c tools/*/*.c tests/unit/*.c tests/fuzz/*.c scripts/*.c))
