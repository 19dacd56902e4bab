package flight

import (
	"context"
	"errors"
	"runtime"
	"testing"
)

func TestWorkThatEndsItsGoroutineIsAnError(t *testing.T) {
	leaves := func() (int, error) {
		runtime.Goexit()
		return 1, nil
	}
	var ended *PanicError
	if _, err := Start(leaves).Wait(context.Background()); !errors.As(err, &ended) || ended.Value == nil {
		t.Fatal(err)
	}
	goes := make(chan error, 1)
	go func() {
		defer close(goes)
		_, err := Guard(leaves)
		goes <- err
	}()
	if err := <-goes; !errors.As(err, &ended) {
		t.Fatal("whoever asked for the work was ended with it")
	}
}

func TestWorkThatPanicsIsAnErrorAndOtherWorkIsItsValue(t *testing.T) {
	var panicked *PanicError
	if err := Try(func() error { panic("no") }); !errors.As(err, &panicked) || panicked.Value != "no" || len(panicked.Stack) == 0 {
		t.Fatal(err)
	}
	value, err := Start(func() (int, error) { return 2, errors.ErrUnsupported }).Wait(context.Background())
	if value != 2 || !errors.Is(err, errors.ErrUnsupported) {
		t.Fatal(value, err)
	}
}
