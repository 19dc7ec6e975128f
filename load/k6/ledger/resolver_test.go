package ledger

import (
	"context"
	"net"
	"testing"
	"time"
)

// A name server that answers every question of type A with 192.0.2.7.
func nameServer(t *testing.T) string {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		query := make([]byte, 512)
		for {
			n, from, err := socket.ReadFrom(query)
			if err != nil {
				return
			}
			question := 12
			for question < n && query[question] != 0 {
				question += int(query[question]) + 1
			}
			question += 5
			answer := append([]byte{}, query[:question]...)
			answer[2], answer[3] = 0x84, 0 // an authoritative answer
			copy(answer[4:12], []byte{0, 1, 0, 0, 0, 0, 0, 0})
			if query[question-3] == 1 {
				answer[7] = 1
				answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 192, 0, 2, 7)
			}
			_, _ = socket.WriteTo(answer, from)
		}
	}()
	return socket.LocalAddr().String()
}

func TestNamesAreAskedOfTheGivenServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	addresses, err := resolverAt(nameServer(t)).LookupHost(ctx, "pay.lab.internal")
	if err != nil || len(addresses) != 1 || addresses[0] != "192.0.2.7" {
		t.Fatalf("%v, %v", addresses, err)
	}
}
