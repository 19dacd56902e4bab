// Package shop is a small API on net/http: anybody with the permission may list and add customers, with a token or with an API key.
package shop

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"

	"grantd.example/grantd"
)

type customer struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	CreatedBy string `json:"createdBy,omitempty"`
}

type store struct {
	mu        sync.Mutex
	customers []customer
}

// New makes the API.
func New(verifier *grantd.Verifier) http.Handler {
	own := &store{customers: []customer{{ID: "c1", Name: "Ada Example"}}}
	mux := http.NewServeMux()
	mux.Handle("GET /customers", verifier.Require("customers:read")(http.HandlerFunc(own.list)))
	mux.Handle("POST /customers", verifier.Require("customers:write")(http.HandlerFunc(own.create)))
	return mux
}

func (s *store) list(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer(w, http.StatusOK, s.customers)
}

func (s *store) create(w http.ResponseWriter, r *http.Request) {
	var made customer
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64*1024)).Decode(&made); err != nil {
		http.Error(w, "the body is no JSON object", http.StatusBadRequest)
		return
	}
	if principal, has := grantd.FromContext(r.Context()); has {
		made.CreatedBy = principal.Subject
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	made.ID = "c" + strconv.Itoa(len(s.customers)+1)
	s.customers = append(s.customers, made)
	answer(w, http.StatusCreated, made)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// Whoever has gone does not hear it.
	_ = json.NewEncoder(w).Encode(body)
}
