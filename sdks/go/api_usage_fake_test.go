package grantd_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"grantd.example/grantd"
	"grantd.example/grantd/grantdtest"
)

// Reports of use: added up, in batches, and never in a request's way.

func TestUsageReports(t *testing.T) {
	var mu sync.Mutex
	var batches [][]grantd.Use
	fails, attempts := false, 0
	issuer, verifier := verifying(t, grantd.WithUsageReports(grantd.UsageReports{
		Send: func(_ context.Context, uses []grantd.Use) error {
			mu.Lock()
			defer mu.Unlock()
			if attempts++; fails {
				return errors.New("down")
			}
			batches = append(batches, uses)
			return nil
		},
	}))
	token := issuer.Mint(grantdtest.Claims{"scope": "a:* b:read"})
	call := func(scopes ...string) error {
		_, err := verifier.Authenticate(calling("Authorization", "Bearer "+token), scopes...)
		return err
	}
	for range 5 {
		done(t, call("a:read"))
	}
	done(t, call("a:read", "b:read"))
	refused(t, call("c:read"), grantd.ReasonScope)
	mu.Lock()
	fails = true
	mu.Unlock()
	issuer.Clock.Advance(time.Minute)
	done(t, call("b:read"))
	until(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return attempts == 1
	})
	mu.Lock()
	fails = false
	mu.Unlock()
	done(t, verifier.Close(context.Background()))
	done(t, verifier.Close(context.Background()))
	if len(batches) != 1 {
		t.Fatal(batches)
	}
	slices.SortFunc(batches[0], func(a, b grantd.Use) int { return strings.Compare(a.Permission, b.Permission) })
	if want := []grantd.Use{{"client", "a:read", 6}, {"client", "b:read", 2}}; !slices.Equal(batches[0], want) {
		t.Fatal(batches[0])
	}
}

func TestUsageReportsGoToTheServerInBatchesAndWhatFailedGoesAgain(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false), grantd.WithUsageReports(grantd.UsageReports{}))
	token := issuer.Mint(grantdtest.Claims{"scope": "*"})
	call := func(scope string) {
		_, err := verifier.Authenticate(calling("Authorization", "Bearer "+token), scope)
		done(t, err)
	}
	for number := range 250 {
		call(fmt.Sprintf("p%d:read", number))
	}
	refusal := grantdtest.Reply(400, grantdtest.Claims{"error": "invalid_request"})
	issuer.Faults.Next(grantdtest.Usage, grantdtest.Reply(503, nil), grantdtest.Reply(200, grantdtest.Claims{}), grantdtest.Unreachable, refusal)
	for _, fails := range []bool{true, true} {
		if err := verifier.Close(context.Background()); (err != nil) != fails {
			t.Fatal(err)
		}
		// It is no part of what is on its way.
		call("later:read")
	}
	done(t, verifier.Close(context.Background()))
	done(t, verifier.Close(context.Background()))
	var sizes []int
	var ids []string
	for _, request := range issuer.Requests(grantdtest.Usage) {
		var uses []struct{ Count int }
		done(t, json.Unmarshal([]byte(request.Form.Get("uses")), &uses))
		sizes, ids = append(sizes, len(uses)), append(ids, request.Form.Get("report_id"))
	}
	if want := []int{200, 200, 50, 50, 1}; !slices.Equal(sizes, want) {
		t.Fatal(sizes)
	}
	if ids[0] != ids[1] || ids[1] == ids[2] || ids[2] != ids[3] || ids[3] == ids[4] {
		t.Fatal(ids)
	}
}

func TestUsageReportsToAServerThatTakesNoneNameWhatACredentialUsed(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false), grantd.WithUsageReports(grantd.UsageReports{}))
	issuer.Describe(grantdtest.Claims{"grantd_usage_endpoint": nil})
	token := issuer.MintOpaque(grantdtest.Claims{"scope": "a:*"})
	for _, scope := range []string{"a:read", "a:write"} {
		_, err := verifier.Authenticate(calling("Authorization", "Bearer "+token), scope)
		done(t, err)
	}
	if issuer.Count(grantdtest.Introspection) != 1 {
		t.Fatal("reported at once")
	}
	done(t, verifier.Close(context.Background()))
	told := strings.Fields(issuer.Last().Form.Get("scope"))
	if slices.Sort(told); !slices.Equal(told, []string{"a:read", "a:write"}) {
		t.Fatal(told)
	}
}

func TestUsageReportsEnd(t *testing.T) {
	issuer, verifier := verifying(t, asking(0, false), grantd.WithUsageReports(grantd.UsageReports{Every: 48 * time.Hour}))
	principal := must(verifier.Verify(context.Background(), issuer.Mint(grantdtest.Claims{"scope": "*"})))
	use := func(scopes ...string) { done(t, verifier.Authorize(principal, scopes...)) }
	flush := func(want uint64) {
		t.Helper()
		_ = verifier.Close(context.Background())
		if dropped := verifier.UsageDropped(); dropped != want {
			t.Fatalf("%d dropped, want %d", dropped, want)
		}
	}
	issuer.Faults.Always(grantdtest.Usage, grantdtest.Unreachable)
	use("a:read", "a:read")
	flush(0)
	use("b:read")
	issuer.Clock.Advance(12*time.Hour - time.Second)
	flush(0)
	issuer.Clock.Advance(time.Second)
	flush(2)
	issuer.Describe(grantdtest.Claims{"grantd_usage_endpoint": nil})
	issuer.Clock.Advance(time.Hour)
	// The metadata comes beside the reports; one more may go out before it is there.
	until(t, func() bool { return verifier.Close(context.Background()) == nil })
	flush(3)
	issuer.Describe(nil)
	issuer.Clock.Advance(25 * time.Hour)
	issuer.Faults.Mend()
	use("c:read")
	issuer.Faults.Next(grantdtest.Usage, grantdtest.Reply(400, grantdtest.Claims{"error": "invalid_request"}))
	flush(4)
	var sent []string
	for _, request := range issuer.Requests(grantdtest.Usage) {
		sent = append(sent, request.Form.Get("report_id"))
	}
	if different := slices.Compact(slices.Clone(sent)); len(different) != 3 || sent[0] != sent[1] || sent[1] == sent[2] {
		t.Fatal(sent)
	}
	for number := range 10_007 {
		use(fmt.Sprintf("p%d:read", number))
	}
	flush(11)
	if count := issuer.Count(grantdtest.Usage); count != len(sent)+50 {
		t.Fatal(count)
	}
}

func TestAFunctionForReportsThatPanicsLosesNoUse(t *testing.T) {
	breaks, counted := true, 0
	issuer, verifier := verifying(t, grantd.WithUsageReports(grantd.UsageReports{
		Send: func(_ context.Context, uses []grantd.Use) error {
			if breaks {
				panic("no such queue")
			}
			counted += uses[0].Count
			return nil
		},
	}))
	principal := must(verifier.Verify(context.Background(), issuer.Mint(grantdtest.Claims{"scope": "*"})))
	done(t, verifier.Authorize(principal, "a:read"))
	var panicked *grantd.PanicError
	if err := verifier.Close(context.Background()); !errors.As(err, &panicked) || panicked.Value != "no such queue" {
		t.Fatal(err)
	}
	breaks = false
	done(t, verifier.Close(context.Background()))
	if counted != 1 || verifier.UsageDropped() != 0 {
		t.Fatal(counted)
	}
}
