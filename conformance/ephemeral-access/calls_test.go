package conformance

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	argocd "github.com/argoproj-labs/argocd-ephemeral-access/api/argoproj/v1alpha1"
	api "github.com/argoproj-labs/argocd-ephemeral-access/api/ephemeral-access/v1alpha1"
)

// both records the plugin's responses to a grant and a revocation.
func (h *host) both(name string, request *api.AccessRequest, application *argocd.Application) {
	h.t.Helper()
	h.call("grant "+name, func() (any, error) {
		response, err := h.requester.GrantAccess(request, application)
		if response == nil || !strings.HasPrefix(response.Message, `{"accessRequest"`) {
			return response, err
		}
		return map[string]any{"status": response.Status, "seen": seen(h.t, response.Message)}, err
	})
	h.call("revoke "+name, func() (any, error) {
		response, err := h.requester.RevokeAccess(request, application)
		if response == nil || !strings.HasPrefix(response.Message, `{"accessRequest"`) {
			return response, err
		}
		return map[string]any{"status": response.Status, "seen": seen(h.t, response.Message)}, err
	})
}

// named converts a command to the name of a comparison.
func named(do string) string {
	if len(do) > 100 {
		return fmt.Sprintf("%s… (%d bytes)", do[:20], len(do))
	}
	return do
}

// seen returns the objects as received by the plugin. Missing, null and empty values are equivalent, because gob omits all of them.
func seen(t *testing.T, message string) any {
	t.Helper()
	objects := fromJSON(t, []byte(message)).(map[string]any)
	moments := objects["moments"]
	delete(objects, "moments")
	return map[string]any{"objects": withoutEmpty(objects), "moments": moments}
}

// fraction matches times with fractions of a second, which Go omits in JSON. The probe returns exact times in separate fields.
var fraction = regexp.MustCompile(`^(-?\d+-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z$`)

func withoutEmpty(value any) any {
	switch value := value.(type) {
	case string:
		return fraction.ReplaceAllString(value, "${1}Z")
	case map[string]any:
		kept := map[string]any{}
		for name, field := range value {
			if field = withoutEmpty(field); !isEmpty(field) {
				kept[name] = field
			}
		}
		return kept
	case []any:
		for i := range value {
			value[i] = withoutEmpty(value[i])
		}
	}
	return value
}

func isEmpty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case string:
		// A zero duration is written as "0s".
		return value == "" || value == "0s"
	case json.Number:
		return value == "0"
	case map[string]any:
		return len(value) == 0
	case []any:
		return len(value) == 0
	}
	return false
}

// Tests every status, with and without a message.
func TestAnswers(t *testing.T) {
	compare(t, func(h *host) {
		for _, do := range []string{
			"granted:all *good*", "granted:", "pending:ticket **missing**", "pending:", "denied:no\n\n- reason", "denied:", "revoked:bye",
			"revoked:", "nothing:", "ümläuts:", "denied:ümläuts and \u2028", "granted:" + strings.Repeat("x", 100_000),
		} {
			h.both(named(do), request(do), application())
		}
	})
}

// Tests objects with all fields, with no fields, and missing objects.
func TestObjects(t *testing.T) {
	compare(t, func(h *host) {
		h.both("full", filled[api.AccessRequest](), filled[argocd.Application]())
		h.both("usual", request(""), application())
		h.both("zero", &api.AccessRequest{}, &argocd.Application{})
		h.both("nil", nil, nil)
		h.both("request only", request(""), nil)
		h.both("application only", nil, application())
		h.both("full again", filled[api.AccessRequest](), filled[argocd.Application]())
	})
}

// Tests unusual values in gob.
func TestOddValues(t *testing.T) {
	compare(t, func(h *host) {
		change := func(name string, change func(*api.AccessRequest)) {
			request := request("")
			change(request)
			h.both(name, request, application())
		}
		moment := func(value time.Time) *metav1.Time {
			result := metav1.NewTime(value)
			return &result
		}
		expires := func(name string, value time.Time) {
			change(name, func(request *api.AccessRequest) { request.Status.ExpiresAt = moment(value) })
		}
		const hour, minute = 3600, 60
		expires("zone in seconds", time.Date(1890, 1, 2, 3, 4, 5, 6, time.FixedZone("LMT", 53*minute+28)))
		expires("zone in seconds, west", time.Date(1890, 1, 2, 3, 4, 5, 6, time.FixedZone("LMT", -4*hour-56*minute-2)))
		expires("zone in minutes", time.Date(2026, 1, 2, 3, 4, 5, 999_999_999, time.FixedZone("", 5*hour+45*minute)))
		expires("zone west", time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", -11*hour)))
		expires("utc", time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC))
		expires("local", time.Date(2026, 12, 31, 23, 59, 59, 0, time.Local))
		expires("before 1970", time.Date(1969, 12, 31, 23, 59, 59, 1, time.UTC))
		expires("long before 1970", time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC))
		expires("far away", time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC))
		expires("with a monotonic clock", time.Unix(1_777_777_777, 0).Add(time.Until(time.Now())).Truncate(time.Second))
		expires("zero", time.Time{})

		for _, number := range []int{-1, 1, -64, 64, 127, 128, -128, -129, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64} {
			change(fmt.Sprint("ordinal ", number), func(request *api.AccessRequest) { request.Spec.Role.Ordinal = number })
			change(fmt.Sprint("generation ", number), func(request *api.AccessRequest) { request.Generation = int64(number) })
		}
		for _, duration := range []time.Duration{1, time.Millisecond, 90 * time.Minute, 1000 * time.Hour, math.MaxInt64} {
			change(fmt.Sprint("duration ", duration), func(request *api.AccessRequest) { request.Spec.Duration.Duration = duration })
		}
		for _, duration := range []time.Duration{-1, -time.Hour, math.MinInt64} {
			change(fmt.Sprint("duration ", duration), func(request *api.AccessRequest) { request.Spec.Duration.Duration = duration })
		}

		no, zero, empty := false, int64(0), ""
		change("pointers to zero values", func(request *api.AccessRequest) {
			request.DeletionGracePeriodSeconds = &zero
			request.Spec.Role.FriendlyName = &empty
			request.OwnerReferences = []metav1.OwnerReference{{Name: "owner", Controller: &no, BlockOwnerDeletion: &no}}
			request.Status.History = []api.AccessRequestHistory{{Details: &empty}, {}}
		})
		change("empty maps and lists", func(request *api.AccessRequest) {
			request.Labels, request.Finalizers = map[string]string{}, []string{}
			request.Status.History = []api.AccessRequestHistory{}
		})
		change("no maps", func(request *api.AccessRequest) { request.Annotations = nil })
		change("empty keys and values", func(request *api.AccessRequest) {
			request.Labels, request.Finalizers = map[string]string{"": ""}, []string{"", ""}
		})
		change("many keys", func(request *api.AccessRequest) {
			request.Labels = map[string]string{}
			for i := range 1000 {
				request.Labels[fmt.Sprint("key-", i)] = strings.Repeat("v", i)
			}
		})
		change("unknown state", func(request *api.AccessRequest) { request.Status.RequestState = "of another version" })
		change("no UTF-8", func(request *api.AccessRequest) { request.Spec.Subject.Username = "a\xffb" })
	})
}

// Sends objects of several megabytes, which the response's message repeats, and sends several concurrently over one connection.
func TestLargeObjects(t *testing.T) {
	compare(t, func(h *host) {
		h.both("2 MiB", large(2<<20), application())
		h.both("12 MiB", large(12<<20), application())
		var group sync.WaitGroup
		answers := make([]bool, 8)
		for i := range answers {
			group.Go(func() {
				response, err := h.requester.GrantAccess(large(2<<20+i*16), application())
				answers[i] = err == nil && strings.Count(response.Message, "0123456789abcdef") == 2<<20/16+i
			})
		}
		group.Wait()
		h.note("2 MiB, 8 at once", answers)
		h.both("usual", request(""), application())
	})
}

// An object that exceeds Kubernetes' limits is rejected. The next call succeeds.
func TestTooLargeObject(t *testing.T) {
	compare(t, func(h *host) {
		h.do("20 MiB", func() error {
			_, err := h.requester.GrantAccess(large(20<<20), application())
			return err
		})
		h.both("usual", request("granted:yes"), application())
	})
}

func large(size int) *api.AccessRequest {
	large := request("")
	large.Annotations["large"] = strings.Repeat("0123456789abcdef", size/16)
	return large
}

// Errors arrive with exactly the plugin's text.
func TestErrors(t *testing.T) {
	compare(t, func(h *host) {
		for _, do := range []string{
			"error:it broke", "error-in-context:it broke", "error:ümläuts and \"quotes\"", "error:two\nlines", "no-such-command", "error:",
			"error:" + strings.Repeat("long", 25_000),
		} {
			h.both(named(do), request(do), application())
		}
		h.both("next call", request("granted:still there"), application())
	})
}

// Init may be called again. The host handles its error.
func TestInit(t *testing.T) {
	t.Run("again", func(t *testing.T) {
		compare(t, func(h *host) {
			h.do("second", h.requester.Init)
			h.do("third", h.requester.Init)
			h.both("next call", request("granted:still there"), application())
		})
	})
	t.Run("error", func(t *testing.T) {
		compareUnstarted(t, func(h *host) {
			if err := h.connect(); err != nil {
				t.Fatal(err)
			}
			h.do("first", h.requester.Init)
			h.do("second", h.requester.Init)
			// The controller would exit here, but the plugin continues.
			h.both("next call", request("granted:still there"), application())
		}, withEnv("PROBE_INIT=error:nothing to begin with"))
	})
	t.Run("none", func(t *testing.T) {
		compareUnstarted(t, func(h *host) {
			if err := h.connect(); err != nil {
				t.Fatal(err)
			}
			h.both("without Init", request("granted:all the same"), application())
		})
	})
}

// After a panic, a Go plugin exits. Ours returns an error and continues.
func TestPanics(t *testing.T) {
	for name, call := range map[string]func(h *host) error{
		"grant": func(h *host) error {
			_, err := h.requester.GrantAccess(request("panic:it broke"), application())
			return err
		},
		"revoke": func(h *host) error {
			_, err := h.requester.RevokeAccess(request("panic:it broke"), application())
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			compare(t, func(h *host) {
				h.do("panic", func() error { return call(h) })
				_, err := h.requester.GrantAccess(request("granted:"), application())
				h.note("the next call is answered", err == nil)
			})
		})
	}
	t.Run("init", func(t *testing.T) {
		compareUnstarted(t, func(h *host) {
			if err := h.connect(); err != nil {
				t.Fatal(err)
			}
			h.do("panic", h.requester.Init)
			h.note("a ping is answered", h.control().Ping() == nil)
		}, withEnv("PROBE_INIT=panic:it broke"))
	})
}

// Many concurrent calls receive their own responses, and a blocked handler does not delay others.
func TestCallsAtOnce(t *testing.T) {
	for _, count := range []int{8, 64} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			compare(t, func(h *host) {
				begin := time.Now()
				h.note("wrong answers", h.atOnce(count, 500))
				h.note("side by side", time.Since(begin) < time.Duration(count)*500*time.Millisecond/2)
				h.note("wrong answers without blocking", h.atOnce(count, 0))
			})
		})
	}
}

// atOnce makes concurrent calls that block for this time, and returns those that received another call's response. Later calls
// return earlier, so that the order of responses differs from the order of calls.
func (h *host) atOnce(count, milliseconds int) []string {
	var wrong []string
	var lock sync.Mutex
	var group sync.WaitGroup
	for i := range count {
		group.Go(func() {
			do := fmt.Sprintf("block:%d,denied:the answer to %d", milliseconds*(count-i)/count, i)
			response, err := h.requester.GrantAccess(request(do), application())
			if err == nil && response != nil && response.Message == fmt.Sprint("the answer to ", i) {
				return
			}
			lock.Lock()
			defer lock.Unlock()
			wrong = append(wrong, fmt.Sprintf("%d: %+v, %v", i, response, err))
		})
	}
	group.Wait()
	return wrong
}

// A handler that blocks forever delays neither other calls nor the shutdown.
func TestBlockedHandlers(t *testing.T) {
	compare(t, func(h *host) {
		var blocked sync.WaitGroup
		for range 64 {
			blocked.Go(func() { _, _ = h.requester.GrantAccess(request("block:60000"), application()) })
		}
		time.Sleep(300 * time.Millisecond)
		h.do("ping", h.control().Ping)
		h.both("another call", request("granted:at once"), application())
		begin := time.Now()
		h.client.Kill()
		h.note("ends at once", time.Since(begin) < 2*time.Second)
		h.note("status", h.cmd.ProcessState.ExitCode())
		blocked.Wait()
	})
}
