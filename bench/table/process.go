package table

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// StartToLine measures the milliseconds from the start of the process to its handshake line, which excludes the host's own work.
func StartToLine(binary string, env ...string) (float64, error) {
	command := exec.Command(binary)
	command.Env = append(os.Environ(), env...)
	out, err := command.StdoutPipe()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := command.Start(); err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	took := Milliseconds(start)
	_ = command.Process.Kill()
	_ = command.Wait()
	if parts := strings.Split(line, "|"); len(parts) > 3 {
		_ = os.Remove(parts[3])
	}
	return took, err
}

// Size returns the size of a file in MiB.
func Size(binary string) (float64, error) {
	info, err := os.Stat(binary)
	if err != nil {
		return 0, err
	}
	return float64(info.Size()) / MiB, nil
}

// Memory returns the current memory of a process in MiB.
func Memory(pid int) (float64, error) { return memory(pid, "VmRSS:") }

// AnonymousMemory returns the current memory of a process in MiB, without the pages of its file, which the kernel loads and drops.
func AnonymousMemory(pid int) (float64, error) { return memory(pid, "RssAnon:") }

// PeakMemory returns the peak memory of a process in MiB.
func PeakMemory(pid int) (float64, error) { return memory(pid, "VmHWM:") }

func memory(pid int, key string) (float64, error) {
	kib, err := status(pid, key)
	return kib / 1024, err
}

// Threads returns the number of threads of a process.
func Threads(pid int) (int, error) {
	threads, err := status(pid, "Threads:")
	return int(threads), err
}

// Descriptors returns the number of open file descriptors of a process.
func Descriptors(pid int) (int, error) {
	descriptors, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return len(descriptors), err
}

// status returns a number of /proc/PID/status.
func status(pid int, key string) (float64, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 1 && fields[0] == key {
			return strconv.ParseFloat(fields[1], 64)
		}
	}
	return 0, fmt.Errorf("no %s in %s", key, file.Name())
}

// CPU returns the CPU time of a process, including all its current and former threads. The resolution in /proc would be only
// hundredths of a second.
func CPU(pid int) (time.Duration, error) {
	// The kernel's include/linux/posix-timers.h: CPUCLOCK_SCHED of another process.
	clock := uintptr((^pid)<<3 | 2)
	var spec syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&spec)), 0); errno != 0 {
		return 0, errno
	}
	return time.Duration(spec.Nano()), nil
}

// Machine describes the machine and the tools.
func Machine() string {
	model := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	kernel := ""
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		kernel, _, _ = strings.Cut(strings.TrimSpace(string(release)), "-")
	}
	rustc, _ := exec.Command("rustc", "--version").Output()
	rust, _, _ := strings.Cut(strings.TrimPrefix(string(rustc), "rustc "), " ")
	return fmt.Sprintf("%d × %s, Linux %s, Rust %s, %s", runtime.NumCPU(), model, kernel, rust, strings.Replace(runtime.Version(), "go", "Go ", 1))
}
