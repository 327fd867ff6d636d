// Runs a real registry, of the distribution project, for the test of pushed images. It stores images in a folder, and
// accepts the user `plugwright` with the password `secret`.
//
// Usage: registry FOLDER ADDRESS
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"golang.org/x/crypto/bcrypt"
)

const config = `
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: %[1]s/images}}
http: {addr: %[2]s}
auth: {htpasswd: {realm: test, path: %[1]s/htpasswd}}
`

func main() {
	folder, address := os.Args[1], os.Args[2]
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	check(err)
	check(os.WriteFile(filepath.Join(folder, "htpasswd"), []byte("plugwright:"+string(hash)+"\n"), 0o600))
	parsed, err := configuration.Parse(strings.NewReader(fmt.Sprintf(config, folder, address)))
	check(err)
	server, err := registry.NewRegistry(context.Background(), parsed)
	check(err)
	check(server.ListenAndServe())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
