package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const syncEvery = 200 * time.Millisecond

// ledger is the open file. Rows come from all VUs at once; one mutex orders them, and each is one write.
type ledger struct {
	config config
	clock  clock
	// onFailure ends the run; called once, with the first error.
	onFailure func(error)

	mu     sync.Mutex
	fd     int
	row    row
	failed error
	closed bool

	unsynced atomic.Bool
	flow     flow
	opened   sync.Once // the "open" mark
	finish   chan struct{}
	finished sync.WaitGroup
}

var errClosed = errors.New("the ledger is closed")

// open makes the file, which must not exist yet, and writes its header.
func open(c config, onFailure func(error)) (*ledger, error) {
	clock, err := newClock(c.epochMonoNs)
	if err != nil {
		return nil, err
	}
	const flags = unix.O_WRONLY | unix.O_APPEND | unix.O_CLOEXEC
	fd, err := retry(func() (int, error) { return unix.Open(c.path, flags|unix.O_CREAT|unix.O_EXCL, 0o600) })
	if errors.Is(err, unix.EEXIST) && isDevice(c.path) {
		// A device keeps no rows of an earlier run: /dev/null serves measurements, /dev/full tests.
		fd, err = retry(func() (int, error) { return unix.Open(c.path, flags, 0) })
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.path, err)
	}
	l := &ledger{config: c, clock: clock, fd: fd, onFailure: onFailure, finish: make(chan struct{})}
	l.row.bytes = make([]byte, 0, 256)
	header, err := l.header()
	if err == nil {
		err = l.write(header)
	}
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	l.finished.Add(1)
	go l.syncNowAndThen()
	return l, nil
}

func isDevice(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&os.ModeDevice != 0
}

func (l *ledger) header() ([]byte, error) {
	line, err := json.Marshal(struct {
		Schema        string   `json:"schema"`
		Run           string   `json:"run"`
		Host          string   `json:"host"`
		EpochMonoNs   string   `json:"epochMonoNs"`
		MonoNs        string   `json:"monoNs"`
		WallNs        string   `json:"wallNs"`
		Witness       string   `json:"witness"`
		IDPrefix      string   `json:"idPrefix"`
		RatePerMinute int64    `json:"ratePerMinute"`
		Regions       []string `json:"regions"`
		Tool          string   `json:"tool"`
	}{
		Schema:        "dr-drill/ledger@1",
		Run:           l.config.run,
		Host:          l.config.host,
		EpochMonoNs:   strconv.FormatInt(l.config.epochMonoNs, 10),
		MonoNs:        strconv.FormatInt(l.clock.anchorNs, 10),
		WallNs:        strconv.FormatInt(l.clock.wallNs, 10),
		Witness:       "k",
		IDPrefix:      l.config.idPrefix,
		RatePerMinute: l.config.ratePerMinute,
		Regions:       append([]string{}, l.config.regions...),
		Tool:          tool(),
	})
	return append(line, '\n'), err
}

func tool() string {
	version := "of unknown version"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "go.k6.io/k6/v2" {
				version = module.Version
			}
		}
	}
	return fmt.Sprintf("k6 %s with k6/x/ledger (%s, %s/%s)", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// intent returns only when the kernel has the row: after that the request may go out.
func (l *ledger) intent(v intentRow) error {
	v.us = l.clock.nowUs()
	return l.append(func(r *row) { r.intent(v) })
}

func (l *ledger) outcome(v outcomeRow) error {
	v.us = l.clock.nowUs()
	return l.append(func(r *row) { r.outcome(v) })
}

func (l *ledger) read(v readRow) error {
	v.endUs = l.clock.nowUs()
	return l.append(func(r *row) { r.read(v) })
}

func (l *ledger) mark(name string, us, n int64) error {
	return l.append(func(r *row) { r.mark(name, us, n) })
}

func (l *ledger) append(format func(*row)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return l.failed
	}
	if l.closed {
		return errClosed
	}
	l.row.bytes, l.row.unfit = l.row.bytes[:0], nil
	format(&l.row)
	if l.row.unfit != nil {
		return l.fail(l.row.unfit)
	}
	if err := l.write(l.row.bytes); err != nil {
		return l.fail(err)
	}
	return nil
}

// write is one write(2). A row that only went out in part is an error: the disk is full, and the line is torn.
func (l *ledger) write(line []byte) error {
	written, err := retry(func() (int, error) { return unix.Write(l.fd, line) })
	if err == nil && written < len(line) {
		err = unix.ENOSPC
	}
	if err != nil {
		return fmt.Errorf("%s: %w", l.config.path, err)
	}
	l.unsynced.Store(true)
	return nil
}

// fail remembers the first error and ends the run: a load whose record has gaps must not go on. Needs l.mu.
func (l *ledger) fail(err error) error {
	if l.failed == nil {
		l.failed = err
		l.onFailure(err)
	}
	return l.failed
}

// syncNowAndThen bounds what a crash of the whole host can take. It is not done under the lock: rows go on meanwhile.
func (l *ledger) syncNowAndThen() {
	defer l.finished.Done()
	ticker := time.NewTicker(syncEvery)
	defer ticker.Stop()
	for {
		select {
		case <-l.finish:
			return
		case <-ticker.C:
			if err := l.sync(); err != nil {
				l.mu.Lock()
				_ = l.fail(err)
				l.mu.Unlock()
			}
		}
	}
}

func (l *ledger) sync() error {
	if !l.unsynced.Swap(false) {
		return nil
	}
	err := syncData(l.fd)
	if err == nil || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) { // not for devices
		return nil
	}
	return fmt.Errorf("%s: %w", l.config.path, err)
}

// close writes the last mark, forces everything out, and tells whether the whole file is sound.
func (l *ledger) close() error {
	markError := l.mark("done", l.clock.nowUs(), l.flow.begun.Load())
	close(l.finish)
	l.finished.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.failed != nil {
		return errors.Join(l.failed, unix.Close(l.fd))
	}
	return errors.Join(markError, l.sync(), unix.Close(l.fd))
}

func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
