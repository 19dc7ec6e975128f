package ledger

import (
	"fmt"
	"strconv"
)

// row builds one line. Numbers are padded with spaces in front, so that every field has a fixed place; a value that needs
// more room than its field has makes the row unfit, because a shifted line would be read as other numbers.
type row struct {
	bytes []byte
	unfit error
}

func (r *row) text(s string) { r.bytes = append(r.bytes, s...) }

func (r *row) number(name string, value int64, width int) {
	var digits [20]byte
	written := strconv.AppendInt(digits[:0], value, 10)
	if len(written) > width && r.unfit == nil {
		r.unfit = fmt.Errorf("%s %d does not fit in %d characters", name, value, width)
	}
	for n := len(written); n < width; n++ {
		r.bytes = append(r.bytes, ' ')
	}
	r.bytes = append(r.bytes, written...)
}

type intentRow struct {
	seq, us, amount, from, to, attempt int64
	hash                               string
}

func (r *row) intent(v intentRow) {
	r.text(`{"k":"i","seq":`)
	r.number("seq", v.seq, 10)
	r.text(`,"us":`)
	r.number("us", v.us, 13)
	r.text(`,"amt":`)
	r.number("amt", v.amount, 10)
	r.text(`,"from":`)
	r.number("from", v.from, 6)
	r.text(`,"to":`)
	r.number("to", v.to, 6)
	r.text(`,"att":`)
	r.number("att", v.attempt, 2)
	r.text(`,"h":"`)
	if !isHash(v.hash) && r.unfit == nil {
		r.unfit = fmt.Errorf("%q is not 16 hexadecimal digits", v.hash)
	}
	r.text(v.hash)
	r.text("\"}\n")
}

// answer is what outcomes and reads have in common.
type answer struct {
	status, errorCode, ack, region, epoch int64
}

func (r *row) answer(v answer) {
	r.text(`,"st":`)
	r.number("st", v.status, 3)
	r.text(`,"err":`)
	r.number("err", v.errorCode, 4)
	r.text(`,"ack":`)
	r.number("ack", v.ack, 1)
	r.text(`,"rg":`)
	r.number("rg", v.region, 1)
	r.text(`,"ep":`)
	r.number("ep", v.epoch, 5)
}

type outcomeRow struct {
	seq, us int64
	answer  answer
	lsn     int64
}

func (r *row) outcome(v outcomeRow) {
	r.text(`{"k":"o","seq":`)
	r.number("seq", v.seq, 10)
	r.text(`,"us":`)
	r.number("us", v.us, 13)
	r.answer(v.answer)
	r.text(`,"lsn":`)
	r.number("lsn", v.lsn, 16)
	r.text("}\n")
}

type readRow struct {
	seq, us, endUs int64
	answer         answer
	of             int64
}

func (r *row) read(v readRow) {
	r.text(`{"k":"r","seq":`)
	r.number("seq", v.seq, 10)
	r.text(`,"us":`)
	r.number("us", v.us, 13)
	r.text(`,"end":`)
	r.number("end", v.endUs, 13)
	r.answer(v.answer)
	r.text(`,"of":`)
	r.number("of", v.of, 10)
	r.text("}\n")
}

// mark names one of the four moments of the load itself; all names have four letters.
func (r *row) mark(name string, us, n int64) {
	r.text(`{"k":"m","m":"`)
	r.text(name)
	r.text(`","us":`)
	r.number("us", us, 13)
	r.text(`,"n":`)
	r.number("n", n, 10)
	r.text("}\n")
}

func isHash(s string) bool {
	if len(s) != 16 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
