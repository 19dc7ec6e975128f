package ledger

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// clock tells microseconds since the run's epoch on CLOCK_MONOTONIC, the axis of every file of a run. The system clock is
// asked once; after that Go's own monotonic reading, which is the same clock on Linux without the cost of a system call,
// gives the distance from that moment.
type clock struct {
	anchor   time.Time
	anchorNs int64 // CLOCK_MONOTONIC at anchor
	wallNs   int64 // the wall clock at anchor
	epochNs  int64 // CLOCK_MONOTONIC at the run's epoch
}

// newClock reads both clocks together; of several readings the one taken within the shortest time is kept.
func newClock(epochMonoNs int64) (clock, error) {
	best := clock{epochNs: epochMonoNs}
	shortest := time.Duration(1<<63 - 1)
	for range 16 {
		before := time.Now()
		var now unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
			return clock{}, fmt.Errorf("CLOCK_MONOTONIC: %w", err)
		}
		if took := time.Since(before); took < shortest {
			shortest = took
			middle := before.Add(took / 2)
			best.anchor, best.anchorNs, best.wallNs = middle, now.Nano(), middle.UnixNano()
		}
	}
	return best, nil
}

func (c *clock) nowUs() int64 { return c.usOf(time.Now()) }

// usOf needs a time with a monotonic reading, as time.Now gives it.
func (c *clock) usOf(t time.Time) int64 {
	return (int64(t.Sub(c.anchor)) + c.anchorNs - c.epochNs) / 1000
}
