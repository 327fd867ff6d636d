package conformance

import (
	"fmt"
	"reflect"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	argocd "github.com/argoproj-labs/argocd-ephemeral-access/api/argoproj/v1alpha1"
	api "github.com/argoproj-labs/argocd-ephemeral-access/api/ephemeral-access/v1alpha1"
)

// request returns a request with commands for the probe.
func request(do string) *api.AccessRequest {
	return &api.AccessRequest{
		TypeMeta: metav1.TypeMeta{APIVersion: "ephemeral-access.argoproj-labs.io/v1alpha1", Kind: "AccessRequest"},
		ObjectMeta: metav1.ObjectMeta{
			Name: "cart-ada", Namespace: "argocd", Annotations: map[string]string{"probe.plugwright.dev/do": do},
		},
		Spec: api.AccessRequestSpec{
			Duration:    metav1.Duration{Duration: time.Hour},
			Role:        api.TargetRole{TemplateRef: api.TargetRoleTemplate{Name: "devops", Namespace: "argocd"}},
			Application: api.TargetApplication{Name: "cart", Namespace: "argocd"},
			Subject:     api.Subject{Username: "ada@example.com"},
		},
	}
}

func application() *argocd.Application {
	return &argocd.Application{
		TypeMeta:   metav1.TypeMeta{APIVersion: "argoproj.io/v1alpha1", Kind: "Application"},
		ObjectMeta: metav1.ObjectMeta{Name: "cart", Namespace: "argocd"},
		Spec:       argocd.ApplicationSpec{Project: "shop"},
	}
}

// filled returns an object with a value in every field, including fields that later versions of the API add.
func filled[T any]() *T {
	var object T
	counter := 0
	fill(reflect.ValueOf(&object).Elem(), &counter)
	return &object
}

func fill(value reflect.Value, counter *int) {
	*counter++
	switch target := value.Addr().Interface().(type) {
	case *metav1.Time:
		zone := time.FixedZone("", 3600*(*counter%12-6))
		*target = metav1.NewTime(time.Date(2026, 5, 1, *counter%24, 30, 15, 123456789, zone))
		return
	case *metav1.FieldsV1:
		target.Raw = []byte(`{"f:metadata":{"f:labels":{".":{}}}}`)
		return
	}
	switch value.Kind() {
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		fill(value.Elem(), counter)
	case reflect.Struct:
		for i := range value.NumField() {
			fill(value.Field(i), counter)
		}
	case reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 2, 2))
		for i := range value.Len() {
			fill(value.Index(i), counter)
		}
	case reflect.Map:
		value.Set(reflect.ValueOf(map[string]string{
			fmt.Sprintf("example.com/key-%d", *counter): "value",
			"example.com/ümläut":                        "\"quotes\", \n lines and \u2028 others",
			"empty":                                     "",
		}))
	case reflect.String:
		value.SetString(fmt.Sprintf("text-%d", *counter))
	case reflect.Int, reflect.Int64:
		value.SetInt(int64(*counter) * 1_000_000_007)
	case reflect.Bool:
		value.SetBool(true)
	default:
		panic("unsupported type " + value.Kind().String())
	}
}
