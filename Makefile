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

.PHONY: build asan tools clients unit fuzzed fuzz kit provided demo test step record try check again submit debug doctor
.PHONY: grade mutants bench handout handout-verify lint peers interop recordings docs slides rules help clean

build: tools clients ## compile everything (this is what plain `make` does)

demo: ## the tour: install what is missing, build, replay one dialogue, grade solution and starter
	@scripts/install-deps use
	@$(MAKE) build
	@$(RUN) scripts/demo

test: ## install what is missing, build, run every test of the kit
	@scripts/install-deps use test
	@$(MAKE) build
	@$(MAKE) asan
	@$(RUN) scripts/run-tests

try: tools build/starter/client ## [LAB=n] [T=name] your client against a sandbox: the conversation, then the message as it arrived
	@$(RUN) scripts/try '$(LAB)' '$(T)'

check: kit ## [LAB=n] [T=name] [V=1] grade your own work in starter/; T= shows one conversation, V=1 all of it
	@$(RUN) grader/grade $(GRADE_OPTIONS) starter

again: kit ## what became of the failures of the last `make check`
	@$(RUN) grader/grade --again $(GRADE_OPTIONS) starter

debug: tools ## T=name your client in gdb on one scenario, all clocks stopped
	@$(MAKE) OUT=build/debug CFLAGS='-O0 -g3' build/debug/starter/client
	@$(RUN) scripts/debug '$(T)'

step: $(OUT)/bin/smtp-step ## [REPLAY=file] [SERVER=host[:port] TLS=mode] type SMTP by hand, explained at every step
	@$(RUN) $(OUT)/bin/smtp-step $(if $(REPLAY),--replay '$(REPLAY)') $(if $(SERVER),--server '$(SERVER)') $(if $(TLS),--tls '$(TLS)')

record: $(OUT)/bin/smtp-record ## TO=host:port FILE=name.smtp [TLS=mode] stand between any client and a real server, and write a transcript
	@test -n '$(TO)' -a -n '$(FILE)' || { echo 'say what and where: make record TO=host:port FILE=name.smtp'; exit 64; }
	@$(RUN) $(OUT)/bin/smtp-record --to '$(TO)' --out '$(FILE)' $(if $(TLS),--tls '$(TLS)')

doctor: ## the state of this machine, to paste into a question
	@$(RUN) scripts/doctor

grade: kit ## STUDENT=dir grade the work of someone else: only in a throw-away container or VM, there is no jail yet
	@test -n '$(STUDENT)' || { echo 'say whose: make grade STUDENT=dir'; exit 64; }
	@$(RUN) grader/grade $(GRADE_OPTIONS) '$(STUDENT)'

mutants: build ## [LAB=n] grade every mutant of the solution and write docs/kill-matrix.md anew (a minute or two)
	@scripts/install-deps use test
	@$(RUN) "$$(scripts/find-python)" tests/mutants/kill_matrix.py $(LAB)

submit: kit ## [LAB=n] pack your files and their marks for handing in; what would not build elsewhere is refused
	@$(RUN) grader/submit $(if $(LAB),--lab $(LAB)) starter

handout: ## pack what students get: build/smtplab-student-VERSION.tar.gz, without answers
	@$(RUN) scripts/handout

handout-verify: ## make it, search it for answers, then use it as a student would, in an empty folder (some minutes)
	@scripts/install-deps use test
	@$(RUN) "$$(scripts/find-python)" tests/handout/verify.py

bench: build ## WHAT=sandbox beside smtp-sink of Postfix, WHAT=client beside curl, in one run: ratios (make peers first)
	@$(RUN) scripts/bench '$(WHAT)'

fuzz: ## TARGET=server SECONDS=60 let a fuzzer look for bytes that break verb, reply, address, dot, mime or server
	@$(RUN) scripts/fuzz '$(TARGET)' '$(SECONDS)'

lint: ## install what is missing, check arrows, format, warnings of gcc and clang, static analysis, Python
	@scripts/install-deps use lint
	@$(RUN) scripts/lint $(ONLY)

peers: ## install a fuzzer and what makes docs and slides, and unpack real mail servers into build/peers; nothing is started
	@scripts/install-deps docs slides peers

interop: build ## try the kit with servers and clients of others, and write docs/interoperability.md anew
	@scripts/install-deps use test peers
	@$(RUN) "$$(scripts/find-python)" tests/peers/interoperability.py

recordings: build ## write down again what real servers say: transcripts/recorded/ and docs/refusals.md
	@scripts/install-deps use test peers
	@$(RUN) "$$(scripts/find-python)" tests/peers/recordings.py
	@$(RUN) "$$(scripts/find-python)" tests/peers/refusals.py

rules: $(OUT)/bin/smtp-rulebook ## write docs/rules.md anew from the rulebook (lib/rules.c)
	@$(OUT)/bin/smtp-rulebook >$(OUT)/rules.md && mv $(OUT)/rules.md docs/rules.md && echo 'docs/rules.md is written'

docs: ## install what is missing, make one static site of docs/ and labs/: build/docs/index.html
	@scripts/install-deps docs
	@scripts/docs

slides: $(OUT)/bin/smtp-draw ## install what is missing, make the slides: HTML and PDF in build/slides
	@scripts/install-deps slides
	@$(RUN) scripts/slides

help: ## this list
	@echo 'make TARGET, where TARGET is one of'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1@\2/p' Makefile | while IFS=@ read -r name text; do printf '  %-8s %s\n' $$name "$$text"; done

clean: ## remove build/
	rm -rf build

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
