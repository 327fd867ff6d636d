package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
)

// script runs the commands in a call.
type script struct {
	log hclog.Logger
}

// each runs the commands one by one: those that every kind supports, or special.
func (s script) each(wish string, special func(verb, argument string) error) error {
	if wish == "" {
		return nil
	}
	for _, command := range strings.Split(wish, ",") {
		verb, argument, _ := strings.Cut(command, ":")
		known, err := s.common(verb, argument)
		if err == nil && !known {
			err = special(verb, argument)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s script) common(verb, argument string) (bool, error) {
	switch verb {
	case "error":
		return true, errors.New(argument)
	case "error-in-context":
		return true, fmt.Errorf("while probing: %w", errors.New(argument))
	case "panic":
		panic(argument)
	case "block":
		milliseconds, err := strconv.Atoi(argument)
		if err != nil {
			return true, err
		}
		time.Sleep(time.Duration(milliseconds) * time.Millisecond)
	case "exit":
		status, err := strconv.Atoi(argument)
		if err != nil {
			return true, err
		}
		os.Exit(status)
	case "print":
		fmt.Println("a line for stdout: " + argument)
		fmt.Fprintln(os.Stderr, "a line for stderr: "+argument)
	case "log":
		s.logEverything(argument)
	case "log-hostile":
		s.logHostile()
	case "log-long":
		length, err := strconv.Atoi(argument)
		if err != nil {
			return true, err
		}
		s.log.Info(strings.Repeat("x", length))
	default:
		return false, nil
	}
	return true, nil
}

func unknown(verb, _ string) error {
	return errors.New("unknown command " + verb)
}
