package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"
	"github.com/sirupsen/logrus"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
)

// script runs the commands in a call.
type script struct {
	log logrus.FieldLogger
}

// commands returns the commands in the item's annotation.
func commands(item runtime.Unstructured) ([]string, error) {
	metadata, err := meta.Accessor(item)
	if err != nil {
		return nil, errors.WithStack(err)
	}
	do := metadata.GetAnnotations()[domain+"do"]
	if do == "" {
		return nil, nil
	}
	return strings.Split(do, ","), nil
}

// each runs the commands one by one: those that every kind supports, or special.
func (s script) each(commands []string, special func(verb, argument string) error) error {
	for _, command := range commands {
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

// text runs a command in place of a store's key, ID or setting. Other texts are ignored.
func (s script) text(texts ...string) error {
	for _, text := range texts {
		verb, argument, _ := strings.Cut(text, ":")
		if _, err := s.common(verb, argument); err != nil {
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
		return true, errors.Wrap(errors.New(argument), "while probing")
	case "panic":
		panic(argument)
	case "block":
		milliseconds, err := strconv.Atoi(argument)
		if err != nil {
			return true, errors.WithStack(err)
		}
		time.Sleep(time.Duration(milliseconds) * time.Millisecond)
	case "exit":
		status, err := strconv.Atoi(argument)
		if err != nil {
			return true, errors.WithStack(err)
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
			return true, errors.WithStack(err)
		}
		s.log.Info(strings.Repeat("x", length))
	default:
		return false, nil
	}
	return true, nil
}

func unknownCommand(verb string) error {
	return errors.New("unknown command " + verb)
}
