package ledger

import (
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestADiskThatFillsUpEndsTheRunOnceAndStaysAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k6.ndjson")
	var ended []error
	l, err := open(testConfig(path), func(err error) { ended = append(ended, err) })
	if err != nil {
		t.Fatal(err)
	}
	if err := l.intent(someIntent(0)); err != nil {
		t.Fatal(err)
	}
	full, err := unix.Open("/dev/full", unix.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	if err := unix.Dup3(full, l.fd, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	for seq := range int64(3) {
		if err := l.intent(someIntent(seq + 1)); !errors.Is(err, unix.ENOSPC) {
			t.Fatalf("row %d: %v", seq+1, err)
		}
	}
	if len(ended) != 1 || !errors.Is(ended[0], unix.ENOSPC) {
		t.Fatalf("the run was ended %d times: %v", len(ended), ended)
	}
	if err := l.close(); !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("closed as if all was well: %v", err)
	}
}
