// Bench drives the example plugins for Velero in Rust and in Go, with the client code of Velero and go-plugin.
package main

import (
	"bytes"

	"plugwright.dev/bench/table"
)

func main() {
	object := bytes.Repeat([]byte("plugwright "), 64<<20/11+1)[:64<<20]
	table.Main([]table.Measure{
		{Name: "start to listed", Unit: "ms", Rounds: 21, Less: true, Take: startToListed},
		{Name: "start to handshake line", Unit: "ms", Rounds: 21, Less: true, Take: startToLine},
		{Name: "memory after the first call", Unit: "MiB", Rounds: 5, Less: true, Take: memoryAfterCall},
		{Name: "memory after a 64 MiB put and get", Unit: "MiB", Rounds: 3, Less: true, Take: memoryAfterObjects(object)},
		{Name: "size of the stripped binary", Unit: "MiB", Rounds: 1, Less: true, Take: table.Size},
		{Name: "Execute, one after the other", Unit: "calls/s", Rounds: 5, Take: executes(1, 2000)},
		{Name: "Execute, 8 at once", Unit: "calls/s", Rounds: 5, Take: executes(8, 8000)},
		{Name: "Execute of a 1 MiB item", Unit: "calls/s", Rounds: 5, Take: largeExecutes(60)},
		{Name: "put of 64 MiB", Unit: "MiB/s", Rounds: 5, Take: put(object)},
		{Name: "get of 64 MiB", Unit: "MiB/s", Rounds: 5, Take: get(object)},
	})
}
