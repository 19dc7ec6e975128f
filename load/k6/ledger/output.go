package ledger

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/errext/exitcodes"
	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"
)

// k6 uses 97 to 110 for ends of its own.
const (
	exitStopped exitcodes.ExitCode = 0
	exitFailed  exitcodes.ExitCode = 118
)

var errStopped = errors.New("ledger: the run was asked to end, and nothing is in flight")

// owner is where the module, which exists once per VU, finds the ledger, which exists once.
type owner struct {
	current atomic.Pointer[ledger]
	recent  atomic.Pointer[string]
}

// ledgerOutput gives the ledger the lifetime of a run: k6 starts it before the first VU exists and stops it after the last
// has ended. It also sees the iterations that k6 had to drop, which no script ever sees.
type ledgerOutput struct {
	owner   *owner
	config  config
	ledger  *ledger
	abort   func(error)
	dropped int64
}

var (
	_ output.WithTestRunStop       = &ledgerOutput{}
	_ output.WithStopWithTestError = &ledgerOutput{}
)

func newOutput(params output.Params, owner *owner) (output.Output, error) {
	c, err := readConfig(params.Environment)
	if err != nil {
		return nil, failure(err)
	}
	return &ledgerOutput{owner: owner, config: c, abort: func(error) {}}, nil
}

func (o *ledgerOutput) Description() string { return "ledger (" + o.config.path + ")" }

func (o *ledgerOutput) SetTestRunStopCallback(abort func(error)) { o.abort = abort }

func (o *ledgerOutput) Start() error {
	opened, err := open(o.config, func(err error) { o.abort(failure(err)) })
	if err != nil {
		return failure(err)
	}
	o.ledger = opened
	o.owner.current.Store(opened)
	if o.config.stopOnStdin {
		go opened.stopAtEnd(os.Stdin, func() { o.abort(errext.WithExitCodeIfNone(errStopped, exitStopped)) })
	}
	return nil
}

// AddMetricSamples counts dropped iterations; k6 hands each over as a sample of its own, within 50 ms.
func (o *ledgerOutput) AddMetricSamples(containers []metrics.SampleContainer) {
	before := o.dropped
	for _, container := range containers {
		if sample, ok := container.(metrics.Sample); ok && sample.Metric.Name == metrics.DroppedIterationsName {
			o.dropped += int64(sample.Value)
		}
	}
	if o.dropped > before {
		_ = o.ledger.mark("drop", o.ledger.clock.nowUs(), o.dropped)
	}
}

func (o *ledgerOutput) Stop() error { return o.StopWithTestError(nil) }

func (o *ledgerOutput) StopWithTestError(testError error) error {
	// Once more at the end, also when it is none: who reads only the end of the file knows, and absence is not taken for zero.
	_ = o.ledger.mark("drop", o.ledger.clock.nowUs(), o.dropped)
	err := o.ledger.close()
	var known errext.HasExitCode
	if err == nil || errors.As(testError, &known) && known.ExitCode() == exitFailed {
		return nil
	}
	// The last rows are not safe, and k6 would end as if all was well: what an output says here it only logs.
	fmt.Fprintln(os.Stderr, failure(err))
	os.Exit(int(exitFailed))
	return nil
}

func failure(err error) error {
	return errext.WithExitCodeIfNone(fmt.Errorf("ledger: %w", err), exitFailed)
}
