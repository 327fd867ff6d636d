package main

import (
	"io"
	"log"
	"maps"
	"slices"

	"github.com/sirupsen/logrus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	k8sdiscovery "k8s.io/client-go/discovery"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/discovery"
	"github.com/vmware-tanzu/velero/pkg/kuberesource"
	"github.com/vmware-tanzu/velero/pkg/util/collections"
)

// A resource that the cluster's API server lists.
type resource struct {
	Group      string   `json:"group"`
	Plural     string   `json:"plural"`
	Kind       string   `json:"kind"`
	Namespaced bool     `json:"namespaced"`
	ShortNames []string `json:"shortNames"`
}

type clusterQuestion struct {
	Resources []resource `json:"resources"`
}

// Velero's own discovery, with the answers of an API server.
var helper discovery.Helper

var silent = &logrus.Logger{Out: io.Discard, Formatter: new(logrus.TextFormatter), Level: logrus.PanicLevel}

func cluster(q clusterQuestion) matches {
	server := &server{}
	for _, r := range q.Resources {
		at := slices.IndexFunc(server.groups, func(group *metav1.APIGroup) bool { return group.Name == r.Group })
		version := metav1.GroupVersionForDiscovery{GroupVersion: schema.GroupVersion{Group: r.Group, Version: "v1"}.String(), Version: "v1"}
		if at < 0 {
			at = len(server.groups)
			server.groups = append(server.groups, &metav1.APIGroup{Name: r.Group, Versions: []metav1.GroupVersionForDiscovery{version}, PreferredVersion: version})
			server.lists = append(server.lists, &metav1.APIResourceList{GroupVersion: version.GroupVersion})
		}
		server.lists[at].APIResources = append(server.lists[at].APIResources, metav1.APIResource{
			Name: r.Plural, Kind: r.Kind, Namespaced: r.Namespaced, ShortNames: r.ShortNames,
			Verbs: metav1.Verbs{"list", "create", "get", "delete"},
		})
	}
	made, err := discovery.NewHelper(server, silent)
	if err != nil {
		log.Fatal(err)
	}
	helper = &remembering{Helper: made, found: map[schema.GroupVersionResource]found{}}
	return matches{Matches: []bool{true}}
}

// server answers like the discovery of an API server.
type server struct {
	k8sdiscovery.AggregatedDiscoveryInterface
	groups []*metav1.APIGroup
	lists  []*metav1.APIResourceList
}

func (s *server) ServerGroups() (*metav1.APIGroupList, error) {
	list := &metav1.APIGroupList{}
	for _, group := range s.groups {
		list.Groups = append(list.Groups, *group)
	}
	return list, nil
}

func (s *server) ServerGroupsAndResources() ([]*metav1.APIGroup, []*metav1.APIResourceList, error) {
	return s.groups, s.lists, nil
}

func (s *server) ServerPreferredResources() ([]*metav1.APIResourceList, error) {
	return s.lists, nil
}

func (s *server) ServerVersion() (*version.Info, error) {
	return &version.Info{Major: "1", Minor: "35"}, nil
}

// remembering asks the mapper only once for each name, because it is slow.
type remembering struct {
	discovery.Helper
	found map[schema.GroupVersionResource]found
}

type found struct {
	resource    schema.GroupVersionResource
	apiResource metav1.APIResource
	err         error
}

func (r *remembering) ResourceFor(input schema.GroupVersionResource) (schema.GroupVersionResource, metav1.APIResource, error) {
	known, is := r.found[input]
	if !is {
		known.resource, known.apiResource, known.err = r.Helper.ResourceFor(input)
		if len(r.found) > 100_000 {
			maps.DeleteFunc(r.found, func(schema.GroupVersionResource, found) bool { return true })
		}
		r.found[input] = known
	}
	return known.resource, known.apiResource, known.err
}

type selectsQuestion struct {
	Spec velerov1.BackupSpec `json:"spec"`
	// Names as of the API server, with a namespace.
	Subjects []struct {
		Resource  string `json:"resource"`
		Namespace string `json:"namespace"`
	} `json:"subjects"`
}

// selects is Velero's choice for each subject: of a backup's items, then of additional items.
func selects(q selectsQuestion) (answer matches) {
	defer orPanicked(&answer)
	spec := q.Spec
	namespaces := collections.NewNamespaceIncludesExcludes().Includes(spec.IncludedNamespaces...).Excludes(spec.ExcludedNamespaces...)
	var resources collections.IncludesExcludesInterface
	if collections.UseOldResourceFilters(spec) {
		resources = collections.GetGlobalResourceIncludesExcludes(helper, silent, spec.IncludedResources, spec.ExcludedResources, spec.IncludeClusterResources, *namespaces)
	} else {
		resources = collections.GetScopeResourceIncludesExcludes(helper, silent, spec.IncludedNamespaceScopedResources, spec.ExcludedNamespaceScopedResources, spec.IncludedClusterScopedResources, spec.ExcludedClusterScopedResources, *namespaces)
	}
	answers := []bool{}
	for _, subject := range q.Subjects {
		name, namespace := subject.Resource, subject.Namespace
		isNamespace := name == kuberesource.Namespaces.String()
		inNamespace := namespace == "" || namespaces.ShouldInclude(namespace)
		// pkg/backup/item_collector.go
		answers = append(answers, resources.ShouldInclude(name) && inNamespace)
		// pkg/backup/item_backupper.go, itemInclusionChecks. A Namespace has no namespace there.
		if isNamespace || namespace == "" {
			answers = append(answers, isNamespace || !resources.ShouldExclude(name))
		} else {
			answers = append(answers, inNamespace && resources.ShouldInclude(name))
		}
	}
	return matches{Matches: answers}
}
