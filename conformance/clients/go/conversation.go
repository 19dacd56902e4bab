// The program's half of the conversation that conversation.py describes: one JSON object a line, on standard input and
// output.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
)

// A client as the suite made it.
type client struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
}

// What the suite knows.
type scene struct {
	Issuer   string            `json:"issuer"`
	Resource string            `json:"resource"`
	Callback string            `json:"callback"`
	Clients  map[string]client `json:"clients"`
}

var input = bufio.NewReader(os.Stdin)

func say(message any) {
	line, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

func hear(into any) error {
	line, err := input.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, into)
}

// visit has a person open an address, log in and allow; what the browser brought to the callback.
func visit(address, until string) (url.Values, error) {
	say(map[string]string{"visit": address, "until": until})
	var answer struct{ Arrived, Stuck string }
	if err := hear(&answer); err != nil {
		return nil, err
	}
	if answer.Arrived == "" {
		return nil, errors.New(answer.Stuck)
	}
	arrived, err := url.Parse(answer.Arrived)
	if err != nil {
		return nil, err
	}
	return arrived.Query(), nil
}

type scenario struct {
	name string
	run  func() error
}

// play runs scenarios and says what came of each.
func play(scenarios []scenario) {
	for _, one := range scenarios {
		if err := one.run(); err != nil {
			say(map[string]string{"failed": one.name, "why": err.Error()})
		} else {
			say(map[string]string{"passed": one.name})
		}
	}
	say(map[string]int{"finished": len(scenarios)})
}
