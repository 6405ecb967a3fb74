package stack

import (
	"math/rand/v2"
	"net"
	"strconv"
)

const (
	loopback = "127.0.0.1"
	// Ports below the range from which the kernel gives clients theirs, so that
	// none is taken between now and the moment its server listens.
	firstPort, portCount = 18000, 14000
)

// freePort finds a port that nobody listens on.
func freePort() int {
	for {
		port := firstPort + rand.IntN(portCount) //nolint:gosec // any port will do
		listener, err := net.Listen("tcp", address(port))
		if err != nil {
			continue
		}
		_ = listener.Close()
		return port
	}
}

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
