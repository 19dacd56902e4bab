package grantd

import (
	"container/heap"
	"crypto/sha256"
	"errors"
	"sync"
	"time"
)

// How many proofs a process remembers, if nobody says otherwise.
const proofsRemembered = 100_000

// How far ahead a proof's end may lie after the clock stepped back.
const farthestEnd = 24 * time.Hour

var (
	errMemoryFull  = errors.New("too many proofs at once")
	errClientsFull = errors.New("too many proofs of this client at once")
)

// ownMemory remembers the proofs of this process. When it is full it refuses rather than forgets, and one client can fill half of it at
// most. A proof stays until it could pass no more, whatever the clock does meanwhile. It must not know what a proof is.
type ownMemory struct {
	clock Clock
	most  int

	mu    sync.Mutex
	taken map[[sha256.Size]byte]struct{}
	ends  proofEnds
	// How many there are of each client.
	clients map[string]int
	// What the clock showed last.
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
	heap.Push(&m.ends, &takenProof{name, clientID, now.Add(proofKept)})
	return true, nil
}

// follow drops, where the clock stepped back, what ends so far ahead that the clock had been wrong by that much: no token of that time is
// good. A step by less ends nothing earlier, since the clock may come to where a proof is recent once more.
func (m *ownMemory) follow(now time.Time) {
	if now.Before(m.latest) {
		left := m.ends[:0]
		for _, proof := range m.ends {
			if proof.until.Sub(now) > farthestEnd {
				m.drop(proof)
			} else {
				left = append(left, proof)
			}
		}
		clear(m.ends[len(left):])
		m.ends = left
		heap.Init(&m.ends)
	}
	m.latest = now
}

// forget drops what has ended.
func (m *ownMemory) forget(now time.Time) {
	for len(m.ends) > 0 && !now.Before(m.ends[0].until) {
		m.drop(heap.Pop(&m.ends).(*takenProof))
	}
}

func (m *ownMemory) drop(proof *takenProof) {
	delete(m.taken, proof.name)
	if m.clients[proof.clientID]--; m.clients[proof.clientID] == 0 {
		delete(m.clients, proof.clientID)
	}
}

// proofEnds has what ends first in front, as a heap: after a clock stepped back new proofs end before old ones. Where it does not, a proof
// is added without moving another.
type proofEnds []*takenProof

func (e proofEnds) Len() int           { return len(e) }
func (e proofEnds) Less(i, j int) bool { return e[i].until.Before(e[j].until) }
func (e proofEnds) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *proofEnds) Push(proof any)    { *e = append(*e, proof.(*takenProof)) }

func (e *proofEnds) Pop() any {
	last := len(*e) - 1
	proof := (*e)[last]
	(*e)[last] = nil
	*e = (*e)[:last]
	return proof
}
