// Package ledger adds the acknowledgement ledger to k6: the module k6/x/ledger for scripts and the output "ledger", which
// owns the file (k6 run --out ledger). Every row is on its way to the disk, by one write(2), before the call returns: the
// kernel has it even if k6 is killed the next moment, so no request can have been sent without its intent being on record.
//
// The layout of the rows is fixed in src/model/ledger.ts; format_test.go holds the lines that that file makes.
package ledger

import (
	"go.k6.io/k6/v2/js/modules"
	"go.k6.io/k6/v2/output"
)

func init() {
	owner := &owner{}
	modules.Register("k6/x/ledger", &module{owner: owner})
	output.RegisterExtension("ledger", func(params output.Params) (output.Output, error) {
		return newOutput(params, owner)
	})
}
