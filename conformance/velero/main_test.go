package conformance

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/spf13/pflag"

	"github.com/vmware-tanzu/velero/pkg/plugin/framework"
)

// A side is one of the two compared sets of binaries.
type side struct {
	name string
	// dir contains a folder for each binary, because Velero's registry starts all files in a folder.
	dir string
}

// A binary is a plugin file that exists on both sides.
type binary string

const (
	probe   binary = "plugwright-probe"
	example binary = "velero-plugin-example"
	// actions has no stores.
	actions binary = "plugwright-e2e-plugin"
)

// preparedEnv is the variable with the directory that a parent process has prepared.
const preparedEnv = "CONFORMANCE_PREPARED"

var (
	twin, ours side
	// testBinary is this program, for tests that run a host in a child process.
	testBinary string
	// selfCheck tests the suite itself, with the twin on both sides.
	selfCheck = os.Getenv("PLUGWRIGHT_BIN_DIR") == "twin"
)

func TestMain(m *testing.M) {
	// Velero's registry also starts the host's own executable to list its plugins. This one has none.
	if len(os.Args) > 1 && os.Args[1] == "run-plugins" {
		framework.NewServer().BindFlags(pflag.CommandLine).Serve()
		return
	}
	flag.Parse()
	testBinary = os.Args[0]
	// Velero passes os.Args[2:] to plugins, so set the arguments of a server.
	os.Args = []string{os.Args[0], "server", "--log-level", "debug", "--default-backup-ttl", "720h", "--uploader-type=kopia"}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir := os.Getenv(preparedEnv)
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "conformance-"); err != nil {
			log.Print(err)
			return 1
		}
		defer os.RemoveAll(dir)
		if err := prepare(dir); err != nil {
			log.Print(err)
			return 1
		}
		// A killed process does not remove its socket.
		os.Setenv("TMPDIR", dir)
	}
	twin = side{name: "twin", dir: filepath.Join(dir, "twin")}
	ours = side{name: "ours", dir: filepath.Join(dir, "ours")}
	status := m.Run()
	if status == 0 && !selfCheck && flag.Lookup("test.run").Value.String() == "" {
		status = unseenImprovements()
	}
	return status
}

// prepare collects the binaries of both sides below dir.
func prepare(dir string) error {
	twin := side{name: "twin", dir: filepath.Join(dir, "twin")}
	ours := side{name: "ours", dir: filepath.Join(dir, "ours")}
	for file, source := range map[binary][]string{
		// The probe's twin belongs to the matrix suite, which builds it for every version of Velero.
		probe:   {"-C=../matrix/hosts", "-modfile=mod/velero-1.18.3/go.mod", "-tags=velero1,moved,deleteitem,v2,itemblock", "./twin"},
		example: {"./twin/example"},
		actions: {"./twin/e2e"},
	} {
		path, err := filepath.Abs(twin.path(file))
		if err != nil {
			return err
		}
		last := len(source) - 1
		args := append([]string{"build"}, source[:last]...)
		build := exec.CommandContext(context.Background(), "go", append(args, "-mod=readonly", "-o", path, source[last])...)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if output, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", source[last], err, output)
		}
		target, err := locate(file, twin)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(ours.folder(file), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(target, ours.path(file)); err != nil {
			return err
		}
	}
	return nil
}

// locate finds the Rust binary in PLUGWRIGHT_BIN_DIR, or in Cargo's target folder by default.
func locate(file binary, twin side) (string, error) {
	if selfCheck {
		return twin.path(file), nil
	}
	dirs := []string{"../../target/debug", "../../target/release"}
	if dir := os.Getenv("PLUGWRIGHT_BIN_DIR"); dir != "" {
		dirs = []string{dir}
	}
	for _, dir := range dirs {
		path, err := filepath.Abs(filepath.Join(dir, string(file)))
		if err != nil {
			return "", err
		}
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("cannot find %s in %v: build it with cargo, or set PLUGWRIGHT_BIN_DIR", file, dirs)
}

func (s side) folder(file binary) string { return filepath.Join(s.dir, string(file)) }

func (s side) path(file binary) string { return filepath.Join(s.folder(file), string(file)) }

// improvementsSeenIn marks improvements that a child process has seen.
func improvementsSeenIn(name string) {
	for _, entry := range improvements {
		entry.seen = entry.seen || entry.on.MatchString(name)
	}
}

func unseenImprovements() int {
	status := 0
	for _, entry := range improvements {
		if !entry.seen {
			fmt.Printf("improvement on %q was not seen: take it off the list (%s)\n", entry.on, entry.reason)
			status = 1
		}
	}
	return status
}
