// Command host is the part of a server that handles plugins: the plugin manager of one version of Velero or Ark. It starts the plugins in
// a directory, and makes the calls that it reads from stdin. It is built for each version, with the go.mod in ../mod/<version> and the
// build tags of the generation. manager_*.go contains the differences between generations.
//
// Each line of stdin is a request, each line of stdout a response, both in JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/sirupsen/logrus"
)

// pluginsEnv is the variable with the directory of the plugins. Arguments are a server's, because newer servers pass them to plugins.
const pluginsEnv = "MATRIX_PLUGINS"

// ownTemporaryEnv is the variable with the directory for sockets of the host's built-in plugins.
const ownTemporaryEnv = "MATRIX_OWN_TMPDIR"

// A manager is the common interface of all generations' plugin managers.
type manager interface {
	// list returns the registered names by kind, if the host has such a list.
	list() map[string][]listed
	// get returns the host's own client for a plugin. Kinds have their current names.
	get(kind, name string) (any, error)
	close()
}

// listed is an entry in the host's registry.
type listed struct {
	Name    string `json:"name"`
	Command string `json:"command"`
}

// A request is a call to a plugin, or without a kind, a command for the host: discover, list, close or logs.
type request struct {
	Kind string            `json:"kind"`
	Name string            `json:"name"`
	Call string            `json:"call"`
	Args []json.RawMessage `json:"args"`
}

type answer struct {
	Value any      `json:"value,omitempty"`
	Error *failure `json:"error,omitempty"`
}

func main() {
	if len(os.Args) > 1 && (os.Args[1] == "run-plugins" || os.Args[1] == "run-plugin") {
		// Keep their sockets apart from those of the plugins under test.
		os.Setenv("TMPDIR", os.Getenv(ownTemporaryEnv))
		go endWithParent()
		args := os.Args[2:]
		// Drop all flags, because the framework of some versions exits on unknown flags.
		os.Args = os.Args[:1]
		serveInternal(args)
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// endWithParent ends a built-in plugin when the host exits. Otherwise it would remain if a scenario kills the host.
func endWithParent() {
	for parent := os.Getppid(); os.Getppid() == parent; {
		time.Sleep(100 * time.Millisecond)
	}
	os.Exit(1)
}

func run() error {
	logger, logs := newLogger()
	server := &server{dir: os.Getenv(pluginsEnv), logger: logger, logs: logs}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var request request
		if err := json.Unmarshal(lines.Bytes(), &request); err != nil {
			return err
		}
		value, err := server.handle(request)
		answer := answer{Value: value}
		if err != nil {
			answer.Error = failureOf(err)
		}
		if err := answers.Encode(answer); err != nil {
			return err
		}
	}
	if server.manager != nil {
		server.manager.close()
	}
	return lines.Err()
}

// A server has a manager between discover and close.
type server struct {
	dir     string
	logger  *logrus.Logger
	logs    *logCapture
	manager manager
	plugins map[[2]string]any
}

func (s *server) handle(request request) (any, error) {
	switch {
	case request.Call == "discover":
		var err error
		s.plugins = map[[2]string]any{}
		s.manager, err = discover(s.dir, s.logger)
		return nil, err
	case request.Call == "logs":
		return s.logs.take(), nil
	case s.manager == nil:
		return nil, fmt.Errorf("%s before discover", request.Call)
	case request.Call == "list":
		return s.manager.list(), nil
	case request.Call == "close":
		s.manager.close()
		return nil, nil
	}
	key := [2]string{request.Kind, request.Name}
	plugin, known := s.plugins[key]
	if !known {
		var err error
		if plugin, err = s.manager.get(request.Kind, request.Name); err != nil {
			return nil, err
		}
		s.plugins[key] = plugin
	}
	return invoke(plugin, request.Call, request.Args)
}
