package grantd_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"grantd.example/grantd"
	shop "grantd.example/grantd/examples/api"
	acme "grantd.example/grantd/examples/vendor"
	"grantd.example/grantd/internal/vectors"
)

// What the README and the examples say works.

func snippets(t *testing.T, language string) []string {
	t.Helper()
	var found []string
	pattern := regexp.MustCompile("(?s)```" + language + "\n(.*?)```")
	for _, match := range pattern.FindAllStringSubmatch(string(must(os.ReadFile("README.md"))), -1) {
		found = append(found, match[1])
	}
	return found
}

// program is the README's first one in an empty module, which gets this one as the README says.
func program(t *testing.T, first string) (directory string) {
	t.Helper()
	directory = t.TempDir()
	done(t, os.WriteFile(filepath.Join(directory, "main.go"), []byte(first), 0o600))
	here := must(filepath.Abs("."))
	run(t, directory, "go", "mod", "init", "example.com/program")
	for _, line := range strings.Split(strings.TrimSpace(snippets(t, "sh")[0]), "\n") {
		run(t, directory, strings.Fields(strings.Replace(line, "../grantd/sdks/go", here, 1))...)
	}
	return directory
}

func run(t *testing.T, directory string, command ...string) string {
	t.Helper()
	made := exec.Command(command[0], command[1:]...)
	made.Dir = directory
	output, err := made.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, output)
	}
	return string(output)
}

func TestTheFirstProgramRunsAsPastedInAnEmptyModule(t *testing.T) {
	server := demo(t)
	// The server under test has another port than the one that people start.
	first := strings.Replace(snippets(t, "go")[0], "http://localhost:8400", server.Issuer, 1)
	t.Setenv("GRANTD_SECRET", server.client("nightly-export").ClientSecret)
	if said := run(t, program(t, first), "go", "run", "."); said != "nightly-export may [invoices:read]\n" {
		t.Fatal(said)
	}
}

func TestTheCodeIsFormatted(t *testing.T) {
	if unformatted := run(t, ".", "gofmt", "-l", "."); unformatted != "" {
		t.Error(unformatted)
	}
}

func TestEverySnippetCompiles(t *testing.T) {
	all := snippets(t, "go")
	directory := program(t, all[0])
	for at, snippet := range all[1:] {
		body := fmt.Sprintf(`package main
import ("context"; "errors"; "log/slog"; "net/http"; "time"; "grantd.example/grantd"; "grantd.example/grantd/grantdtest")
var _, _, _, _, _ = http.NewServeMux, time.Hour, grantdtest.New, errors.As, slog.Error
func snippet%d(ctx context.Context, tokens *grantd.TokenManager, mux *http.ServeMux, customers http.Handler) (_, _, _ any) {
%s
return %s
}`, at, strings.ReplaceAll(snippet, "principal, err :=", "principal, err2 :="), []string{"response, err, nil", "verifier, err, nil", "verifier, err, nil", "principal, err2, err"}[at])
		done(t, os.WriteFile(filepath.Join(directory, fmt.Sprintf("snippet%d.go", at)), []byte(body), 0o600))
	}
	run(t, directory, "go", "vet", ".")
}

func TestTheVendorsClientCallsTheAPI(t *testing.T) {
	server := demo(t)
	called := httptest.NewServer(shop.New(server.verifier(t, server.asking(false))))
	defer called.Close()
	ctx := context.Background()
	secret := server.client("nightly-export").ClientSecret
	client := func(scopes ...string) *acme.Client {
		config := acme.OAuthConfig{ClientID: "nightly-export", ClientSecret: secret, Scopes: scopes}
		return must(acme.New(acme.WithOAuth(config), acme.WithServers(server.Issuer, called.URL)))
	}
	reading := client("customers:read")
	if customers := must(reading.Customers.List(ctx)); len(customers) != 1 || customers[0].Name != "Ada Example" {
		t.Fatal(customers)
	}
	var lacks *grantd.InsufficientScopeError
	if _, err := reading.Customers.Create(ctx, "Bob"); !errors.As(err, &lacks) || !slices.Equal(lacks.Scopes, []string{"customers:write"}) {
		t.Fatal(err)
	}
	if made := must(client("customers:write").Customers.Create(ctx, "Bob")); made.Name != "Bob" {
		t.Fatal(made)
	}
	key := must(acme.New(acme.WithAPIKey(server.APIKeys[0].Key), acme.WithServers(server.Issuer, called.URL)))
	if customers := must(key.Customers.List(ctx)); len(customers) != 2 {
		t.Fatal(customers)
	}
	response, err := http.Get(called.URL + "/customers")
	done(t, err)
	if response.StatusCode != http.StatusUnauthorized {
		t.Fatal(response.Status)
	}
}

func TestEveryScenarioHasItsTest(t *testing.T) {
	table := string(must(os.ReadFile(filepath.Join(vectors.Directory(), "scenarios.md"))))
	scenarios := regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (server|fake) \\| .+ \\|$").FindAllStringSubmatch(table, -1)
	// Every row of the tables but their two heads, so that none is passed over because of how it is written.
	rows := len(regexp.MustCompile(`(?m)^\|`).FindAllString(table, -1)) - 2*2
	if len(scenarios) <= 30 || len(scenarios) != rows {
		t.Fatal(len(scenarios), rows)
	}
	tests := map[string]string{}
	for _, where := range []string{"server", "fake"} {
		for _, file := range must(filepath.Glob("*_" + where + "_test.go")) {
			tests[where] += string(must(os.ReadFile(file)))
		}
	}
	for _, scenario := range scenarios {
		name := "Test"
		for _, word := range strings.Split(scenario[1], "_") {
			name += strings.ToUpper(word[:1]) + word[1:]
		}
		if !strings.Contains(tests[scenario[2]], "func "+name+"(") {
			t.Errorf("%s, with %s: there is no %s", scenario[1], scenario[2], name)
		}
	}
}

// Every public name has a comment that begins with it, or with an article before it.
func TestEveryPublicNameIsDocumented(t *testing.T) {
	for _, file := range must(filepath.Glob("*.go")) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		lines := strings.Split(string(must(os.ReadFile(file))), "\n")
		declaration := regexp.MustCompile(`^(?:func (?:\(\w+ \*?[A-Z]\w*\) )?|type )([A-Z]\w*)`)
		for at, line := range lines {
			found := declaration.FindStringSubmatch(line)
			// What these two are for is known from the language.
			if found == nil || found[1] == "Error" || found[1] == "Unwrap" {
				continue
			}
			first := at
			for first > 0 && strings.HasPrefix(lines[first-1], "//") {
				first--
			}
			comment := strings.TrimPrefix(lines[first], "// ")
			article := regexp.MustCompile(`^(An? |The )?` + found[1] + `\b`)
			if first == at || !article.MatchString(comment) {
				t.Errorf("%s:%d: %s", file, at+1, line)
			}
		}
	}
}
