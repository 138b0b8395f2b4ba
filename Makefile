PREFIX ?= /usr/local
DESTDIR ?=
PROGRAMS := .build/release
SWIFT_BUILD := swift build -c release --static-swift-stdlib --disable-local-rpath -Xswiftc -cross-module-optimization
STRIPPED := $(patsubst %,$(PROGRAMS)/%.stripped,postern postern-checkpassword postern-checkpassword-local \
    postern-portal posternd)
MAN8 := docs/postern.8 docs/postern-checkpassword.8 docs/postern-portal.8 docs/posternd.8
MAN5 := docs/postern.conf.5
MAN7 := docs/postern-log.7 docs/postern-protocols.7

.PHONY: all deps servers build demo test check day fuzz faults page timing bench pictures systemd portable lint format install clean

all: build

# Asks apt only for what is missing. The group is the one that may read the database, the user whom root becomes before.
deps:
	@packaging/install-dependencies

build: deps
	$(SWIFT_BUILD)

demo: build servers
	@Tests/demo.sh

# What can be tested in one process: no built programs, no servers.
test: deps lint
	@Tests/run --skip '^(ProgramTests|ServerTests)\.'

# All of the tests: the built programs, real servers and the fuzzers, too; and those of the store and the rule once more on
# a database server.
check: build servers lint
	@Tests/run
	@: >.build/statements
	@POSTERN_TEST_STATEMENTS=$$PWD/.build/statements Tests/Servers/postgres sh -ec "Tests/run --skip-build \
	    --filter '^(CredentialsTests|AuthenticationTests)\.'; Tests/Servers/statements .build/statements"
	@Fuzz/run 3

# Ten real minutes of phones, laptops, attackers and their owner, of which `make check` has one.
day: build servers
	POSTERN_DAY_SECONDS=600 swift test --filter ServerTests.DayTests

# A million inputs for each parser, under the address sanitizer: `make fuzz`, or `make fuzz SECONDS=60` for so long each.
fuzz: deps
	@Fuzz/run $(SECONDS)

# A thousand faults while mail programs sign in through real servers; FAULTS of each of eleven kinds. Then database servers
# that fail while a standby takes over; without a standby that has each commit, that has to go wrong.
FAULTS ?= 95
FAILOVERS ?= 50
faults: build servers
	@Tests/Servers/failover $(FAILOVERS)
	@! Tests/Servers/failover 6 --asynchronous
	@Tests/Servers/fault-storm $(FAULTS)
	@POSTERN_FAULTS=$(FAULTS) swift test --filter ServerTests.ClockFaultTests >.build/clock-faults.log 2>&1 || \
	    { cat .build/clock-faults.log; exit 1; }
	@grep '^clock set' .build/clock-faults.log

# Every page in four languages, light and dark, narrow and wide; the pictures are left in .build/page. Then 5,000 guesses
# over it, and its answers' times.
page: build servers
	@.build/portal-tests/bin/python Tests/Portal/gallery.py .build/page
	@Tests/Portal/guesses.py 500
	@Tests/Portal/timing.py 300

# Whether time tells what answers do not; then of a daemon whose dummy hash was taken out, which has to fail.
timing: build servers
	@Tests/Servers/timing $(PROGRAMS) 2000
	@Tests/Servers/timing $$(Tests/Servers/without-dummy-hash) --control 500

# The mail servers that tests and demo use; says what it could not get.
servers: deps
	@Tests/Servers/install

# Every figure beside what it is compared with, in turns; some forty minutes, on a machine that does nothing else.
# ROUNDS=5 is how often each is taken; BEFORE names the programs of an earlier build; Benchmarks/run PART takes one part.
bench: build
	@Benchmarks/install
	POSTERN_BENCH=1 $(SWIFT_BUILD) --product nio-alone
	@Benchmarks/run

# Those of the README; speed.svg shows the figures of docs/benchmarks.md.
pictures:
	docs/pictures/draw

# Postern under a real systemd, on Debian 12 and 13 in qemu: some fifteen minutes, as root. SUITES=trixie takes one of them.
systemd: build
	@Tests/Systemd/run $(SUITES)

# postern-checkpassword for aarch64, under qemu-user; as root.
portable: build
	@Tests/portable

lint:
	@packaging/check-dependencies
	@packaging/check-documentation
	@packaging/check-circles
	swift format lint --strict --recursive Package.swift Sources Tests Fuzz

format:
	swift format --in-place --recursive Package.swift Sources Tests Fuzz

# Stripped before they are copied, not after (install -s): a file that is written in one go lies in the page cache in
# larger pieces, which is an eighth of the program's start. Once, however many install at once as the tests do: `install`
# takes no file that is replaced while it looks.
$(PROGRAMS)/%.stripped: $(PROGRAMS)/%
	flock $< sh -c '[ $@ -nt $< ] || { strip -o $@.new $< && mv $@.new $@; }'

# The paths inside the shipped files follow PREFIX.
install: $(STRIPPED)
	install -D -m 755 $(PROGRAMS)/postern.stripped $(DESTDIR)$(PREFIX)/bin/postern
	install -D -m 755 $(PROGRAMS)/postern-checkpassword.stripped $(DESTDIR)$(PREFIX)/libexec/postern-checkpassword
	install -D -m 755 $(PROGRAMS)/postern-checkpassword-local.stripped \
	    $(DESTDIR)$(PREFIX)/libexec/postern-checkpassword-local
	install -D -m 755 $(PROGRAMS)/posternd.stripped $(DESTDIR)$(PREFIX)/sbin/posternd
	install -D -m 755 $(PROGRAMS)/postern-portal.stripped $(DESTDIR)$(PREFIX)/sbin/postern-portal
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/lib/sysusers.d
	for file in packaging/systemd/*.service packaging/systemd/*.socket packaging/systemd/*.timer; do \
	    sed 's|/usr/local/|$(PREFIX)/|g' $$file > $(DESTDIR)$(PREFIX)/lib/systemd/system/$${file##*/} || exit 1; \
	done
	install -D -m 644 packaging/systemd/networked-store.conf $(DESTDIR)$(PREFIX)/share/postern/systemd/networked-store.conf
	install -m 644 packaging/systemd/postern.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/postern.conf
	install -d $(DESTDIR)$(PREFIX)/share/postern/dovecot-conf $(DESTDIR)$(PREFIX)/share/postern/postfix-conf
	for file in dovecot-conf/* postfix-conf/*; do \
	    sed 's|/usr/local/|$(PREFIX)/|g' $$file > $(DESTDIR)$(PREFIX)/share/postern/$$file || exit 1; \
	done
	cd packaging && for file in $$(find fail2ban crowdsec rsyslog logrotate nginx caddy -type f); do \
	    install -D -m 644 $$file $(DESTDIR)$(PREFIX)/share/postern/$$file || exit 1; \
	done
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 $(MAN8)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man5 $(MAN5)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man7 $(MAN7)

clean:
	rm -rf .build
