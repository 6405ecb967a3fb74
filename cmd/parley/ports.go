package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
)

const loopback = "127.0.0.1"

// port is one address that something of ours is going to listen on.
type port struct {
	address string
	use     string
	setting string // the environment variable that chooses another
	example string
}

func tcpPort(number int, use, setting string) port {
	return port{
		address: net.JoinHostPort(loopback, strconv.Itoa(number)),
		use:     use, setting: setting, example: strconv.Itoa(number + 1000),
	}
}

func listenPort(address, use, setting string) port {
	example := address
	if host, number, err := net.SplitHostPort(address); err == nil {
		if n, err := strconv.Atoi(number); err == nil {
			example = net.JoinHostPort(host, strconv.Itoa(n+1000))
		}
	}
	return port{address: address, use: use, setting: setting, example: example}
}

// checkPorts reports all the addresses that somebody else listens on, and how to
// choose others, before anything has been started.
func checkPorts(ports []port) error {
	var taken []string
	for _, p := range ports {
		listener, err := net.Listen("tcp", p.address)
		if err == nil {
			_ = listener.Close()
			continue
		}
		taken = append(taken, fmt.Sprintf("  %s (%s): %v; choose another with %s=%s",
			p.address, p.use, reason(err), p.setting, p.example))
	}
	if len(taken) == 0 {
		return nil
	}
	return errors.New("these addresses cannot be listened on:\n" + strings.Join(taken, "\n"))
}

// reason leaves out the address that the error repeats.
func reason(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// freePorts finds ports that nobody listens on. They are below those that the
// system gives to outgoing connections, or one of these might take a port before
// it is listened on. Each is held until all are known, so that no two are the
// same.
func freePorts(count int) (ports []int, err error) {
	const first, last, attempts = 15000, 32000, 1000
	var listeners []net.Listener
	defer func() {
		for _, listener := range listeners {
			_ = listener.Close()
		}
	}()
	for range attempts {
		number := first + rand.IntN(last-first) //nolint:gosec // a port is no secret
		listener, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(number)))
		if err != nil {
			continue // somebody else's
		}
		listeners, ports = append(listeners, listener), append(ports, number)
		if len(ports) == count {
			return ports, nil
		}
	}
	return nil, errors.New("no free ports were found")
}
