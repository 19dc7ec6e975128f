// The k6 of this project: k6 itself, at a pinned version, plus the acknowledgement ledger.
package main

import (
	"go.k6.io/k6/v2/cmd"

	_ "drill.internal/k6/ledger" // registers k6/x/ledger
)

func main() { cmd.Execute() }
