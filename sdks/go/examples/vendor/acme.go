// Package acme is what a vendor gives to its customers: an API client whose users never see a token.
//
//	client, err := acme.New(acme.WithOAuth(acme.OAuthConfig{ClientID: id, ClientSecret: secret, Scopes: []string{"customers:read"}}))
//	customers, err := client.Customers.List(ctx)
package acme

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"grantd.example/grantd"
)

// An OAuthConfig is what a user gives.
type OAuthConfig struct {
	ClientID, ClientSecret string
	Scopes                 []string
}

type settings struct {
	issuer, baseURL string
	oauth           *OAuthConfig
	apiKey          string
}

// An Option of a client.
type Option func(*settings)

// WithOAuth has the client act as an OAuth client.
func WithOAuth(config OAuthConfig) Option { return func(s *settings) { s.oauth = &config } }

// WithAPIKey has the client use an API key.
func WithAPIKey(key string) Option { return func(s *settings) { s.apiKey = key } }

// WithServers replaces Acme's own addresses.
func WithServers(issuer, baseURL string) Option {
	return func(s *settings) { s.issuer, s.baseURL = issuer, baseURL }
}

// A Client of Acme's API.
type Client struct {
	Customers *Customers
}

// Customers are at /customers.
type Customers struct {
	http *http.Client
}

// A Customer of a customer.
type Customer struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// New makes a client. Tokens are acquired, kept and renewed in here.
func New(options ...Option) (*Client, error) {
	s := settings{issuer: "http://localhost:8400", baseURL: "http://localhost:3000"}
	for _, option := range options {
		option(&s)
	}
	sender, err := s.sender()
	if err != nil {
		return nil, err
	}
	return &Client{&Customers{sender}}, nil
}

func (s settings) sender() (*http.Client, error) {
	// Calls name their address below it, and the credential goes nowhere else.
	own := grantd.WithBaseURL(s.baseURL)
	if s.oauth == nil {
		key, err := grantd.NewAPIKey(s.apiKey, own)
		if err != nil {
			return nil, err
		}
		return key.Client(), nil
	}
	manager, err := grantd.NewTokenManager(grantd.OAuthConfig{
		Issuer:       s.issuer,
		ClientID:     s.oauth.ClientID,
		ClientSecret: s.oauth.ClientSecret,
		Scopes:       s.oauth.Scopes,
		Resource:     s.issuer + "/api",
	}, own)
	if err != nil {
		return nil, err
	}
	return manager.Client(), nil
}

// List is every customer.
func (c *Customers) List(ctx context.Context) ([]Customer, error) {
	var customers []Customer
	return customers, c.call(ctx, http.MethodGet, nil, &customers)
}

// Create makes a new one.
func (c *Customers) Create(ctx context.Context, name string) (Customer, error) {
	var customer Customer
	return customer, c.call(ctx, http.MethodPost, Customer{Name: name}, &customer)
}

func (c *Customers) call(ctx context.Context, method string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, "customers", bytes.NewReader(data))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := grantd.CheckScope(response); err != nil {
		return err
	}
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("acme: the API answered %s", response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
