package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/vmware-tanzu/velero/pkg/plugin/velero"

	"plugwright.dev/bench/host"
	"plugwright.dev/bench/table"
)

const bucket = "bucket"

// location is a BackupStorageLocation on a versitygw.
type location struct {
	url string
	// data is the server's folder.
	data string
	// server is the id of the server's process.
	server string
	// authority is the certificate of the server.
	authority string
	// unsigned sets a key of our plugin.
	unsigned bool
}

// start starts the plugin and opens the location.
func (l location) start(plugin table.Plugin) (*host.Host, velero.ObjectStore, error) {
	config := map[string]string{"bucket": bucket, "prefix": "", "region": "us-east-1", "s3Url": l.url, "s3ForcePathStyle": "true"}
	if l.authority != "" {
		pem, err := os.ReadFile(l.authority)
		if err != nil {
			return nil, nil, err
		}
		config["caCert"] = string(pem)
	}
	if l.unsigned && plugin.Name != table.Go {
		config["unsignedPayload"] = "true"
	}
	process, err := start(plugin.Binary)
	if err != nil {
		return nil, nil, err
	}
	store := process.Store(provider)
	if err := store.Init(config); err != nil {
		process.Kill()
		return nil, nil, err
	}
	return process, store, nil
}

// move transfers an object.
type move struct {
	name string
	do   func(store velero.ObjectStore, bucket, key string, size int64) error
}

var (
	put = move{"PutObject", host.Put}
	get = move{"GetObject", host.Get}
)

// large measures transfers of an object of 1 GiB.
func (l location) large(prefix string, moves ...move) table.Measure {
	figures := []table.Figure{{Name: prefix + "peak memory, objects of 1 GiB", Unit: "MiB", Less: true, Main: true}}
	for _, move := range moves {
		name := prefix + move.name + " of 1 GiB"
		figures = append(figures,
			table.Figure{Name: name, Unit: "MiB/s", Main: true},
			table.Figure{Name: name + ", plugin CPU", Unit: "s", Less: true, Main: true},
			table.Figure{Name: name + ", server CPU", Unit: "s", Less: true, Main: true},
		)
	}
	return table.Measure{Figures: figures, Rounds: 5, Take: func(plugin table.Plugin) ([]float64, error) {
		return l.transfer(plugin, 1<<30, moves)
	}}
}

// transfer returns the peak memory, and the speed, the plugin's CPU time and the server's CPU time of each transfer.
func (l location) transfer(plugin table.Plugin, size int64, moves []move) ([]float64, error) {
	process, store, err := l.start(plugin)
	if err != nil {
		return nil, err
	}
	defer process.Kill()
	server, err := strconv.Atoi(l.server)
	if err != nil {
		return nil, err
	}
	figures := []float64{0}
	for _, move := range moves {
		var speed float64
		cpu, err := cpu([]int{process.PID(), server}, func() (err error) {
			speed, err = host.Speed(size, 1, func() error { return move.do(store, bucket, "large", size) })
			return err
		})
		if err != nil {
			return nil, err
		}
		figures = append(figures, speed, cpu[0].Seconds(), cpu[1].Seconds())
	}
	if figures[0], err = table.PeakMemory(process.PID()); err != nil {
		return nil, err
	}
	return figures, store.DeleteObject(bucket, "large")
}

// small puts and gets objects of 1 KiB one after the other.
func (l location) small(plugin table.Plugin) ([]float64, error) {
	process, store, err := l.start(plugin)
	if err != nil {
		return nil, err
	}
	defer process.Kill()
	var figures []float64
	for _, move := range []move{put, get} {
		begin := time.Now()
		cpu, err := cpu([]int{process.PID()}, func() error {
			for range small {
				if err := move.do(store, bucket, "small", 1<<10); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		figures = append(figures, small/time.Since(begin).Seconds(), cpu[0].Seconds()*1000*1000/small)
	}
	return figures, store.DeleteObject(bucket, "small")
}

// list lists many small objects.
func (l location) list(plugin table.Plugin) ([]float64, error) {
	if err := l.fill(); err != nil {
		return nil, err
	}
	process, store, err := l.start(plugin)
	if err != nil {
		return nil, err
	}
	defer process.Kill()
	begin := time.Now()
	cpu, err := cpu([]int{process.PID()}, func() error {
		keys, err := store.ListObjects(bucket, "list/")
		if err == nil && len(keys) != listed {
			err = fmt.Errorf("expected %d keys, found %d", listed, len(keys))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	took := table.Milliseconds(begin)
	peak, err := table.PeakMemory(process.PID())
	return []float64{took, cpu[0].Seconds() * 1000, peak}, err
}

// fill creates the objects of the list as files, which versitygw serves.
func (l location) fill() error {
	folder := filepath.Join(l.data, bucket, "list")
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	for n := range listed {
		name := fmt.Sprintf("backup-%05d-volumesnapshots.json.gz", n)
		if err := os.WriteFile(filepath.Join(folder, name), make([]byte, 100), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// cpu returns the CPU time of each process during the work.
func cpu(pids []int, work func() error) ([]time.Duration, error) {
	used := make([]time.Duration, len(pids))
	for i, pid := range pids {
		before, err := table.CPU(pid)
		if err != nil {
			return nil, err
		}
		used[i] = -before
	}
	if err := work(); err != nil {
		return nil, err
	}
	for i, pid := range pids {
		after, err := table.CPU(pid)
		if err != nil {
			return nil, err
		}
		used[i] += after
	}
	return used, nil
}
