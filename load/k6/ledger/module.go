package ledger

import (
	"strconv"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/js/modules"
	"go.k6.io/k6/v2/lib"
)

type module struct{ owner *owner }

func (m *module) NewModuleInstance(vu modules.VU) modules.Instance {
	return &instance{vu: vu, owner: m.owner}
}

// instance is what one VU sees. Its functions take their arguments by position and raw, because k6's usual translation of
// JavaScript values costs more than the row itself. load/ledger.d.ts is their declaration.
type instance struct {
	vu    modules.VU
	owner *owner
	// sentHash is the hash of this VU's last intent: what the next acknowledged outcome promises.
	sentHash string
}

func (i *instance) Exports() modules.Exports {
	return modules.Exports{Named: map[string]any{
		"begin":   i.begin,
		"nowUs":   i.nowUs,
		"intent":  i.intent,
		"outcome": i.outcome,
		"read":    i.read,
		"recent":  i.recent,
	}}
}

// begin(): may a request be sent? false: the run is ending.
func (i *instance) begin(sobek.FunctionCall) sobek.Value {
	l := i.ledger()
	l.opened.Do(func() {
		started := l.clock.nowUs()
		if scenario := lib.GetScenarioState(i.vu.Context()); scenario != nil {
			started = l.clock.usOf(scenario.StartTime)
		}
		i.check(l.mark("open", started, 0))
	})
	return i.vu.Runtime().ToValue(l.flow.begin())
}

func (i *instance) nowUs(sobek.FunctionCall) sobek.Value {
	return i.vu.Runtime().ToValue(i.ledger().clock.nowUs())
}

// intent(seq, amountMinor, from, to, attempt, hash)
func (i *instance) intent(call sobek.FunctionCall) sobek.Value {
	i.sentHash = call.Argument(5).String()
	i.check(i.ledger().intent(intentRow{
		seq:     call.Argument(0).ToInteger(),
		amount:  call.Argument(1).ToInteger(),
		from:    call.Argument(2).ToInteger(),
		to:      call.Argument(3).ToInteger(),
		attempt: call.Argument(4).ToInteger(),
		hash:    i.sentHash,
	}))
	return sobek.Undefined()
}

// outcome(seq, status, errorCode, ack, region, epoch, lsn)
func (i *instance) outcome(call sobek.FunctionCall) sobek.Value {
	l := i.ledger()
	row := outcomeRow{
		seq:    call.Argument(0).ToInteger(),
		answer: i.answer(l, call, 1),
		lsn:    call.Argument(6).ToInteger(),
	}
	i.check(l.outcome(row))
	if row.answer.ack == 1 {
		recent := i.sentHash + strconv.FormatInt(row.seq, 10)
		i.owner.recent.Store(&recent)
	}
	l.flow.end()
	return sobek.Undefined()
}

// read(seq, sentUs, status, errorCode, ack, region, epoch, of)
func (i *instance) read(call sobek.FunctionCall) sobek.Value {
	l := i.ledger()
	i.check(l.read(readRow{
		seq:    call.Argument(0).ToInteger(),
		us:     call.Argument(1).ToInteger(),
		answer: i.answer(l, call, 2),
		of:     call.Argument(7).ToInteger(),
	}))
	l.flow.end()
	return sobek.Undefined()
}

// recent(): the write acknowledged last by any VU, as its hash and, right behind it, its seq. A customer who pays and looks at
// once, over another connection, is the one who sees a stale read.
func (i *instance) recent(sobek.FunctionCall) sobek.Value {
	recent := i.owner.recent.Load()
	if recent == nil {
		return i.vu.Runtime().ToValue("")
	}
	return i.vu.Runtime().ToValue(*recent)
}

func (i *instance) answer(l *ledger, call sobek.FunctionCall, first int) answer {
	return answer{
		status:    call.Argument(first).ToInteger(),
		errorCode: call.Argument(first + 1).ToInteger(),
		ack:       call.Argument(first + 2).ToInteger(),
		region:    l.config.regionNumber(call.Argument(first + 3).String()),
		epoch:     call.Argument(first + 4).ToInteger(),
	}
}

func (i *instance) ledger() *ledger {
	l := i.owner.current.Load()
	if l == nil {
		panic(i.vu.Runtime().NewTypeError("k6/x/ledger works inside iterations of `k6 run --out ledger` only"))
	}
	return l
}

// check ends this VU's iteration at once when a row could not be written: an intent that is not on record must not be
// followed by its request. (The whole run is being ended as well; that takes some milliseconds more.)
func (i *instance) check(err error) {
	if err != nil {
		i.vu.Runtime().Interrupt(&errext.InterruptError{Reason: "ledger: " + err.Error()})
	}
}
