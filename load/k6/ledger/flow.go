package ledger

import (
	"io"
	"sync/atomic"
	"time"
)

// flow counts the requests that are out, so that a run can be ended without cutting any: k6 itself, when told to end,
// drops what is in flight, and every one of those would be a write whose answer nobody has heard.
type flow struct {
	inFlight atomic.Int64
	begun    atomic.Int64
	stopping atomic.Bool
}

// begin says whether a request may be sent; each true is followed by one end.
func (f *flow) begin() bool {
	f.inFlight.Add(1) // before the look at stopping: whoever sees the flag down is seen by drain
	if f.stopping.Load() {
		f.inFlight.Add(-1)
		return false
	}
	f.begun.Add(1)
	return true
}

func (f *flow) end() { f.inFlight.Add(-1) }

// drain waits until nothing is in flight, at the longest for limit.
func (f *flow) drain(limit time.Duration, finish <-chan struct{}) {
	deadline := time.Now().Add(limit)
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for f.inFlight.Load() > 0 && time.Now().Before(deadline) {
		select {
		case <-finish:
			return
		case <-ticker.C:
		}
	}
}

// stopAtEnd ends the run in an orderly way when input ends. The input is a pipe from the harness, so this also happens when
// the harness dies, however it dies: the load never goes on alone.
func (l *ledger) stopAtEnd(input io.Reader, stopped func()) {
	_, _ = io.Copy(io.Discard, input)
	l.flow.stopping.Store(true)
	_ = l.mark("stop", l.clock.nowUs(), l.flow.inFlight.Load())
	l.flow.drain(l.config.timeout+time.Second, l.finish)
	stopped()
}
