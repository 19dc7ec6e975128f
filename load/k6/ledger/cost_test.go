package ledger

import (
	"path/filepath"
	"testing"
)

// What a write costs: two rows and two calls from a script, on a file of the machine's temp folder.
func BenchmarkWrite(b *testing.B) {
	l, err := open(testConfig(filepath.Join(b.TempDir(), "k6.ndjson")), func(err error) { b.Error(err) })
	if err != nil {
		b.Fatal(err)
	}
	for i := range int64(b.N) {
		_ = l.intent(someIntent(i))
		_ = l.outcome(outcomeRow{seq: i, answer: answer{status: 201, ack: 1, region: 1, epoch: 1}, lsn: 50331744})
	}
	if err := l.close(); err != nil {
		b.Fatal(err)
	}
}
