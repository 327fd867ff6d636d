// Command host is a server as far as plugins see one: the plugin manager of one version of Velero or Ark, which starts the plugins of a
// directory and makes the calls that it reads from stdin. It is built once for each version, with the go.mod of ../mod/<version> and the
// build tags of its generation; what differs between generations is in manager_*.go.
//
// A line of stdin is a request, a line of stdout its answer, both JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/sirupsen/logrus"
)

// pluginsEnv names the directory of the plugins: the arguments are those of a server, which newer ones hand on to plugins.
const pluginsEnv = "MATRIX_PLUGINS"

// ownTemporaryEnv names the directory for sockets of the plugins that are compiled into the host.
const ownTemporaryEnv = "MATRIX_OWN_TMPDIR"

// A manager is what the plugin manager of each generation can do.
type manager interface {
	// list gives the registered names by kind, as far as the host keeps such a list.
	list() map[string][]listed
	// get gives the host's own client for a plugin; kinds are called as Velero calls them today.
	get(kind, name string) (any, error)
	close()
}

// listed is one entry of the host's registry.
type listed struct {
	Name    string `json:"name"`
	Command string `json:"command"`
}

// A request asks for one call. Without a kind it is one to the host itself: discover, list, close or logs.
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
		// Their sockets are not to be counted among those of the plugins under test.
		os.Setenv("TMPDIR", os.Getenv(ownTemporaryEnv))
		args := os.Args[2:]
		// They take all flags, those too that the framework of their version ends on.
		os.Args = os.Args[:1]
		serveInternal(args)
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
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
	return lines.Err()
}

// A server has one manager from discover to close.
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
