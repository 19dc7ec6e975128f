package ledger

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/errext/exitcodes"
	"go.k6.io/k6/v2/js/modulestest"
	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"
)

func runtimeWith(t *testing.T, owner *owner) *sobek.Runtime {
	t.Helper()
	runtime := modulestest.NewRuntime(t)
	exports := (&module{owner: owner}).NewModuleInstance(runtime.VU).Exports()
	if err := runtime.VU.Runtime().Set("ledger", exports.Named); err != nil {
		t.Fatal(err)
	}
	return runtime.VU.Runtime()
}

func startedOutput(t *testing.T, owner *owner, path string) (*ledgerOutput, *[]error) {
	t.Helper()
	made, err := newOutput(output.Params{Environment: map[string]string{
		"DRILL_LEDGER": path, "DRILL_EPOCH_MONO_NS": "0", "DRILL_RATE_PER_MINUTE": "10000", "DRILL_TIMEOUT_MS": "10",
		"DRILL_REGIONS": "us-east-1,eu-west-1", "DRILL_RUN": "run-1", "DRILL_ID_PREFIX": "run-1-k-",
	}}, owner)
	if err != nil {
		t.Fatal(err)
	}
	ended := &[]error{}
	out := made.(*ledgerOutput)
	out.SetTestRunStopCallback(func(err error) { *ended = append(*ended, err) })
	return out, ended
}

func TestAScriptWritesRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k6.ndjson")
	owner := &owner{}
	out, _ := startedOutput(t, owner, path)
	if err := out.Start(); err != nil {
		t.Fatal(err)
	}
	_, err := runtimeWith(t, owner).RunString(`
		if (ledger.recent() !== "") throw new Error("recent before any write");
		if (!ledger.begin()) throw new Error("closed");
		ledger.intent(3, 100, 1, 2, 1, "0123456789abcdef");
		ledger.outcome(3, 201, 0, 1, "eu-west-1", 2, 4711);
		if (ledger.recent() !== "0123456789abcdef3") throw new Error(ledger.recent());
		if (!ledger.begin()) throw new Error("closed");
		ledger.read(4, ledger.nowUs(), 0, 1050, 0, "mars-1", 0, -1);
	`)
	if err != nil {
		t.Fatal(err)
	}
	out.AddMetricSamples([]metrics.SampleContainer{
		metrics.Sample{TimeSeries: metrics.TimeSeries{Metric: &metrics.Metric{Name: "iterations"}}, Value: 1},
		metrics.Sample{TimeSeries: metrics.TimeSeries{Metric: &metrics.Metric{Name: "dropped_iterations"}}, Value: 1},
		metrics.Sample{TimeSeries: metrics.TimeSeries{Metric: &metrics.Metric{Name: "dropped_iterations"}}, Value: 1},
	})
	if err := out.Stop(); err != nil {
		t.Fatal(err)
	}
	got := lines(t, path)
	for i, want := range []string{
		`{"schema"`, `{"k":"m","m":"open"`, `{"k":"i","seq":         3,`, `{"k":"o","seq":         3,`, `{"k":"r","seq":         4,`,
		`{"k":"m","m":"drop"`, `{"k":"m","m":"drop"`, `{"k":"m","m":"done"`,
	} {
		if !strings.HasPrefix(got[i], want) {
			t.Errorf("line %d is %s, not %s…", i+1, got[i], want)
		}
	}
	if !strings.HasSuffix(got[3], `"st":201,"err":   0,"ack":1,"rg":2,"ep":    2,"lsn":            4711}`) {
		t.Error(got[3])
	}
	if !strings.HasSuffix(got[4], `"rg":0,"ep":    0,"of":        -1}`) {
		t.Error(got[4])
	}
	if !strings.HasSuffix(got[5], `"n":         2}`) || !strings.HasSuffix(got[7], `"n":         2}`) {
		t.Error(got[5:])
	}
}

func TestAnIntentThatCannotBeWrittenStopsTheScriptThere(t *testing.T) {
	owner := &owner{}
	out, ended := startedOutput(t, owner, filepath.Join(t.TempDir(), "k6.ndjson"))
	if err := out.Start(); err != nil {
		t.Fatal(err)
	}
	sent := false
	runtime := runtimeWith(t, owner)
	if err := runtime.Set("send", func() { sent = true }); err != nil {
		t.Fatal(err)
	}
	_, err := runtime.RunString(`ledger.intent(3, 100, 1, 2, 1, "not a hash"); send()`)
	var interrupted *sobek.InterruptedError
	if !errors.As(err, &interrupted) || sent {
		t.Fatalf("%v; sent: %v", err, sent)
	}
	var coded errext.HasExitCode
	if len(*ended) != 1 || !errors.As((*ended)[0], &coded) || coded.ExitCode() != exitFailed {
		t.Fatalf("the run was ended by %v", *ended)
	}
	if err := out.StopWithTestError((*ended)[0]); err != nil {
		t.Fatal(err)
	}
}

func TestOutsideARunTheModuleThrows(t *testing.T) {
	if _, err := runtimeWith(t, &owner{}).RunString(`ledger.begin()`); err == nil || !strings.Contains(err.Error(), "--out ledger") {
		t.Fatal(err)
	}
}

func TestAMissingSettingIsNamed(t *testing.T) {
	_, err := newOutput(output.Params{Environment: map[string]string{"DRILL_LEDGER": "x"}}, &owner{})
	if err == nil || !strings.Contains(err.Error(), "DRILL_EPOCH_MONO_NS") {
		t.Fatal(err)
	}
}

// k6 keeps 97 to 110 for itself; src/load/k6.ts knows this one.
func TestTheExitCodeIsOurOwn(t *testing.T) {
	if exitFailed != 118 || exitFailed <= exitcodes.MarkedAsFailed {
		t.Fatal(exitFailed)
	}
}
