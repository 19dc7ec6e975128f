package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func testConfig(path string) config {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	return config{
		path: path, run: "run-1", host: "boot-1", epochMonoNs: now.Nano(), idPrefix: "run-1-k-",
		ratePerMinute: 10000, regions: []string{"us-east-1", "eu-west-1"}, timeout: 50 * time.Millisecond,
	}
}

func mustOpen(t *testing.T, c config) *ledger {
	t.Helper()
	l, err := open(c, func(err error) { t.Errorf("the run was ended: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(content, []byte("\n")) {
		t.Fatalf("the last line is torn: %q", content[max(0, len(content)-200):])
	}
	return strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
}

func someIntent(seq int64) intentRow {
	return intentRow{seq: seq, amount: 100, from: 1, to: 2, attempt: 1, hash: "0123456789abcdef"}
}

func TestTheHeaderComesFirstAndTheFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k6.ndjson")
	l := mustOpen(t, testConfig(path))
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	var header map[string]any
	if err := json.Unmarshal([]byte(lines(t, path)[0]), &header); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"schema": "dr-drill/ledger@1", "run": "run-1", "host": "boot-1", "witness": "k", "idPrefix": "run-1-k-",
		"epochMonoNs": fmt.Sprint(l.config.epochMonoNs), "ratePerMinute": "10000", "regions": "[us-east-1 eu-west-1]",
	} {
		if got := fmt.Sprint(header[name]); got != want {
			t.Errorf("%s is %s, not %s", name, got, want)
		}
	}
	for _, name := range []string{"monoNs", "wallNs"} {
		if !regexp.MustCompile(`^\d{10,}$`).MatchString(fmt.Sprint(header[name])) {
			t.Errorf("%s is %v", name, header[name])
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestAnExistingFileIsNeverTouched(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k6.ndjson")
	if err := os.WriteFile(path, []byte("another run\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := open(testConfig(path), func(error) {})
	if !errors.Is(err, unix.EEXIST) {
		t.Fatalf("opened: %v", err)
	}
	if got := lines(t, path); len(got) != 1 || got[0] != "another run" {
		t.Fatalf("%q", got)
	}
}

func TestAFullDiskSurfacesAtTheHeader(t *testing.T) {
	if _, err := open(testConfig("/dev/full"), func(error) {}); !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("no error: %v", err)
	}
}

func TestAnUnfitRowIsNotWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k6.ndjson")
	ended := 0
	l, err := open(testConfig(path), func(error) { ended++ })
	if err != nil {
		t.Fatal(err)
	}
	bad := someIntent(1)
	bad.hash = "not a hash"
	if err := l.intent(bad); err == nil {
		t.Fatal("written")
	}
	if err := l.close(); err == nil || ended != 1 {
		t.Fatalf("the run went on: %v, %d", err, ended)
	}
	if got := lines(t, path); len(got) != 1 {
		t.Fatalf("%q", got)
	}
}

func TestRowsOfManyVUsAreWholeAndAllThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k6.ndjson")
	l := mustOpen(t, testConfig(path))
	const vus, each = 50, 200
	var all sync.WaitGroup
	for vu := range int64(vus) {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := range int64(each) {
				l.flow.begin()
				if err := l.intent(someIntent(vu*each + i)); err != nil {
					t.Error(err)
				}
				if err := l.outcome(outcomeRow{seq: vu*each + i, answer: answer{status: 201, ack: 1, region: 1}}); err != nil {
					t.Error(err)
				}
				l.flow.end()
			}
		}()
	}
	all.Wait()
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	got := lines(t, path)
	if len(got) != 1+2*vus*each+1 {
		t.Fatalf("%d lines", len(got))
	}
	if !strings.HasPrefix(got[len(got)-1], `{"k":"m","m":"done"`) || !strings.HasSuffix(got[len(got)-1], `"n":     10000}`) {
		t.Fatalf("last line %s", got[len(got)-1])
	}
	intents := map[string]bool{}
	for _, line := range got[1 : len(got)-1] {
		seq := line[15:25]
		if !json.Valid([]byte(line)) {
			t.Fatalf("torn: %q", line)
		}
		switch line[:8] {
		case `{"k":"i"`:
			intents[seq] = true
		case `{"k":"o"`:
			if !intents[seq] {
				t.Fatalf("outcome before its intent: %q", line)
			}
		}
	}
	if len(intents) != vus*each {
		t.Fatalf("%d intents", len(intents))
	}
}

// A process that has written rows and is killed at once: the test binary itself, started again.
func TestARowOutlivesSIGKILL(t *testing.T) {
	if path := os.Getenv("LEDGER_TEST_DIE"); path != "" {
		l := mustOpen(t, testConfig(path))
		for seq := range int64(500) {
			if err := l.intent(someIntent(seq)); err != nil {
				t.Fatal(err)
			}
		}
		_ = unix.Kill(os.Getpid(), unix.SIGKILL)
		select {}
	}
	path := filepath.Join(t.TempDir(), "k6.ndjson")
	again := exec.Command(os.Args[0], "-test.run=^TestARowOutlivesSIGKILL$")
	again.Env = append(os.Environ(), "LEDGER_TEST_DIE="+path)
	if err := again.Run(); err == nil {
		t.Fatal("it was not killed")
	}
	got := lines(t, path)
	if len(got) != 501 || got[500][15:25] != "       499" {
		t.Fatalf("%d lines, last %q", len(got), got[len(got)-1])
	}
}

func TestTheClockIsCLOCK_MONOTONIC(t *testing.T) {
	c, err := newClock(0)
	if err != nil {
		t.Fatal(err)
	}
	var before, after unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &before)
	got := c.nowUs()
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &after)
	// A microsecond of rounding and the width of the anchor on either side.
	if got < before.Nano()/1000-20 || got > after.Nano()/1000+20 {
		t.Fatalf("%d is not within %d … %d", got, before.Nano()/1000, after.Nano()/1000)
	}
}

func TestTheEndOfInputDrainsBeforeItStops(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k6.ndjson")
	l := mustOpen(t, testConfig(path))
	if !l.flow.begin() {
		t.Fatal("closed from the start")
	}
	input, output, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stopped := make(chan struct{})
	go l.stopAtEnd(input, func() { close(stopped) })
	_ = output.Close()
	for l.flow.begin() { // until the end has been seen
		l.flow.end()
		time.Sleep(time.Millisecond)
	}
	select {
	case <-stopped:
		t.Fatal("stopped with a request in flight")
	case <-time.After(20 * time.Millisecond):
	}
	l.flow.end()
	<-stopped
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	got := lines(t, path)
	if len(got) != 3 || !strings.HasPrefix(got[1], `{"k":"m","m":"stop"`) || !strings.HasSuffix(got[1], `"n":         1}`) {
		t.Fatalf("%q", got)
	}
}

func TestARequestThatNeverEndsDoesNotHoldTheEndUp(t *testing.T) {
	l := mustOpen(t, testConfig("/dev/null"))
	l.config.timeout = 0
	l.flow.begin()
	stopped := make(chan struct{})
	go l.stopAtEnd(strings.NewReader(""), func() { close(stopped) })
	select {
	case <-stopped:
	case <-time.After(10 * time.Second):
		t.Fatal("still waiting")
	}
}
