// Package bounded has a map that forgets: every entry has an end, and there is a most of them. It must not know what it keeps.
package bounded

import (
	"container/list"
	"time"
)

// A Map keeps values until their time, and no more than so many of them. Its owner locks.
type Map[V any] struct {
	most    int
	entries map[string]*list.Element
	order   *list.List
}

type entry[V any] struct {
	key   string
	value V
	until time.Time
}

// New makes a map for at most so many entries.
func New[V any](most int) *Map[V] {
	return &Map[V]{most: most, entries: map[string]*list.Element{}, order: list.New()}
}

// Get is the value, if it has not ended.
func (m *Map[V]) Get(key string, now time.Time) (V, bool) {
	element, has := m.entries[key]
	if has {
		if kept := element.Value.(entry[V]); now.Before(kept.until) {
			return kept.value, true
		}
		m.remove(element)
	}
	var none V
	return none, false
}

// Put keeps a value until a time; the one that was put first makes room where there is none.
func (m *Map[V]) Put(key string, value V, until time.Time) {
	if before, has := m.entries[key]; has {
		m.remove(before)
	}
	if len(m.entries) >= m.most {
		m.remove(m.order.Front())
	}
	m.entries[key] = m.order.PushBack(entry[V]{key, value, until})
}

func (m *Map[V]) remove(element *list.Element) {
	delete(m.entries, element.Value.(entry[V]).key)
	m.order.Remove(element)
}
