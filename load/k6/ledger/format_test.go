package ledger

import (
	"bytes"
	"os"
	"testing"
)

// testdata/rows.ndjson holds the same rows as src/model/ledger.ts formats them; src/load/layout.test.ts keeps the two together.
func TestRowsAreByteForByteThoseOfTheModel(t *testing.T) {
	want, err := os.ReadFile("testdata/rows.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	var r row
	r.intent(intentRow{seq: 0, us: 1, amount: 100, from: 12, to: 34, attempt: 1, hash: "0123456789abcdef"})
	r.intent(intentRow{
		seq: 9999999999, us: 9999999999999, amount: 9999999999, from: 999999, to: 999999, attempt: 99, hash: "ffffffffffffffff",
	})
	r.intent(intentRow{seq: 42, us: -5, amount: 0, from: 0, to: 1, attempt: 1, hash: "00000000000000aa"})
	r.outcome(outcomeRow{seq: 7, us: 1234567, answer: answer{status: 201, ack: 1, region: 1, epoch: 1}, lsn: 50331744})
	r.outcome(outcomeRow{seq: 8, us: 1234567, answer: answer{errorCode: 1050}})
	r.outcome(outcomeRow{
		seq: 9, us: 1234567, answer: answer{status: 503, errorCode: 1503, ack: 2, region: 9, epoch: 99999}, lsn: 9007199254740991,
	})
	r.read(readRow{seq: 10, us: 1234567, endUs: 1234999, answer: answer{status: 200, ack: 1, region: 2, epoch: 2}, of: -1})
	r.read(readRow{
		seq: 11, us: 1234567, endUs: 3234999, answer: answer{status: 404, errorCode: 1404, ack: 2, region: 2, epoch: 2}, of: 9,
	})
	r.mark("open", 250000, 0)
	r.mark("drop", 3250000, 12)
	r.mark("stop", 4250000, 3)
	r.mark("done", 4260000, 1000)
	if r.unfit != nil {
		t.Fatal(r.unfit)
	}
	if !bytes.Equal(r.bytes, want) {
		t.Fatalf("got\n%swant\n%s", r.bytes, want)
	}
}

func TestARowThatWouldShiftIsUnfit(t *testing.T) {
	good := intentRow{hash: "0123456789abcdef"}
	for name, make := range map[string]func(*row){
		"seq":         func(r *row) { v := good; v.seq = 10000000000; r.intent(v) },
		"from":        func(r *row) { v := good; v.from = -100000; r.intent(v) },
		"short hash":  func(r *row) { v := good; v.hash = "0123"; r.intent(v) },
		"hash quotes": func(r *row) { v := good; v.hash = `0123456789abcd","`[:16]; r.intent(v) },
		"ack":         func(r *row) { r.outcome(outcomeRow{answer: answer{ack: 10}}) },
		"epoch":       func(r *row) { r.read(readRow{answer: answer{epoch: 100000}}) },
		"lsn":         func(r *row) { r.outcome(outcomeRow{lsn: 10000000000000000}) },
	} {
		var r row
		make(&r)
		if r.unfit == nil {
			t.Errorf("%s: %q was taken for a row", name, r.bytes)
		}
	}
}
