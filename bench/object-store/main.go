// Bench measures the object store plugin and Velero's own plugin for AWS on the same S3 server, with the client code of Velero and
// go-plugin. `bench/run object-store` starts the server.
package main

import (
	"os"

	"plugwright.dev/bench/table"
)

// small is the number of small objects.
const small = 500

// listed is the number of objects in a list.
const listed = 10_000

func main() {
	http := location{url: os.Getenv("TEST_S3"), data: os.Getenv("TEST_S3_DATA"), server: os.Getenv("TEST_S3_PID")}
	https := location{url: os.Getenv("TEST_S3_TLS"), server: os.Getenv("TEST_S3_TLS_PID"), authority: os.Getenv("TEST_S3_TLS_CA")}
	// The Go plugin never signs the payload over HTTPS.
	unsigned := https
	unsigned.unsigned = true
	table.Main([]table.Measure{
		{
			Figures: []table.Figure{
				{Name: "start, list, exit", Unit: "ms", Less: true, Main: true},
				{Name: "start, list", Unit: "ms", Less: true, Main: true},
			},
			Rounds: 31, Take: startToExit,
		},
		table.Single(table.Figure{Name: "start to handshake line", Unit: "ms", Less: true, Main: true}, 31, startToLine),
		{Figures: []table.Figure{{Name: "start, Init, ListCommonPrefixes", Unit: "ms", Less: true, Main: true}}, Rounds: 21, Take: http.startToValidated},
		{Figures: []table.Figure{{Name: "memory after the list", Unit: "MiB", Less: true, Main: true}}, Rounds: 5, Take: memoryAfterList},
		http.large("", put, get),
		https.large("HTTPS: ", put, get),
		unsigned.large("HTTPS, unsigned payload: ", put),
		{
			Figures: []table.Figure{
				{Name: "PutObject of 1 KiB", Unit: "calls/s", Main: true},
				{Name: "PutObject of 1 KiB, plugin CPU for 1,000 calls", Unit: "ms", Less: true},
				{Name: "GetObject of 1 KiB", Unit: "calls/s", Main: true},
				{Name: "GetObject of 1 KiB, plugin CPU for 1,000 calls", Unit: "ms", Less: true},
			},
			Rounds: 5, Take: http.small,
		},
		{
			Figures: []table.Figure{
				{Name: "ListObjects of 10,000 objects", Unit: "ms", Less: true, Main: true},
				{Name: "ListObjects of 10,000 objects, plugin CPU", Unit: "ms", Less: true, Main: true},
				{Name: "ListObjects of 10,000 objects, peak memory", Unit: "MiB", Less: true},
			},
			Rounds: 5, Take: http.list,
		},
		table.Single(table.Figure{Name: "size, as released", Unit: "MiB", Less: true, Main: true}, 1, table.Size),
		also(table.Figure{Name: "size, stripped", Unit: "MiB", Less: true, Main: true}, "stripped", size),
		also(table.Figure{Name: "image, unpacked", Unit: "MiB", Less: true, Main: true}, "image", size),
		also(table.Figure{Name: "image, compressed", Unit: "MiB", Less: true}, "image", compressedSize),
		also(table.Figure{Name: "images for AWS and Google Cloud, unpacked", Unit: "MiB", Less: true}, "images", size),
	}, nil)
}

// also measures files other than the deployed binary: a file, or all files in a folder.
func also(figure table.Figure, which string, take func(path string) (float64, error)) table.Measure {
	return table.Measure{Figures: []table.Figure{figure}, Rounds: 1, Needs: which, Take: func(plugin table.Plugin) ([]float64, error) {
		value, err := take(plugin.Also[which])
		return []float64{value}, err
	}}
}
