module plugwright.dev/conformance/matrix/hosts

// Each build names the go.mod of a host: mod/<host>/go.mod.
go 1.26.0
