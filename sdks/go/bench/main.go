//go:build unix

// Bench says what a verification costs beside the bare check of its signature, and what a kept token costs. It asserts nothing.
//
//	go run ./bench [SECONDS]
//
// Slices of both are interleaved and measured in processor time, that of the garbage collection too, so that a machine that does other things
// slows both; the median of the ratios is printed.
package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
	"grantd.example/grantd/internal/jose"
)

const (
	slice = 20 * time.Millisecond
	// Asking for the time is a call of the system, and costs as much as some calls.
	calls = 64
)

func main() {
	seconds := 2.0
	if len(os.Args) > 1 {
		var err error
		if seconds, err = strconv.ParseFloat(os.Args[1], 64); err != nil {
			fmt.Fprintln(os.Stderr, "usage: go run ./bench [SECONDS]")
			os.Exit(2)
		}
	}
	rounds := max(5, int(seconds*float64(time.Second)/float64(2*slice)))
	for _, alg := range jose.Algorithms {
		compare(alg, rounds)
	}
	keptToken()
}

func compare(alg string, rounds int) {
	issuer := grantdtest.NewSigning(alg)
	token := issuer.Mint(grantdtest.Claims{"scope": "invoices:read invoices:write customers:*"})
	verifier, err := grantd.NewVerifier(context.Background(), issuer.URL,
		grantd.WithAudience(issuer.Audience), grantd.WithHTTPClient(issuer.Client()), grantd.WithClock(issuer.Clock))
	check(err)
	jws, err := jose.TakeApart(token, jose.MaxToken, nil)
	check(err)
	keys, _ := issuer.Keys()["keys"].([]map[string]any)
	key := jose.ReadPublic(keys[0])
	bare := func() { must(key.Verifies(alg, jws.Signed, jws.Signature)) }
	whole := func() {
		principal, err := verifier.Verify(context.Background(), token)
		check(err)
		must(principal.Permits("invoices:read"))
	}
	whole()
	var ratios, rates []float64
	for range rounds {
		own, signature := rate(whole), rate(bare)
		ratios, rates = append(ratios, own/signature), append(rates, own)
	}
	count := testing.AllocsPerRun(100, whole)
	fmt.Printf("%s: %.0f/s, of the bare signature check's rate %.2f, %.0f allocations\n", alg, median(rates), median(ratios), count)
}

func keptToken() {
	issuer := grantdtest.New()
	config := grantd.OAuthConfig{Issuer: issuer.URL, ClientID: "c", ClientSecret: "s"}
	manager, err := grantd.NewTokenManager(config, grantd.WithHTTPClient(issuer.Client()), grantd.WithClock(issuer.Clock))
	check(err)
	get := func() {
		_, err := manager.AccessToken(context.Background())
		check(err)
	}
	get()
	fmt.Printf("a kept token: %.0f ns, %.0f allocations\n", 1e9/rate(get), testing.AllocsPerRun(1000, get))
}

// rate is how often a call can be made in a second of processor time.
func rate(call func()) float64 {
	began, count := spent(), 0
	for spent()-began < slice {
		for range calls {
			call()
		}
		count += calls
	}
	return float64(count) / (spent() - began).Seconds()
}

// spent is the processor time of this program so far.
func spent() time.Duration {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func must(is bool) {
	if !is {
		panic("a check failed that cannot fail")
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
