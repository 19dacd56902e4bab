package grantd

import (
	"crypto/sha256"
	"errors"
	"sync"
	"time"
)

// How many proofs a process remembers, if nobody says otherwise.
const proofsRemembered = 100_000

var (
	errMemoryFull  = errors.New("too many proofs at once")
	errClientsFull = errors.New("too many proofs of this client at once")
)

// ownMemory remembers the proofs of this process. When it is full it refuses rather than forgets, and one client can fill half of it at
// most. All proofs are kept for the same time, so that what has ended is in front. It must not know what a proof is.
type ownMemory struct {
	clock Clock
	most  int

	mu    sync.Mutex
	taken map[[sha256.Size]byte]struct{}
	// In the order in which they end, from next on.
	order []takenProof
	next  int
	// How many there are of each client.
	clients map[string]int
	// The latest instant that the clock has shown.
	latest time.Time
}

type takenProof struct {
	name     [sha256.Size]byte
	clientID string
	until    time.Time
}

func newOwnMemory(clock Clock, most int) *ownMemory {
	return &ownMemory{clock: clock, most: most, taken: map[[sha256.Size]byte]struct{}{}, clients: map[string]int{}}
}

// take notes a client's proof, and says whether it is new.
func (m *ownMemory) take(name [sha256.Size]byte, clientID string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	m.follow(now)
	m.forget(now)
	if _, was := m.taken[name]; was {
		return false, nil
	}
	switch {
	case len(m.taken) >= m.most:
		return false, errMemoryFull
	case m.clients[clientID] >= max(1, m.most/2):
		return false, errClientsFull
	}
	m.taken[name] = struct{}{}
	m.clients[clientID]++
	m.order = append(m.order, takenProof{name, clientID, now.Add(proofKept)})
	return true, nil
}

// follow keeps proofs for as long as ever, but not until a clock that stepped back is there again: they would fill the memory.
func (m *ownMemory) follow(now time.Time) {
	if now.Before(m.latest) {
		last := now.Add(proofKept)
		for at := m.next; at < len(m.order); at++ {
			if m.order[at].until.After(last) {
				m.order[at].until = last
			}
		}
	}
	m.latest = now
}

// forget drops what has ended.
func (m *ownMemory) forget(now time.Time) {
	for m.next < len(m.order) && !now.Before(m.order[m.next].until) {
		ended := m.order[m.next]
		m.order[m.next] = takenProof{}
		m.next++
		delete(m.taken, ended.name)
		if m.clients[ended.clientID]--; m.clients[ended.clientID] == 0 {
			delete(m.clients, ended.clientID)
		}
	}
	// The list moves to its beginning once the most of it is behind: each proof is moved once on average.
	if m.next > len(m.order)/2 {
		left := copy(m.order, m.order[m.next:])
		clear(m.order[left:])
		m.order, m.next = m.order[:left], 0
	}
}
