package grantd_test

import (
	"bufio"
	"context"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"

	"grantd.example/grantd"
)

// server is `grantd dev` with its demo realm.
type server struct {
	Issuer  string
	Clients []struct {
		ID     string          `json:"client_id"`
		Secret string          `json:"client_secret"`
		JWK    json.RawMessage `json:"private_jwk"`
	}
	Users   []struct{ Username, Password string }
	APIKeys []struct{ Key string } `json:"api_keys"`
}

var started = sync.OnceValues(start)

var running *exec.Cmd

// TestMain ends the server with the tests, and lets the test's own binary be the second process of a scenario.
func TestMain(m *testing.M) {
	if os.Getenv("GRANTD_OTHER_PROCESS") != "" {
		otherProcess()
		return
	}
	code := m.Run()
	if running != nil {
		_ = running.Process.Kill()
		_ = running.Wait()
	}
	os.Exit(code)
}

// running server for a test, which is skipped without its binary.
func demo(t *testing.T) *server {
	t.Helper()
	if os.Getenv("GRANTD_BIN") == "" {
		t.Skip("GRANTD_BIN names no server")
	}
	found, err := started()
	done(t, err)
	return found
}

func start() (*server, error) {
	running = exec.Command(os.Getenv("GRANTD_BIN"), "dev", "--listen", "127.0.0.1:0", "--data", ":memory:", "-o", "json")
	output, err := running.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := running.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	var said struct{ Realms []server }
	if err := json.Unmarshal(line, &said); err != nil {
		return nil, err
	}
	return &said.Realms[0], nil
}

// api is what the demo realm calls its API.
func (s *server) api() string { return s.Issuer + "/api" }

// client is one of the demo realm.
func (s *server) client(id string, scopes ...string) grantd.OAuthConfig {
	config := grantd.OAuthConfig{Issuer: s.Issuer, ClientID: id, Scopes: scopes}
	for _, one := range s.Clients {
		if one.ID == id {
			config.ClientSecret = one.Secret
		}
	}
	return config
}

func (s *server) machine(t *testing.T, options ...grantd.ManagerOption) *grantd.TokenManager {
	t.Helper()
	return must(grantd.NewTokenManager(s.client("nightly-export", "invoices:read"), options...))
}

func (s *server) verifier(t *testing.T, options ...grantd.VerifierOption) *grantd.Verifier {
	t.Helper()
	all := append([]grantd.VerifierOption{grantd.WithAudience(s.api())}, options...)
	return must(grantd.NewVerifier(context.Background(), s.Issuer, all...))
}

func (s *server) asking(always bool) grantd.VerifierOption {
	return grantd.WithIntrospection(grantd.Introspection{Client: s.client("acme-api"), Always: always})
}

const redirectURI = "http://localhost:3000/callback"

func (s *server) flow(t *testing.T, options ...grantd.ManagerOption) *grantd.CodeFlow {
	t.Helper()
	return must(grantd.NewCodeFlow(s.client("ledger-web", "offline_access", "invoices:read"), redirectURI, options...))
}

func (s *server) loggedIn(t *testing.T, options ...grantd.ManagerOption) *grantd.TokenManager {
	t.Helper()
	flow := s.flow(t, options...)
	login := must(flow.Begin(context.Background(), nil))
	return must(flow.Finish(context.Background(), s.approve(t, login.URL), login, "ada"))
}

// A counter counts what is posted.
type counter struct {
	mu     sync.Mutex
	posted int
}

func (c *counter) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodPost {
		c.mu.Lock()
		c.posted++
		c.mu.Unlock()
	}
	return http.DefaultTransport.RoundTrip(request)
}

func counting() (*counter, grantd.Option) {
	counter := &counter{}
	return counter, grantd.WithHTTPClient(&http.Client{Transport: counter})
}

var (
	formTag     = regexp.MustCompile(`(?s)<form([^>]*)>(.*?)</form>`)
	inputTag    = regexp.MustCompile(`<input([^>]*)>`)
	continueTag = regexp.MustCompile(`<a[^>]*id="continue"[^>]*>`)
)

func attribute(tag, name string) (string, bool) {
	found := regexp.MustCompile(`\b` + name + `="([^"]*)"`).FindStringSubmatch(tag)
	if found == nil {
		return "", false
	}
	return html.UnescapeString(found[1]), true
}

// approve is a browser without a screen: it logs the first user in, says yes, and comes back with the callback's address.
func (s *server) approve(t *testing.T, address string) string {
	t.Helper()
	jar := must(cookiejar.New(nil))
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	current := must(url.Parse(address))
	var form url.Values
	for range 12 {
		page, next := visit(t, browser, current, form)
		form = nil
		if next == "" {
			next, form = s.fill(t, page)
		}
		current = must(current.Parse(next))
		if strings.HasPrefix(current.String(), redirectURI) {
			return current.String()
		}
	}
	t.Fatal("the browser went round in circles")
	return ""
}

// visit is the page at an address, or where it leads.
func visit(t *testing.T, browser *http.Client, address *url.URL, form url.Values) (page, next string) {
	t.Helper()
	request := must(http.NewRequest(http.MethodGet, address.String(), nil))
	if form != nil {
		request = must(http.NewRequest(http.MethodPost, address.String(), strings.NewReader(form.Encode())))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", address.Scheme+"://"+address.Host)
	}
	response, err := browser.Do(request)
	done(t, err)
	defer response.Body.Close()
	if next = response.Header.Get("Location"); next != "" {
		return "", next
	}
	page = string(must(io.ReadAll(response.Body)))
	next, _ = attribute(continueTag.FindString(page), "href")
	return page, next
}

// fill fills in the login form or the consent form of a page, and is where it goes.
func (s *server) fill(t *testing.T, page string) (string, url.Values) {
	t.Helper()
	for _, form := range formTag.FindAllStringSubmatch(page, -1) {
		isLogin := strings.Contains(form[2], `id="login-submit"`)
		if !isLogin && !strings.Contains(form[2], `id="consent-allow"`) {
			continue
		}
		fields := url.Values{}
		for _, input := range inputTag.FindAllStringSubmatch(form[2], -1) {
			name, has := attribute(input[1], "name")
			kind, _ := attribute(input[1], "type")
			isChecked := strings.Contains(input[1], "checked")
			if !has || (kind == "checkbox" || kind == "radio" && fields.Has(name)) && !isChecked {
				continue
			}
			value, _ := attribute(input[1], "value")
			fields.Set(name, value)
		}
		if isLogin {
			fields.Set("username", s.Users[0].Username)
			fields.Set("password", s.Users[0].Password)
		} else {
			fields.Set("decision", "allow")
		}
		action, _ := attribute(form[1], "action")
		return action, fields
	}
	t.Fatalf("no way on from %.300s", page)
	return "", nil
}
