package main

import "sync"

// moments lets blows wait for what a node is doing.
type moments struct {
	mu      sync.Mutex
	waiting map[at]chan struct{}
}

type at struct {
	node   int
	moment moment
}

func newMoments() *moments { return &moments{waiting: map[at]chan struct{}{}} }

// now tells whoever waits for the moment that it has come.
func (m *moments) now(node int, moment moment) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if waiting, found := m.waiting[at{node, moment}]; found {
		close(waiting)
		delete(m.waiting, at{node, moment})
	}
}

// next is closed when the moment comes.
func (m *moments) next(node int, moment moment) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	waiting, found := m.waiting[at{node, moment}]
	if !found {
		waiting = make(chan struct{})
		m.waiting[at{node, moment}] = waiting
	}
	return waiting
}
