package ledger

import (
	"context"
	"net"
	"os"
	"time"
)

// k6 resolves names with net.LookupIP and has no option for a name server of one's own. With DRILL_DNS=host:port all names
// are asked there, so that the load sees the service's name as a customer does, whatever the machine's resolver says.
func init() {
	if server := os.Getenv("DRILL_DNS"); server != "" {
		net.DefaultResolver = resolverAt(server)
	}
}

func resolverAt(server string) *net.Resolver {
	dialer := &net.Dialer{Timeout: 2 * time.Second}
	return &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, server)
		},
	}
}
